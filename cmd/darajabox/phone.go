package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

type phoneCmd struct {
	List     phoneListCmd     `cmd:"" default:"withargs" help:"List the customers of a world."`
	Show     phoneShowCmd     `cmd:"" help:"Show a phone: wallet, prompt, messages."`
	Set      phoneSetCmd      `cmd:"" help:"Edit a customer, or add one: name, PIN, balance, phone on or off."`
	PIN      phonePINCmd      `cmd:"" name:"pin" help:"Enter the PIN into the open prompt: the customer's own unless another is given."`
	WrongPIN phoneWrongPINCmd `cmd:"" name:"wrong-pin" help:"Enter a wrong PIN into the open prompt."`
	Cancel   phoneCancelCmd   `cmd:"" help:"Press cancel in the open prompt."`
	Ignore   phoneIgnoreCmd   `cmd:"" help:"Leave the open prompt until it ends by itself."`
	Off      phoneOffCmd      `cmd:"" help:"Switch the phone off."`
	On       phoneOnCmd       `cmd:"" help:"Switch the phone on."`
	Attend   phoneAttendCmd   `cmd:"" help:"Make the prompts of a phone wait for you instead of being answered automatically."`
	Leave    phoneLeaveCmd    `cmd:"" help:"Let prompts of a phone be answered automatically again."`
}

// Help teaches by example.
func (phoneCmd) Help() string {
	return `You act as the customer. Numbers may be written 0708374149, 254708374149 or +254 708 374149.

    darajabox phone cancel 0708374149
    darajabox phone pin 0708374149 --wait 5s    # waits for the prompt
    darajabox phone off 0708374149
    darajabox phone show 0708374149`
}

// phoneState is a phone as the control API describes it.
type phoneState struct {
	Number       string `json:"number"`
	Name         string `json:"name"`
	PIN          string `json:"pin"`
	On           bool   `json:"on"`
	Attended     bool   `json:"attended"`
	BalanceCents int64  `json:"balance_cents"`
	Prompt       *struct {
		CheckoutRequestID string    `json:"checkout_request_id"`
		Text              string    `json:"text"`
		Organisation      string    `json:"organisation"`
		Shortcode         string    `json:"shortcode"`
		Reference         string    `json:"reference"`
		AmountCents       int64     `json:"amount_cents"`
		OpenedAt          time.Time `json:"opened_at"`
		EndsAt            time.Time `json:"ends_at"`
		Tries             int       `json:"tries"`
	} `json:"prompt"`
	Messages []struct {
		At   time.Time `json:"at"`
		From string    `json:"from"`
		Text string    `json:"text"`
	} `json:"messages"`
}

// prompt is what is on the phone's screen, in a few words.
func (p phoneState) prompt() string {
	if p.Prompt == nil {
		return ""
	}
	return fmt.Sprintf("%s to %s, %s", shillings(p.Prompt.AmountCents), p.Prompt.Organisation, p.Prompt.Reference)
}

func (p phoneState) state() string {
	state := "on"
	if !p.On {
		state = "off"
	}
	if p.Attended {
		state += ", prompts wait"
	}
	return state
}

func printPhone(w io.Writer, p phoneState) {
	rows := [][]string{
		{"phone", p.Number}, {"name", p.Name}, {"PIN", p.PIN}, {"balance", shillings(p.BalanceCents)}, {"state", p.state()},
		{"prompt", p.prompt()},
	}
	if p.Prompt != nil {
		rows = append(rows, []string{"", p.Prompt.Text},
			[]string{"", fmt.Sprintf("%s, ends %s", p.Prompt.CheckoutRequestID, zoned(p.Prompt.EndsAt))})
	}
	for i := len(p.Messages) - 1; i >= 0 && i >= len(p.Messages)-5; i-- {
		m := p.Messages[i]
		rows = append(rows, []string{"SMS " + zoned(m.At), m.From + ": " + m.Text})
	}
	for i := range rows {
		if rows[i][0] == "" {
			rows[i][0] = " " // the continuation of the row before
		}
	}
	aligned(w, rows)
}

type phoneListCmd struct{ clientFlags }

