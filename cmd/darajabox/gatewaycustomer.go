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
	Callbacks    int `json:"callbacks"`
	KeptPayments struct {
		IDs    []int64 `json:"transaction_ids"`
		Reason string  `json:"reason"`
	} `json:"kept_payments"`
	KeptKeys struct {
		Count  int    `json:"count"`
		Reason string `json:"reason"`
	} `json:"kept_idempotency_keys"`
}

type customerEraseCmd struct {
	Phone phoneNumber `arg:"" help:"The customer's number."`
	adminFlags
}

// Help teaches by example.
func (*customerEraseCmd) Help() string {
	return `The number and all messages about it are erased for good. Amounts, receipts, states, times and ids stay. Open payments, and those whose webhook is not delivered, are kept and listed: run the command again later to erase them.

    darajabox gateway customer erase 0708374149
    darajabox gateway customer erase 254708374149 -o json | jq .kept_payments.transaction_ids`
}

// Run erases the customer's data.
func (c *customerEraseCmd) Run(e *env) error {
	ask := post(map[string]string{"phone": string(c.Phone)}, "customers", "erase")
	return do(e, c.adminFlags, ask, printErased)
}

func printErased(w io.Writer, d erasedInfo) {
	aligned(w, [][]string{{"payments erased", fmt.Sprint(d.Payments)}, {"callbacks erased", fmt.Sprint(d.Callbacks)}})
	if ids := d.KeptPayments.IDs; len(ids) > 0 {
		list := strings.Trim(fmt.Sprint(ids), "[]")
		fmt.Fprintf(w, "\nKept: payments %s (%s)\n", list, oneLine(d.KeptPayments.Reason))
	}
	if n := d.KeptKeys.Count; n > 0 {
		fmt.Fprintf(w, "\nKept: idempotency keys, %d (%s)\n", n, oneLine(d.KeptKeys.Reason))
	}
}
