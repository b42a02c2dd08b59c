package darajatest

import (
	"net/http"
	"net/url"
	"time"
)

// promptWithin is how long, in real time, a phone waits for the prompt on which it is
// to act, for a program that pushes in a goroutine of its own.
const promptWithin = "5s"

// Phone is a customer's phone, and the customer.
type Phone struct {
	sim    *Simulator
	number string
}

// Prompt is what a phone shows while it asks for the PIN.
type Prompt struct {
	CheckoutRequestID string    `json:"checkout_request_id"`
	Text              string    `json:"text"`
	Organisation      string    `json:"organisation"`
	Shortcode         string    `json:"shortcode"`
	Reference         string    `json:"reference"`
	AmountCents       int64     `json:"amount_cents"`
	OpenedAt          time.Time `json:"opened_at"`
	EndsAt            time.Time `json:"ends_at"`
	Tries             int       `json:"tries"` // PINs that were wrong
}

// Message is an SMS.
type Message struct {
	At   time.Time `json:"at"`
	From string    `json:"from"`
	Text string    `json:"text"`
}

// phoneState is a phone as the control API describes it.
type phoneState struct {
	BalanceCents int64     `json:"balance_cents"`
	Prompt       *Prompt   `json:"prompt"`
	Messages     []Message `json:"messages"`
}

// Phone is the phone with a number such as 254708374149. Any number has a customer,
// who comes from the seed.
func (s *Simulator) Phone(number string) *Phone { return &Phone{sim: s, number: number} }

// PIN enters four digits into the open prompt. This and what follows waits up to five
// seconds of real time for a prompt, and fails the test when none opens.
func (p *Phone) PIN(pin string) {
	p.sim.helper()
	p.answer("pin", map[string]string{"pin": pin})
}

// Approve enters the customer's own PIN: the payment is made, if the money suffices.
func (p *Phone) Approve() {
	p.sim.helper()
	p.answer("pin", struct{}{})
}

// WrongPIN enters a PIN that is not the customer's.
func (p *Phone) WrongPIN() {
	p.sim.helper()
	p.answer("wrong_pin", nil)
}

// Cancel presses cancel.
func (p *Phone) Cancel() {
	p.sim.helper()
	p.answer("cancel", nil)
}

// Ignore leaves the prompt until it ends by itself.
func (p *Phone) Ignore() {
	p.sim.helper()
	p.answer("ignore", nil)
}

// Off switches the phone off: prompts do not reach it.
func (p *Phone) Off() {
	p.sim.helper()
	p.act("off", "", nil)
}

// On switches the phone on.
func (p *Phone) On() {
	p.sim.helper()
	p.act("on", "", nil)
}

// Attend takes the phone into the hand: from now on its prompts wait for what the
// test does, instead of being answered by themselves after a moment.
func (p *Phone) Attend() {
	p.sim.helper()
	p.act("attend", "", map[string]bool{"attend": true})
}

// Prompt is the prompt on the screen, if there is one.
func (p *Phone) Prompt() (Prompt, bool) {
	p.sim.helper()
	if prompt := p.state().Prompt; prompt != nil {
		return *prompt, true
	}
	return Prompt{}, false
}

// Messages are the latest SMS, the newest last.
func (p *Phone) Messages() []Message {
	p.sim.helper()
	return p.state().Messages
}

// BalanceCents is what is in the wallet, in cents.
func (p *Phone) BalanceCents() int64 {
	p.sim.helper()
	return p.state().BalanceCents
}

func (p *Phone) state() phoneState {
	p.sim.helper()
	var state phoneState
	if err := p.sim.control.do(http.MethodGet, p.path(), nil, &state); err != nil {
		p.sim.fail("looking at phone "+p.number, err)
	}
	return state
}

func (p *Phone) path() string { return "/phones/" + url.PathEscape(p.number) }

func (p *Phone) answer(what string, body any) {
	p.sim.helper()
	p.act(what, "?wait="+promptWithin, body)
}

func (p *Phone) act(what, query string, body any) {
	p.sim.helper()
	if err := p.sim.control.do(http.MethodPost, p.path()+"/"+what+query, body, nil); err != nil {
		p.sim.fail(what+" on phone "+p.number, err)
	}
}
