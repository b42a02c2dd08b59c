package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/user"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

type reviewCmd struct {
	List    reviewListCmd    `cmd:"" help:"List the payments that need a person, with the reason of each."`
	Show    reviewShowCmd    `cmd:"" help:"Show a payment and everything that happened to it."`
	Resolve reviewResolveCmd `cmd:"" help:"Resolve the review of a payment: it is paid, it failed, or it stands as it is."`
}

// Help teaches by example.
func (reviewCmd) Help() string {
	return `A payment needs a person when the gateway cannot know its result, or when more came after its result. Kinds:

    contradiction  M-PESA's callback contradicts the order: resolve as paid or failed
    no_result      no callback came and no query gave a result: resolve as paid or failed
    unknown_push   M-PESA did not clearly answer the push: wait a minute for its callback, then resolve as paid or failed
    settled        the payment is settled, and a second receipt or another result came: refund what came twice, then resolve as is

List them, look each up in M-PESA's statement, then resolve it. A resolution cannot be changed: it is written into the log that 'gateway audit verify' checks.

    darajabox gateway review list
    darajabox gateway review show 376677660375419
    darajabox gateway review resolve 376677660375419 --as paid --receipt RKTQDM7W6S --note "on the statement of 24 November"
    darajabox gateway review resolve 376677751943802 --as failed --note "not on the statement"
    darajabox gateway review resolve 376677904120577 --as is --note "second receipt refunded by hand"`
}

// openInfo is how many payments of a kind need a person.
type openInfo struct {
	Kind   string    `json:"kind"`
	Open   int       `json:"open"`
	Oldest time.Time `json:"oldest"`
}

type reviewListCmd struct {
	Kind string `help:"Only this kind: contradiction, no_result, unknown_push or settled." placeholder:"KIND" env:"-"`
	listFlags
	adminFlags
}

// Run lists the reviews.
func (c *reviewListCmd) Run(e *env) error {
	type list struct {
		Reviews []paymentInfo `json:"reviews"`
		Next    int64         `json:"next"`
		Open    []openInfo    `json:"open"`
	}
	query := c.query("")
	if c.Kind != "" {
		query.Set("kind", c.Kind)
	}
	return do(e, c.adminFlags, call{method: http.MethodGet, path: "/reviews", query: query}, func(w io.Writer, l list) {
		var rows [][]string
		for _, p := range l.Reviews {
			rows = append(rows, []string{
				fmt.Sprint(p.ID), p.Kind, p.State, p.Partner, shillings(p.Amount * 100), p.Phone, p.Reference, short(p.ReviewSince), p.ReviewReason,
			})
		}
		what := "payments that need a person"
		if c.Kind != "" {
			what += ", of kind " + c.Kind
		}
		header := []string{"PAYMENT", "KIND", "STATE", "PARTNER", "AMOUNT", "PHONE", "REFERENCE", "SINCE (EAT)", "REASON"}
		c.printPage(w, none(what, "", c.listFlags), header, rows, l.Next)
	})
}

type reviewShowCmd struct {
	ID string `arg:"" help:"The payment's transaction_id, or its reference at M-PESA such as T3PIRBTGI9N." name:"id"`
	adminFlags
}

// Run shows the payment.
func (c *reviewShowCmd) Run(e *env) error {
	return do(e, c.adminFlags, get("payments", c.ID), printPayment)
}

type reviewResolveCmd struct {
	ID      string `arg:"" help:"The payment's transaction_id, or its reference at M-PESA such as T3PIRBTGI9N." name:"id"`
	As      string `help:"Decision: paid (the money came), failed (it did not) or is (a settled payment stands, its review is closed)." enum:"paid,failed,is" required:"" placeholder:"paid|failed|is" env:"-"`
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
		return exitError{exitUsage, errors.New("say why with --note; the note is kept in the log")}
	}
	return nil
}

// by is who decides.
func (f personFlags) by() string {
	if f.By != "" {
		return f.By
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return os.Getenv("USER")
}

// Help teaches by example.
func (*reviewResolveCmd) Help() string {
	return `The partner gets the usual webhook after paid and failed, and none after is. With paid the webhook has the amount of the order, also when M-PESA's callback said another one: settle the difference with the customer and the partner. A callback that proves the money came is believed after failed, too.

    darajabox gateway review resolve 376677660375419 --as paid --receipt RKTQDM7W6S --note "on the statement of 24 November"
    darajabox gateway review resolve 376677904120577 --as is --note "second receipt refunded by hand" --by jane`
}

// Run resolves the review.
func (c *reviewResolveCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	switch {
	case c.As == "paid" && c.Receipt == "":
		return exitError{exitUsage, errors.New("paid needs the M-PESA receipt that proves it: add --receipt")}
	case c.As != "paid" && c.Receipt != "":
		return exitError{exitUsage, fmt.Errorf("only paid takes a receipt: leave --receipt out with %s", c.As)}
	}
	if err := c.warnOfAmount(e); err != nil {
		return err
	}
	ask := post(map[string]string{"as": c.As, "receipt": c.Receipt, "note": c.Note, "by": c.by()}, "reviews", c.ID, "resolve")
	return do(e, c.adminFlags, ask, func(w io.Writer, p paymentInfo) {
		fmt.Fprintf(w, "payment %d is resolved; its state is %s, and %s\n", p.ID, p.State, c.tells(p.Partner))
	})
}

// tells says what the partner gets.
func (c *reviewResolveCmd) tells(partner string) string {
	if c.As == "is" {
		return "no webhook is sent"
	}
	return "partner " + partner + " gets a webhook"
}

// warnOfAmount says which amount the partner gets when M-PESA's callback contradicts the
// order.
func (c *reviewResolveCmd) warnOfAmount(e *env) error {
	if c.As != "paid" {
		return nil
	}
	var p paymentInfo
	if err := read(e, c.adminFlags, get("payments", c.ID), &p); err != nil {
		return err
	}
	if p.Kind == "contradiction" {
		fmt.Fprintf(e.stderr, "darajabox: warning: the partner gets the amount of the order, %s; the reason of the review is: %s\n", shillings(p.Amount*100), oneLine(p.ReviewReason))
	}
	return nil
}

// resolutionInfo is what a person decided.
type resolutionInfo struct {
	As      string    `json:"resolved"`
	Receipt string    `json:"receipt"`
	Note    string    `json:"note"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

func printResolutions(w io.Writer, list []resolutionInfo) {
	var rows [][]string
	for _, r := range list {
		rows = append(rows, []string{r.As, r.By, r.At.In(daraja.EAT()).Format("2006-01-02 15:04"), r.Receipt, r.Note})
	}
	table(w, "", []string{"RESOLVED AS", "BY", "AT (EAT)", "RECEIPT", "NOTE"}, rows)
}
