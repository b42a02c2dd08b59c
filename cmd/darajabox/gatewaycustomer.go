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
	Payments     int `json:"payments"`
	Mentions     int `json:"masked_in_other_payments"`
	Callbacks    int `json:"callbacks"`
	KeptPayments struct {
		IDs    []int64 `json:"transaction_ids"`
		Reason string  `json:"reason"`
	} `json:"kept_payments"`
	KeptKeys      keptInfo `json:"kept_idempotency_keys"`
	KeptCallbacks keptInfo `json:"kept_callbacks"`
	LeftInFiles   string   `json:"left_in_files"`
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
	return `The number and all messages about it are erased for good, and the number is masked in texts of other payments, such as references. Amounts, receipts, states, times and ids stay. Open payments, and those whose webhook is not delivered, are kept and listed: run the command again later to erase them.

    darajabox gateway customer erase 0708374149
    darajabox gateway customer erase 254708374149 -o json | jq .kept_payments.transaction_ids`
}

// Run erases the customer's data.
func (c *customerEraseCmd) Run(e *env) error {
	ask := post(map[string]string{"phone": string(c.Phone)}, "customers", "erase")
	return do(e, c.adminFlags, ask, printErased)
}

func printErased(w io.Writer, d erasedInfo) {
	aligned(w, [][]string{{"payments erased", fmt.Sprint(d.Payments)}, {"callbacks erased", fmt.Sprint(d.Callbacks)},
		{"mentions masked", fmt.Sprint(d.Mentions)}})
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
