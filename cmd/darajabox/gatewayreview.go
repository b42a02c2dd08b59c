package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"

	"github.com/darajabox/darajabox/gateway/adminapi"
)

type reviewCmd struct {
	List    reviewListCmd    `cmd:"" help:"List the payments that need a person, with the reason of each."`
	Show    paymentShowCmd   `cmd:"" help:"Show a payment and everything that happened to it."`
	Resolve reviewResolveCmd `cmd:"" help:"Resolve the review of a payment: it is paid, it failed, or it stands as it is."`
}

type reviewListCmd struct {
	Kind string `help:"Only this kind: contradiction, no_result, unknown_push or settled." placeholder:"KIND" env:"-"`
	listFlags
	adminFlags
}

func (c *reviewListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, c.page("reviews", "kind", c.Kind), func(w io.Writer, l adminapi.Reviews) {
		const header = "PAYMENT|MARK|KIND|STATE|PARTNER|AMOUNT|PHONE|REFERENCE|SINCE (EAT)|REASON"
		printTable(w, c.none("payments that need a person", ", of kind ", c.Kind), header, l.Reviews, func(p adminapi.Review) []string {
			return []string{
				fmt.Sprint(p.ID), p.Mark, string(p.Kind), string(p.State), p.Partner, shillings(p.Amount * 100), p.Phone, p.Reference, shortTime(p.ReviewSince.Time), p.ReviewReason,
			}
		})
		printNext(w, l.Next)
	})
}

type reviewResolveCmd struct {
	ID      string `arg:"" help:"The payment's transaction_id, or its reference at M-PESA such as T3PIRBTGI9N." name:"id"`
	As      string `help:"Decision: paid (the money came), failed (it did not) or is (a settled payment stands, its review is closed)." enum:"paid,failed,is" required:"" placeholder:"paid|failed|is" env:"-"`
	Seen    string `help:"Mark of what you have read, as 'review show' and 'review list' show it; required. When the payment says something else by then, nothing is changed." placeholder:"MARK" env:"-"`
	Receipt string `help:"M-PESA's receipt, for paid; no other payment may have it." placeholder:"RECEIPT" env:"-"`
	personFlags
	adminFlags
}

// personFlags say who decides, and why.
type personFlags struct {
	Note string `help:"Why, up to 500 bytes; required, and kept in the log. Write no phone number." placeholder:"TEXT" env:"-"`
	By   string `help:"Who decides; the user of this machine unless given." placeholder:"NAME" env:"-"`
}

// check wants a note. A flag that kong requires would hide what is wrong with others.
func (f personFlags) check() error {
	if strings.TrimSpace(f.Note) == "" {
		return usageError("set --note to the reason; it is kept in the log")
	}
	return nil
}

func (f personFlags) by() string {
	name := os.Getenv("USER")
	if u, err := user.Current(); err == nil {
		name = cmp.Or(u.Username, name)
	}
	return cmp.Or(f.By, name)
}

func (c *reviewResolveCmd) Run(e *env) error {
	switch err := c.check(); {
	case err != nil:
		return err
	case c.Seen == "":
		return usageError("set --seen to the mark that 'darajabox gateway review show %s' shows, so that the decision is about what you have read", c.ID)
	case c.As == "paid" && c.Receipt == "":
		return usageError("paid needs the M-PESA receipt that proves it: add --receipt")
	case c.As != "paid" && c.Receipt != "":
		return usageError("only paid takes a receipt: leave --receipt out with %s", c.As)
	}
	if err := c.warnOfAmount(e); err != nil {
		return err
	}
	body := map[string]string{"as": c.As, "seen": c.Seen, "receipt": c.Receipt, "note": c.Note, "by": c.by()}
	return callAndPrint(e, c.adminFlags, post(body, "reviews", c.ID, "resolve"), func(w io.Writer, p adminapi.Payment) {
		webhook := "partner " + p.Partner + " gets a webhook"
		if c.As == "is" {
			webhook = "no webhook is sent"
		}
		fmt.Fprintf(w, "payment %d is resolved; its state is %s, and %s\n", p.ID, p.State, webhook)
	})
}

// warnOfAmount says what the partner gets when M-PESA's callback contradicts the order.
func (c *reviewResolveCmd) warnOfAmount(e *env) error {
	if c.As != "paid" {
		return nil
	}
	p, err := call[adminapi.PaymentDetail](e, c.adminFlags, get("payments", c.ID))
	if err == nil && p.Kind == "contradiction" {
		fmt.Fprintf(e.stderr, "darajabox: warning: the partner gets the amount of the order, %s; the reason of the review is: %s\n", shillings(p.Amount*100), oneLine(p.ReviewReason))
	}
	return c.explain(e, err)
}
