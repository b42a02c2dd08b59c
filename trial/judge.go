package trial

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Verdict is what a history comes to.
type Verdict struct {
	Orders     int   // keys that were ordered under
	Accepted   int   // that got a transaction
	Prompts    int   // pushes that reached a customer
	Paid       int   // prompts that were paid
	PaidCents  int64 // what customers paid
	ToldCents  int64 // what partners were told was paid
	HeldCents  int64 // what is under review, each with its reason
	Webhooks   int   // deliveries that came, repetitions included
	Repeated   int   // of them, those that had come before
	Breakages  int   // what chaos did
	Violations []string
}

// OK reports whether every promise was kept.
func (v Verdict) OK() bool { return len(v.Violations) == 0 }

// order is everything that is known of one order.
type order struct {
	reference    string
	cents        int64
	transactions []int64 // different ones that the client was given
	final        *Event  // the last answer that settles what the order came to
	prompts      []Event
	received     []Event
	told         []Event
	stands       *Event
}

// Judge reads a history and checks every promise of the gateway that can be seen
// from outside. Allowed is how many prompts one order may make: more than one only
// where M-PESA asks for another push.
func Judge(events []Event, allowed int) Verdict {
	c := &court{orders: make(map[string]*order), byTransaction: make(map[int64]*order), allowed: allowed}
	for _, e := range events {
		c.hear(e)
	}
	for _, e := range events {
		if e.Who == Partner || e.Who == Gateway {
			c.hearOfTransaction(e)
		}
	}
	c.checkReceipts(events)
	for _, reference := range slices.Sorted(maps.Keys(c.orders)) {
		c.checkOrder(c.orders[reference])
	}
	if c.PaidCents != c.ToldCents+c.HeldCents {
		c.violated("customers paid %d cents; partners were told of %d and %d are under review", c.PaidCents, c.ToldCents, c.HeldCents)
	}
	return c.Verdict
}

type court struct {
	Verdict
	orders        map[string]*order
	byTransaction map[int64]*order
	allowed       int
}

func (c *court) violated(format string, args ...any) {
	c.Violations = append(c.Violations, fmt.Sprintf(format, args...))
}

func (c *court) hear(e Event) {
	switch {
	case e.Who == Chaos:
		c.Breakages++
	case e.What == Ordered:
		if c.orders[e.Reference] == nil {
			c.orders[e.Reference] = &order{reference: e.Reference, cents: e.Cents}
			c.Orders++
		}
	case e.What == Answered:
		c.hearAnswer(e)
	case e.What == Prompted:
		c.Prompts++
		if o := c.order(e); o != nil {
			o.prompts = append(o.prompts, e)
		}
	case e.What == Received:
		c.Paid++
		c.PaidCents += e.Cents
		if o := c.order(e); o != nil {
			o.received = append(o.received, e)
		}
	}
}

// order finds the order of e by its reference; that there is none is a violation.
func (c *court) order(e Event) *order {
	o := c.orders[e.Reference]
	if o == nil {
		c.violated("%s %s for %q, which nobody ordered", e.Who, e.What, e.Reference)
	}
	return o
}

func (c *court) hearAnswer(e Event) {
	o := c.order(e)
	if o == nil || e.Transaction == 0 {
		return
	}
	o.final = &e
	if slices.Contains(o.transactions, e.Transaction) {
		return
	}
	o.transactions = append(o.transactions, e.Transaction)
	c.Accepted++
	if other := c.byTransaction[e.Transaction]; other != nil {
		c.violated("transaction %d was given to %s and to %s", e.Transaction, other.reference, o.reference)
	}
	c.byTransaction[e.Transaction] = o
	if len(o.transactions) > 1 {
		c.violated("%s: one key has transactions %v", o.reference, o.transactions)
	}
}

func (c *court) hearOfTransaction(e Event) {
	o := c.byTransaction[e.Transaction]
	if o == nil {
		c.violated("%s %s about transaction %d, which no client was given", e.Who, e.What, e.Transaction)
		return
	}
	if e.What == Stands {
		o.stands = &e
		return
	}
	c.Webhooks++
	if slices.ContainsFunc(o.told, func(t Event) bool { return t.Message == e.Message && t.HTTP/100 == 2 }) {
		c.Repeated++ // at least once means that it may come again
	}
	o.told = append(o.told, e)
}