// Run lists the phones.
func (c *phoneListCmd) Run(e *env) error {
	type list struct {
		Phones []phoneState `json:"phones"`
	}
	return do(e, c.controlFlags, call{method: http.MethodGet, path: c.path("phones")}, func(w io.Writer, l list) {
		var rows [][]string
		for _, p := range l.Phones {
			rows = append(rows, []string{p.Number, p.Name, p.PIN, shillings(p.BalanceCents), p.state(), p.prompt()})
		}
		table(w, "The world has no customer yet; a push, or `"+c.hint(e, "phone", "show", "NUMBER")+"`, adds one.",
			[]string{"PHONE", "NAME", "PIN", "BALANCE", "STATE", "PROMPT"}, rows)
	})
}

// phoneFlags name a phone.
type phoneFlags struct {
	Phone phoneNumber `arg:"" help:"The phone's number."`
	clientFlags
}

// act does something with the phone and tells how it is then.
func (f phoneFlags) act(e *env, what string, query url.Values, body any) error {
	return do(e, f.controlFlags, call{
		method: http.MethodPost, path: f.path("phones", string(f.Phone), what), query: query, body: body,
	}, printPhone)
}

// promptFlags name a phone on whose prompt something is done.
type promptFlags struct {
	phoneFlags
	Wait time.Duration `help:"How long to wait for a prompt, in real time; at most 60s." placeholder:"DURATION" env:"-"`
}

func (f promptFlags) act(e *env, what string, body any) error {
	query := url.Values{}
	if f.Wait > 0 {
		query.Set("wait", f.Wait.String())
	}
	return f.phoneFlags.act(e, what, query, body)
}

type phoneShowCmd struct{ phoneFlags }

// Run shows the phone.
func (c *phoneShowCmd) Run(e *env) error {
	return do(e, c.controlFlags, call{method: http.MethodGet, path: c.path("phones", string(c.Phone))}, printPhone)
}

type phonePINCmd struct {
	Phone phoneNumber   `arg:"" help:"The phone's number."`
	PIN   string        `arg:"" optional:"" help:"Four digits; the customer's own unless given."`
	Wait  time.Duration `help:"How long to wait for a prompt, in real time; at most 60s." placeholder:"DURATION" env:"-"`
	clientFlags
}

// Help teaches by example.
func (*phonePINCmd) Help() string {
	return `The PIN answers the prompt that is open on the phone:

    darajabox phone pin 0708374149              # the right PIN: pays
    darajabox phone pin 0708374149 0000         # enters 0000
    darajabox phone pin 0708374149 --wait 5s    # waits until there is a prompt`
}

// Run enters the PIN.
func (c *phonePINCmd) Run(e *env) error {
	body := map[string]string{}
	if c.PIN != "" {
		body["pin"] = c.PIN
	}
	f := promptFlags{phoneFlags: phoneFlags{Phone: c.Phone, clientFlags: c.clientFlags}, Wait: c.Wait}
	return f.act(e, "pin", body)
}

type phoneWrongPINCmd struct{ promptFlags }

// Run enters a wrong PIN.
func (c *phoneWrongPINCmd) Run(e *env) error { return c.act(e, "wrong_pin", nil) }

type phoneCancelCmd struct{ promptFlags }

// Run cancels.
func (c *phoneCancelCmd) Run(e *env) error { return c.act(e, "cancel", nil) }

type phoneIgnoreCmd struct{ promptFlags }

// Run ignores the prompt.
func (c *phoneIgnoreCmd) Run(e *env) error { return c.act(e, "ignore", nil) }

type phoneOffCmd struct{ phoneFlags }

// Run switches the phone off.
func (c *phoneOffCmd) Run(e *env) error { return c.act(e, "off", nil, nil) }

type phoneOnCmd struct{ phoneFlags }

// Run switches the phone on.
func (c *phoneOnCmd) Run(e *env) error { return c.act(e, "on", nil, nil) }

type phoneAttendCmd struct{ phoneFlags }

// Run takes the phone into the hand.
func (c *phoneAttendCmd) Run(e *env) error {
	return c.act(e, "attend", nil, map[string]bool{"attend": true})
}

type phoneLeaveCmd struct{ phoneFlags }

// Run puts the phone down.
func (c *phoneLeaveCmd) Run(e *env) error {
	return c.act(e, "attend", nil, map[string]bool{"attend": false})
}
