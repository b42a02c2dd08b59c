package main

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
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

func (c *payCmd) Run(e *env) error {
	return answerOf(c.world().Pay(e.ctx, client.NewPayment{
		Phone: string(c.Phone), Amount: &c.Amount, Reference: c.Reference,
		Description: c.Description, Shortcode: c.Shortcode, CallbackURL: c.CallbackURL,
	})).print(e, c, func(w io.Writer, m client.AcceptedPush) {
		fmt.Fprintf(w, "pushed as %s; how it stands: %s\n", m.ID, c.hint(e, "payments", "show", m.ID))
	})
}

type paymentsCmd struct {
	List paymentsListCmd `cmd:"" default:"withargs" help:"List the pushes and how they stand, newest first."`
	Show paymentsShowCmd `cmd:"" help:"Show a payment and what happened to it."`
}

// paymentID is what `payments show` finds the payment by.
func paymentID(p client.Payment) string { return cmp.Or(p.ID, strconv.FormatUint(p.Record, 10)) }

func statusText(p client.Payment) string {
	if p.Status == simulator.PaymentRefused {
		return "refused: " + p.StatusText
	}
	return p.StatusText
}

// maxStatusText is how many characters of a refusal's reason a list shows.
const maxStatusText = 60

// amountText is the amount, "" when a push was refused whose amount cannot be read.
func amountText(p client.Payment) string {
	if p.AmountCents == 0 {
		return ""
	}
	return shillings(p.AmountCents)
}

type paymentsListCmd struct {
	Status string      `help:"Only payments that stand so: ${enum}." enum:",${paymentStatuses}" default:"" placeholder:"STATUS" env:"-"`
	Phone  phoneNumber `help:"Only this customer's." placeholder:"NUMBER" env:"-"`
	Limit  int         `help:"The most to list, up to 500." default:"50" env:"-"`
	Before string      `help:"Only those before this place in the list; a page that is not the last prints the command for the next one." placeholder:"CURSOR" env:"-"`
	clientFlags
}

func (c *paymentsListCmd) Run(e *env) error {
	return answerOf(c.world().Payments(e.ctx, client.PaymentFilter{
		Status: simulator.PaymentStatus(c.Status), Phone: string(c.Phone), Limit: c.Limit, Before: c.Before,
	})).print(e, c, func(w io.Writer, l client.Payments) {
		none := "No payment yet; make one with: " + c.hint(e, "pay", "0708374149", "150")
		if c.Status != "" || c.Phone != "" || c.Before != "" {
			none = "No payment matches."
		}
		printTable(w, none, "TIME (EAT)|PHONE|NAME|AMOUNT|REFERENCE|STATUS|RECEIPT|PAYMENT", l.Payments, func(p client.Payment) []string {
			return []string{shortTime(p.At), p.Phone, p.Name, amountText(p), p.Reference, truncate(statusText(p), maxStatusText), p.Receipt, paymentID(p)}
		})
		if l.Next != "" {
			fmt.Fprintf(w, "\nThere are older ones: %s\n", c.nextPage(e, l.Next))
		}
	})
}

func (c *paymentsListCmd) nextPage(e *env, cursor string) string {
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

func (c *paymentsShowCmd) Run(e *env) error {
	return answerOf(c.world().Payment(e.ctx, c.Payment)).print(e, c, printSimPayment)
}

func printSimPayment(w io.Writer, detail client.PaymentDetail) {
	p := detail.Payment
	result := strings.TrimSpace(p.ResultCode + " " + p.ResultDesc)
	printRows(w, [][]string{
		{"payment", paymentID(p)}, {"customer", p.Phone + " " + p.Name}, {"amount", amountText(p)},
		{"to", p.Shortcode}, {"reference", p.Reference}, {"status", statusText(p)}, {"result", result}, {"receipt", p.Receipt},
		{"decided by", p.DecidedBy},
	}...)
	fmt.Fprintln(w)
	printTable(w, "Nothing is on record.", "TIME (EAT)|WHAT HAPPENED", detail.Timeline, func(h client.TimelineEvent) []string {
		return []string{formatTime(h.At, layoutMilli), h.Text}
	})
}
