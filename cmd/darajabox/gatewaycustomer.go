package main

import (
	"fmt"
	"io"
	"strings"
)

type customerCmd struct {
	Erase customerEraseCmd `cmd:"" help:"Erase a customer's data, as the customer may ask."`
}

// Help teaches by example.
func (customerCmd) Help() string {
	return `A customer pays, and is known by a phone number.

    darajabox gateway customer erase 0708374149`
}

// erasedInfo is what was erased as the administration describes it.
type erasedInfo struct {
	Payments     int      `json:"payments"`
	Mentions     int      `json:"masked_in_other_payments"`
	Callbacks    int      `json:"callbacks"`
	Undelivered  keptInfo `json:"undelivered_webhooks"`
	KeptPayments struct {
		IDs    []int64 `json:"transaction_ids"`
		Reason string  `json:"reason"`
		Until  string  `json:"until"`
	} `json:"kept_payments"`
	KeptKeys      keptInfo `json:"kept_idempotency_keys"`
	KeptCallbacks keptInfo `json:"kept_callbacks"`
	LeftInFiles   string   `json:"left_in_files"`
}

// leaves reports whether the number is left in a record. What a database keeps in its files
// is for its operator.
func (d erasedInfo) leaves() bool {
	return len(d.KeptPayments.IDs) > 0 || d.KeptKeys.Count > 0 || d.KeptCallbacks.Count > 0
}

// keptInfo is how many rows of a kind are kept, and why.
type keptInfo struct {
	Count  int    `json:"count"`
	Reason string `json:"reason"`
}

type customerEraseCmd struct {
	Phone phoneNumber `arg:"" help:"The customer's number."`
	adminFlags
}

// Help teaches by example.
func (*customerEraseCmd) Help() string {
	return `The number and all messages about it are erased for good, and the number is masked in texts of other payments, such as references. Amounts, receipts, states, times and ids stay. Open payments, and those whose webhook is still tried, are kept and listed: run the command again later to erase them. A webhook is tried for three and a half days at most; one that was given up keeps nothing, and the answer counts the partners' webhooks that were not delivered.

The exit code is 1 while the number is left in a payment, an idempotency key or a callback. Keys and callbacks that have it stay for good.

    darajabox gateway customer erase 0708374149
    darajabox gateway customer erase 254708374149 -o json | jq .kept_payments.transaction_ids`
}

// Run erases the customer's data.
func (c *customerEraseCmd) Run(e *env) error {
	wish := post(map[string]string{"phone": string(c.Phone)}, "customers", "erase")
	body, err := c.ask(e, wish)
	if err != nil {
		return err
	}
	if err := tell(e, c.adminFlags, body, printErased); err != nil {
		return err
	}
	var d erasedInfo
	if err := c.decode(body, &d); err != nil {
		return err
	}
	if d.leaves() {
		return errReported
	}
	return nil
}

func printErased(w io.Writer, d erasedInfo) {
	aligned(w, [][]string{{"payments erased", fmt.Sprint(d.Payments)}, {"callbacks erased", fmt.Sprint(d.Callbacks)},
		{"mentions masked", fmt.Sprint(d.Mentions)}})
	if d.Undelivered.Count > 0 {
		fmt.Fprintf(w, "\nNot delivered: webhooks, %d (%s)\n", d.Undelivered.Count, oneLine(d.Undelivered.Reason))
	}
	if ids := d.KeptPayments.IDs; len(ids) > 0 {
		list := strings.Trim(fmt.Sprint(ids), "[]")
		fmt.Fprintf(w, "\nKept: payments %s (%s)\n", list, oneLine(d.KeptPayments.Reason))
	}
	for _, kept := range []struct {
		what string
		keptInfo
	}{{"idempotency keys", d.KeptKeys}, {"callbacks", d.KeptCallbacks}} {
		if kept.Count > 0 {
			fmt.Fprintf(w, "\nKept: %s, %d (%s)\n", kept.what, kept.Count, oneLine(kept.Reason))
		}
	}
	if d.LeftInFiles != "" {
		fmt.Fprintf(w, "\nLeft in the database's files: %s\n", oneLine(d.LeftInFiles))
	}
}
