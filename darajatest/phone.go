package darajatest

import (
	"context"
	"time"

	"github.com/darajabox/darajabox/simulator/control/client"
)

// promptWithin is how long, in real time, a phone waits for the prompt on which it is
// to act, for a program that pushes in a goroutine of its own.
const promptWithin = 5 * time.Second

// Phone is a customer's phone, and the customer.
type Phone struct {
	sim    *Simulator
	number string
}

// Prompt is what a phone shows while it asks for the PIN.
type Prompt = client.Prompt

// Message is an SMS.
type Message = client.Message

// Phone is the phone with a number such as 254708374149. Any number has a customer,
// who comes from the seed.
func (s *Simulator) Phone(number string) *Phone { return &Phone{sim: s, number: number} }

// PIN enters four digits into the open prompt. This and what follows waits up to five
// seconds of real time for a prompt, and fails the test when none opens.
func (p *Phone) PIN(pin string) {
	p.sim.tb.Helper()
	p.enter(pin)
}

// Approve enters the customer's own PIN: the payment is made, if the money suffices.
func (p *Phone) Approve() {
	p.sim.tb.Helper()
	p.enter("")
}

// WrongPIN enters a PIN that is not the customer's.
func (p *Phone) WrongPIN() {
	p.sim.tb.Helper()
	p.act("wrong_pin", promptWithin)
}

// Cancel presses cancel.
func (p *Phone) Cancel() {
	p.sim.tb.Helper()
	p.act("cancel", promptWithin)
}

// Ignore leaves the prompt until it ends by itself.
func (p *Phone) Ignore() {
	p.sim.tb.Helper()
	p.act("ignore", promptWithin)
}

// Off switches the phone off: prompts do not reach it.
func (p *Phone) Off() {
	p.sim.tb.Helper()
	p.act("off", 0)
}

// On switches the phone on.
func (p *Phone) On() {
	p.sim.tb.Helper()
	p.act("on", 0)
}

// Attend makes the phone's prompts wait for what the test does, instead of being answered
// by themselves after a moment.
func (p *Phone) Attend() {
	p.sim.tb.Helper()
	_, err := p.sim.control.Attend(context.Background(), p.number, true)
	p.sim.check("attend on phone "+p.number, err)
}

// Prompt is the prompt on the screen, if there is one.
func (p *Phone) Prompt() (Prompt, bool) {
	p.sim.tb.Helper()
	if prompt := p.state().Prompt; prompt != nil {
		return *prompt, true
	}
	return Prompt{}, false
}

// Messages are the latest SMS, the newest last.
func (p *Phone) Messages() []Message {
	p.sim.tb.Helper()
	return p.state().Messages
}

// BalanceCents is what is in the wallet, in cents.
func (p *Phone) BalanceCents() int64 {
	p.sim.tb.Helper()
	return p.state().BalanceCents
}

func (p *Phone) state() client.Phone {
	p.sim.tb.Helper()
	state, err := p.sim.control.Phone(context.Background(), p.number)
	p.sim.check("looking at phone "+p.number, err)
	return state
}

func (p *Phone) enter(pin string) {
	p.sim.tb.Helper()
	_, err := p.sim.control.EnterPIN(context.Background(), p.number, pin, promptWithin)
	p.sim.check("pin on phone "+p.number, err)
}

func (p *Phone) act(what client.Action, wait time.Duration) {
	p.sim.tb.Helper()
	_, err := p.sim.control.Act(context.Background(), p.number, what, wait)
	p.sim.check(string(what)+" on phone "+p.number, err)
}