// checkReceipts sees to it that one receipt credits one transaction.
func (c *court) checkReceipts(events []Event) {
	owner := make(map[string]int64)
	for _, e := range events {
		if (e.What != Told && e.What != Stands) || e.Receipt == "" || e.Status != "successful" {
			continue
		}
		if other, taken := owner[e.Receipt]; taken && other != e.Transaction {
			c.violated("receipt %s credits transactions %d and %d", e.Receipt, other, e.Transaction)
		}
		owner[e.Receipt] = e.Transaction
	}
}

func (c *court) checkOrder(o *order) {
	if len(o.prompts) > c.allowed {
		c.violated("%s: %d prompts for one key", o.reference, len(o.prompts))
	}
	if len(o.received) > 1 {
		c.violated("%s: the customer paid %d times", o.reference, len(o.received))
	}
	if o.final == nil {
		c.violated("%s: the client never learnt its transaction", o.reference)
		return
	}
	if o.stands == nil {
		c.violated("%s: transaction %d cannot be looked up", o.reference, o.final.Transaction)
		return
	}
	c.checkTold(o)
	c.checkMoney(o)
}

// checkTold compares what the partner was told last, and what stands.
func (c *court) checkTold(o *order) {
	last := lastTold(o)
	switch {
	case o.stands.Status == "pending":
		c.violated("%s: transaction %d is still pending", o.reference, o.stands.Transaction)
	case o.stands.Status == "review":
		if o.stands.Detail == "" {
			c.violated("%s: transaction %d is under review without a reason", o.reference, o.stands.Transaction)
		}
	case last == nil && o.stands.Status == "failed" && o.final.HTTP/100 == 5:
		// a refusal is told in the answer to the order
	case last == nil:
		c.violated("%s: transaction %d is %s and no webhook said so", o.reference, o.stands.Transaction, o.stands.Status)
	case last.Status != o.stands.Status:
		c.violated("%s: the last webhook said %s, transaction %d is %s", o.reference, last.Status, last.Transaction, o.stands.Status)
	}
}

// lastTold is the webhook that was made last, of those that were taken.
func lastTold(o *order) *Event {
	taken := slices.DeleteFunc(slices.Clone(o.told), func(e Event) bool { return e.HTTP/100 != 2 })
	if len(taken) == 0 {
		return nil
	}
	// A success is never followed by another status, and a failure may be by a success.
	last := slices.MaxFunc(taken, func(a, b Event) int { return cmp.Compare(rank(a.Status), rank(b.Status)) })
	return &last
}

func rank(status string) int { return slices.Index([]string{"failed", "successful"}, status) }

// checkMoney compares what the customer paid with what the partner knows.
func (c *court) checkMoney(o *order) {
	var paid int64
	for _, e := range o.received {
		paid += e.Cents
	}
	switch o.stands.Status {
	case "successful":
		c.ToldCents += o.stands.Cents
		switch {
		case len(o.received) == 0:
			c.violated("%s: transaction %d is successful and nobody paid", o.reference, o.stands.Transaction)
		case o.stands.Cents != paid:
			c.violated("%s: %d cents were paid, the partner was told %d", o.reference, paid, o.stands.Cents)
		case o.stands.Receipt != "" && o.stands.Receipt != o.received[0].Receipt:
			c.violated("%s: the receipt is %s, the partner was told %s", o.reference, o.received[0].Receipt, o.stands.Receipt)
		}
	case "review":
		c.HeldCents += paid
	default:
		if paid > 0 {
			c.violated("%s: %d cents were paid, transaction %d is %s", o.reference, paid, o.stands.Transaction, o.stands.Status)
		}
	}
	for _, t := range o.told {
		if t.Status == "successful" && t.Cents != paid {
			c.violated("%s: a webhook said %d cents, %d were paid", o.reference, t.Cents, paid)
		}
	}
}
