package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/darajabox/darajabox/gateway/adminapi"
)

type paymentCmd struct {
	List paymentListCmd `cmd:"" help:"List payments, such as those in review."`
	Show paymentShowCmd `cmd:"" help:"Show a payment and everything that happened to it."`
}

type paymentListCmd struct {
	State string `help:"Only this state, such as review." placeholder:"STATE" env:"-"`
	listFlags
	adminFlags
}

func (c *paymentListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, c.page("payments", "state", c.State), func(w io.Writer, l adminapi.Payments) {
		const header = "PAYMENT|STATE|PARTNER|AMOUNT|PHONE|REFERENCE|RECEIPT|CREATED (EAT)|REVIEW"
		printTable(w, c.none("payments", " in state ", c.State), header, l.Payments, func(p adminapi.Payment) []string {
			return []string{
				fmt.Sprint(p.ID), string(p.State), p.Partner, shillings(p.Amount * 100), p.Phone, p.Reference, p.Receipt, shortTime(p.CreatedAt.Time), p.ReviewReason,
			}
		})
		printNext(w, l.Next)
	})
}

type paymentShowCmd struct {
	ID string `arg:"" help:"The payment's transaction_id, or its reference at M-PESA such as T3PIRBTGI9N." name:"id"`
	adminFlags
}

func (c *paymentShowCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, get("payments", c.ID), printPayment)
}

func printPayment(w io.Writer, p adminapi.PaymentDetail) {
	result := p.ResultDesc
	if p.ResultCode != nil {
		result = strings.TrimSpace(string(*p.ResultCode) + " " + p.ResultDesc)
	}
	printRows(w, [][]string{
		{"payment", fmt.Sprint(p.ID)}, {"state", string(p.State)}, {"partner", p.Partner}, {"amount", shillings(p.Amount * 100)},
		{"phone", p.Phone}, {"reference", p.Reference}, {"at M-PESA", p.AccountReference}, {"receipt", p.Receipt},
		{"result", result}, {"review", p.ReviewReason}, {"kind of review", string(p.Kind)}, {"mark of review", p.Mark}, {"needs a person since", zonedTime(p.ReviewSince.Time)},
		{"created", zonedTime(p.CreatedAt.Time)}, {"next step", zonedTime(p.DueAt.Time)},
	}...)
	fmt.Fprintln(w)
	printTable(w, "No push was sent.", "PUSH|STATE|CHECKOUT REQUEST|AT (EAT)|DETAIL", p.Pushes, func(s adminapi.Push) []string {
		return []string{fmt.Sprint(s.Number), string(s.State), s.CheckoutRequestID, shortTime(s.CreatedAt.Time), s.Detail}
	})
	fmt.Fprintln(w)
	printTable(w, "No callback arrived.", "CALLBACK|VERDICT|FROM|AT (EAT)", p.Callbacks, func(r adminapi.Callback) []string {
		return []string{fmt.Sprint(r.ID), r.Verdict, r.Remote, shortTime(r.ReceivedAt.Time)}
	})
	if p.CallbacksTotal > len(p.Callbacks) {
		fmt.Fprintf(w, "The newest %d of %d callbacks are listed.\n", len(p.Callbacks), p.CallbacksTotal)
	}
	fmt.Fprintln(w)
	printDeliveries(w, "No webhook.", p.Deliveries)
	if len(p.Resolutions) > 0 {
		fmt.Fprintln(w)
		printTable(w, "", "RESOLVED AS|BY|AT (EAT)|RECEIPT|NOTE", p.Resolutions, func(r adminapi.Resolution) []string {
			return []string{string(r.As), r.By, formatTime(r.At, layoutYear), r.Receipt, r.Note}
		})
	}
}

func printDeliveries(w io.Writer, none string, list []adminapi.Delivery) {
	printTable(w, none, "WEBHOOK|STATE|PARTNER|PAYMENT|ATTEMPTS|NEXT (EAT)|URL|REASON", list, func(d adminapi.Delivery) []string {
		return []string{
			fmt.Sprint(d.ID), string(d.State), d.Partner, fmt.Sprint(d.PaymentID), fmt.Sprint(d.Attempts), shortTime(d.DueAt.Time), d.URL, d.Reason,
		}
	})
}

