package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/control/client"
)

type phoneCmd struct {
	List     phoneListCmd   `cmd:"" default:"withargs" help:"List the customers of a world."`
	Show     phoneShowCmd   `cmd:"" help:"Show a phone: wallet, prompt, messages."`
	Set      phoneSetCmd    `cmd:"" help:"Edit a customer, or add one: name, PIN, balance, phone on or off."`
	PIN      phonePINCmd    `cmd:"" name:"pin" help:"Enter the PIN into the open prompt: the customer's own unless another is given."`
	WrongPIN phonePromptCmd `cmd:"" name:"wrong-pin" help:"Enter a wrong PIN into the open prompt."`
	Cancel   phonePromptCmd `cmd:"" help:"Press cancel in the open prompt."`
	Ignore   phonePromptCmd `cmd:"" help:"Leave the open prompt until it ends by itself."`
	Off      phoneActionCmd `cmd:"" help:"Switch the phone off."`
	On       phoneActionCmd `cmd:"" help:"Switch the phone on."`
	Attend   phoneActionCmd `cmd:"" help:"Make the prompts of a phone wait for you instead of being answered automatically."`
	Leave    phoneActionCmd `cmd:"" help:"Let prompts of a phone be answered automatically again."`
}

func promptText(p client.Phone) string {
	if p.Prompt == nil {
		return ""
	}
	return fmt.Sprintf("%s to %s, %s", shillings(p.Prompt.AmountCents), p.Prompt.Organisation, p.Prompt.Reference)
}

func phoneState(p client.Phone) string {
	if p.Attended {
		return onOff(p.On) + ", prompts wait"
	}
	if !p.Registered {
		return onOff(p.On) + ", not registered"
	}
	return onOff(p.On)
}

// smsShown is how many of the latest messages a phone shows.
const smsShown = 5

func printPhone(w io.Writer, p client.Phone) {
	rows := [][]string{
		{"phone", p.Number}, {"name", p.Name}, {"PIN", p.PIN}, {"balance", shillings(p.BalanceCents)}, {"state", phoneState(p)},
		{"prompt", promptText(p)},
	}
	if p.Prompt != nil { // a space continues the row before
		rows = append(rows, []string{" ", p.Prompt.Text}, []string{" ", p.Prompt.CheckoutRequestID + ", ends " + zonedTime(p.Prompt.EndsAt)})
	}
	for _, m := range slices.Backward(p.Messages[max(0, len(p.Messages)-smsShown):]) {
		rows = append(rows, []string{"SMS " + zonedTime(m.At), m.From + ": " + m.Text})
	}
	printRows(w, rows...)
}

type phoneListCmd struct{ clientFlags }

func (c *phoneListCmd) Run(e *env) error {
	return answerOf(c.world().Phones(e.ctx)).print(e, c, func(w io.Writer, l client.Phones) {
		none := "The world has no customer yet; a push, or `" + c.hint(e, "phone", "show", "NUMBER") + "`, adds one."
		printTable(w, none, "PHONE|NAME|PIN|BALANCE|STATE|PROMPT", l.Phones, func(p client.Phone) []string {
			return []string{p.Number, p.Name, p.PIN, shillings(p.BalanceCents), phoneState(p), promptText(p)}
		})
	})
}

type phoneFlags struct {
	Phone phoneNumber `arg:"" help:"The phone's number."`
	clientFlags
}

type waitFlags struct {
	Wait time.Duration `help:"How long to wait for a prompt, in real time; at most 60s." placeholder:"DURATION" env:"-"`
}

type phoneShowCmd struct{ phoneFlags }

func (c *phoneShowCmd) Run(e *env) error {
	return answerOf(c.world().Phone(e.ctx, string(c.Phone))).print(e, c, printPhone)
}

type phoneSetCmd struct {
	Name         *string         `help:"Name of the customer, up to 60 characters." placeholder:"NAME" env:"-"`
	PIN          *string         `help:"PIN of the customer, four digits." name:"pin" placeholder:"PIN" env:"-"`
	Balance      *shillingAmount `help:"What the wallet holds, in shillings, up to 500000." placeholder:"AMOUNT" env:"-"`
	Registered   bool            `help:"The number has an M-PESA account." xor:"account" env:"-"`
	Unregistered bool            `help:"The number has no M-PESA account." xor:"account" env:"-"`
	On           bool            `help:"Switch the phone on." xor:"power" env:"-"`
	Off          bool            `help:"Switch the phone off." xor:"power" env:"-"`
	phoneFlags
}

func (c *phoneSetCmd) Validate() error {
	if c.Balance != nil && (*c.Balance < 0 || daraja.Money(*c.Balance) > daraja.MaxWallet) {
		return fmt.Errorf("--balance is %s; an M-PESA wallet holds from %s to %s", daraja.Money(*c.Balance).Grouped(), daraja.Money(0).Grouped(), daraja.MaxWallet.Grouped())
	}
	if c.Name == nil && c.PIN == nil && c.Balance == nil && !c.On && !c.Off && !c.Registered && !c.Unregistered {
		return errors.New("give what to set: --name, --pin, --balance, --registered, --unregistered, --on or --off")
	}
	return nil
}

func (c *phoneSetCmd) Run(e *env) error {
	edit := client.PhoneEdit{Name: c.Name, PIN: c.PIN, Balance: (*int64)(c.Balance)}
	if c.On || c.Off {
		edit.On = &c.On
	}
	if c.Registered || c.Unregistered {
		edit.Registered = &c.Registered
	}
	return answerOf(c.world().EditPhone(e.ctx, string(c.Phone), edit)).print(e, c, printPhone)
}

type phonePINCmd struct {
	phoneFlags
	PIN string `arg:"" optional:"" help:"Four digits; the customer's own unless given."`
	waitFlags
}

func (c *phonePINCmd) Run(e *env) error {
	return answerOf(c.world().EnterPIN(e.ctx, string(c.Phone), c.PIN, c.Wait)).print(e, c, printPhone)
}

// phonePromptCmd does in the open prompt what its command is called, such as cancel.
type phonePromptCmd struct {
	phoneActionCmd
	waitFlags
}

func (c *phonePromptCmd) Run(e *env, k *kong.Context) error { return c.act(e, k, c.Wait) }

// phoneActionCmd does with a phone what its command is called: on, off, attend or leave.
type phoneActionCmd struct{ phoneFlags }

func (c *phoneActionCmd) Run(e *env, k *kong.Context) error { return c.act(e, k, 0) }

func (c *phoneActionCmd) act(e *env, k *kong.Context, wait time.Duration) error {
	name := k.Selected().Name
	if name == "attend" || name == "leave" {
		return answerOf(c.world().Attend(e.ctx, string(c.Phone), name == "attend")).print(e, c, printPhone)
	}
	action := client.Action(strings.ReplaceAll(name, "-", "_"))
	return answerOf(c.world().Act(e.ctx, string(c.Phone), action, wait)).print(e, c, printPhone)
}
