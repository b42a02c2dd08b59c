package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

type payCmd struct {
	Phone       phoneNumber `arg:"" help:"The customer's number."`
	Amount      int64       `arg:"" help:"Whole shillings."`
	Reference   string      `help:"Account reference that the customer sees." default:"TEST" placeholder:"TEXT" env:"-"`
	Description string      `help:"Description of the transaction." placeholder:"TEXT" env:"-"`
	Shortcode   string      `help:"Paybill, till or store number that is paid; the sandbox's 174379 unless given." placeholder:"CODE" env:"-"`
	CallbackURL string      `help:"Where the callback goes; unless given, the simulator takes it itself." name:"callback-url" placeholder:"URL" env:"-"`
	clientFlags
}

// Help teaches by example.
func (*payCmd) Help() string {
	return `An STK push without an app: the simulator makes it as an app would, so rules, queue and faults take part, and the journal shows it.

    darajabox pay 0708374149 150 --reference INV-1
    darajabox pay 254700001032 150                  # this number cancels
    darajabox payments                              # how it stands`
}

// Run makes the payment.
func (c *payCmd) Run(e *env) error {
	body := map[string]any{"phone": string(c.Phone), "amount": c.Amount, "reference": c.Reference}
	for key, value := range map[string]string{"description": c.Description, "shortcode": c.Shortcode, "callback_url": c.CallbackURL} {
		if value != "" {
			body[key] = value
		}
	}
	type made struct {
		ID string `json:"id"`
	}
	return do(e, c.controlFlags, call{method: http.MethodPost, path: c.path("payments"), body: body}, func(w io.Writer, m made) {
		fmt.Fprintf(w, "pushed as %s; how it stands: %s\n", m.ID, c.hint(e, "payments", "show", m.ID))
	})
}

type paymentsCmd struct {
	List paymentsListCmd `cmd:"" default:"withargs" help:"List the pushes and how they stand, newest first."`
	Show paymentsShowCmd `cmd:"" help:"Show a payment and what happened to it."`
}

// Help teaches by example.
func (paymentsCmd) Help() string {
	return `    darajabox payments
    darajabox payments --status cancelled --phone 0708374149
    darajabox payments --status refused             # with the reason of each refusal
    darajabox payments show ws_CO_29112026143501123708374149`
}

// simPayment is a payment as the control API describes it.
type simPayment struct {
	ID          string     `json:"id"`
	Record      uint64     `json:"record"`
	At          time.Time  `json:"at"`
	EndedAt     *time.Time `json:"ended_at"`
	Phone       string     `json:"phone"`
	Name        string     `json:"name"`
	Shortcode   string     `json:"shortcode"`
	AmountCents int64      `json:"amount_cents"`
	Reference   string     `json:"reference"`
	Status      string     `json:"status"`
	StatusText  string     `json:"status_text"`
	ResultCode  string     `json:"result_code"`
	ResultDesc  string     `json:"result_desc"`
	Receipt     string     `json:"receipt"`
	DecidedBy   string     `json:"decided_by"`
	Timeline    []struct {
		At   time.Time `json:"at"`
		Text string    `json:"text"`
	} `json:"timeline"`
}

// handle is what `payments show` finds the payment by.
func (p simPayment) handle() string {
	if p.ID == "" {
		return strconv.FormatUint(p.Record, 10)
	}
	return p.ID
}

// paymentStatuses are all of them, as --status takes them.
func paymentStatuses() string {
	var names []string
	for _, s := range simulator.PaymentStatuses() {
		names = append(names, string(s))
	}
	return strings.Join(names, ",")
}

// standing is how the payment stands, in words.
func (p simPayment) standing() string {
	if p.Status == string(simulator.PaymentRefused) {
		return "refused: " + p.StatusText
	}
	return p.StatusText
}

// maxStanding is how many characters of a refusal's reason a list shows; `payments show`
// shows all of it.
const maxStanding = 60

// cutTo cuts a text to most characters.
func cutTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// paid is the amount, "" when a push was refused whose amount cannot be read.
func (p simPayment) paid() string {
	if p.AmountCents == 0 {
		return ""
	}
	return daraja.Money(p.AmountCents).Grouped()
}

type paymentsListCmd struct {
	Status string      `help:"Only payments that stand so: ${enum}." enum:",${paymentStatuses}" default:"" placeholder:"STATUS" env:"-"`
	Phone  phoneNumber `help:"Only this customer's." placeholder:"NUMBER" env:"-"`
	Limit  int         `help:"The most to list, up to 500." default:"50" env:"-"`
	Before string      `help:"Only those before this place in the list; a page that is not the last prints the command for the next one." placeholder:"CURSOR" env:"-"`
	clientFlags
}

// Run lists the payments.
func (c *paymentsListCmd) Run(e *env) error {
	query := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.Status != "" {
		query.Set("status", c.Status)
	}
	if c.Phone != "" {
		query.Set("phone", string(c.Phone))
	}
	if c.Before != "" {
		query.Set("before", c.Before)
	}
	type list struct {
		Payments []simPayment `json:"payments"`
		Next     string       `json:"next"`
	}
	return do(e, c.controlFlags, call{method: http.MethodGet, path: c.path("payments"), query: query}, func(w io.Writer, l list) {
		var rows [][]string
		for _, p := range l.Payments {
			rows = append(rows, []string{short(p.At), p.Phone, p.Name, p.paid(), p.Reference, cutTo(p.standing(), maxStanding), p.Receipt, p.handle()})
		}
		none := "No payment yet; make one with: " + c.hint(e, "pay", "0708374149", "150")
		if c.Status != "" || c.Phone != "" || c.Before != "" {
			none = "No payment matches."
		}
		table(w, none, []string{"TIME (EAT)", "PHONE", "NAME", "AMOUNT", "REFERENCE", "STATUS", "RECEIPT", "PAYMENT"}, rows)
		if l.Next != "" {
			fmt.Fprintf(w, "\nThere are older ones: %s\n", c.next(e, l.Next))
		}
	})
}

// next is the command that lists the page that begins at a cursor.
func (c *paymentsListCmd) next(e *env, cursor string) string {
	args := []string{"payments"}
	if c.Status != "" {
		args = append(args, "--status", c.Status)
	}
	if c.Phone != "" {
		args = append(args, "--phone", string(c.Phone))
	}
	return c.hint(e, append(args, "--limit", strconv.Itoa(c.Limit), "--before", cursor)...)
}

type paymentsShowCmd struct {
	Payment string `arg:"" help:"ID of the payment, or the number of the record of a push that was refused."`
	clientFlags
}

// Run shows the payment.
func (c *paymentsShowCmd) Run(e *env) error {
	return do(e, c.controlFlags, call{method: http.MethodGet, path: c.path("payments", c.Payment)}, printSimPayment)
}

func printSimPayment(w io.Writer, p simPayment) {
	result := p.ResultCode
	if p.ResultDesc != "" {
		result += " " + p.ResultDesc
	}
	aligned(w, [][]string{
		{"payment", p.handle()}, {"customer", p.Phone + " " + p.Name}, {"amount", p.paid()},
		{"to", p.Shortcode}, {"reference", p.Reference}, {"status", p.standing()}, {"result", result}, {"receipt", p.Receipt},
		{"decided by", p.DecidedBy},
	})
	fmt.Fprintln(w)
	var rows [][]string
	for _, h := range p.Timeline {
		rows = append(rows, []string{h.At.In(daraja.EAT()).Format(layoutMilli), h.Text})
	}
	table(w, "Nothing is on record.", []string{"TIME (EAT)", "WHAT HAPPENED"}, rows)
}