type deliveryCmd struct {
	List   deliveryListCmd   `cmd:"" help:"List webhooks, such as those whose every attempt failed."`
	Show   deliveryShowCmd   `cmd:"" help:"Show a webhook and its attempts."`
	Resend deliveryResendCmd `cmd:"" help:"Send a webhook again."`
}

type deliveryListCmd struct {
	State string `help:"Only this state: due, delivered or exhausted (all attempts failed)." placeholder:"STATE" env:"-"`
	listFlags
	adminFlags
}

func (c *deliveryListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, c.page("deliveries", "state", c.State), func(w io.Writer, l adminapi.Deliveries) {
		printDeliveries(w, c.none("webhooks", " in state ", c.State), l.Deliveries)
		printNext(w, l.Next)
	})
}

type deliveryFlags struct {
	ID string `arg:"" help:"Number of the webhook." name:"id"`
	adminFlags
}

type deliveryShowCmd struct{ deliveryFlags }

func (c *deliveryShowCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, get("deliveries", c.ID), func(w io.Writer, d adminapi.DeliveryDetail) {
		printDeliveries(w, "", []adminapi.Delivery{d.Delivery})
		fmt.Fprintln(w)
		printTable(w, "No attempt yet.", "ATTEMPT|AT (EAT)|TOOK|STATUS|DETAIL|REPLY", d.Tried, func(t adminapi.Attempt) []string {
			return []string{fmt.Sprint(t.Number), shortTime(t.At.Time), t.Took, fmt.Sprint(t.Status), t.Detail, t.Reply}
		})
		if d.Attempts > len(d.Tried) {
			fmt.Fprintf(w, "These are the newest %d of %d attempts.\n", len(d.Tried), d.Attempts)
		}
	})
}

type deliveryResendCmd struct{ deliveryFlags }

func (c *deliveryResendCmd) Run(e *env) error {
	return callAndConfirm(e, c.adminFlags, post(nil, "deliveries", c.ID, "resend"), "webhook "+c.ID+" is sent again")
}

type customerCmd struct {
	Erase customerEraseCmd `cmd:"" help:"Erase a customer's data, as the customer may ask."`
}

type customerEraseCmd struct {
	Phone phoneNumber `arg:"" help:"The customer's number."`
	adminFlags
}

func (c *customerEraseCmd) Run(e *env) error {
	erase := post(map[string]string{"phone": string(c.Phone)}, "customers", "erase")
	erased, err := call[adminapi.Erased](e, c.adminFlags, erase)
	err = answerOf(erased, err).print(e, c, printErased)
	if err == nil && unfinished(erased) {
		return errReported
	}
	return err
}

// unfinished reports whether the command must be run again; what else is left stays for ever.
func unfinished(d adminapi.Erased) bool { return len(d.KeptPayments.IDs) > 0 }

func printErased(w io.Writer, d adminapi.Erased) {
	printRows(w, []string{"payments erased", fmt.Sprint(d.Payments)}, []string{"callbacks erased", fmt.Sprint(d.Callbacks)},
		[]string{"mentions masked", fmt.Sprint(d.Mentions)})
	for _, left := range []struct{ what, reason string }{
		{fmt.Sprintf("Not delivered: webhooks, %d", d.Undelivered.Count), d.Undelivered.Reason},
		{"Kept: payments " + strings.Trim(fmt.Sprint(d.KeptPayments.IDs), "[]"), d.KeptPayments.Reason},
		{fmt.Sprintf("Kept: callbacks, %d", d.KeptCallbacks.Count), d.KeptCallbacks.Reason},
	} {
		if left.reason != "" {
			fmt.Fprintf(w, "\n%s (%s)\n", left.what, oneLine(left.reason))
		}
	}
	if d.LeftInFiles != "" {
		fmt.Fprintf(w, "\nLeft in the database's files: %s\n", oneLine(d.LeftInFiles))
	}
}
