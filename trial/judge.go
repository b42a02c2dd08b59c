package trial

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
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
	Kept       int   // callbacks in the audit log
	Forged     int   // callbacks that M-PESA did not send
	Violations []Violation
}

// OK reports whether every promise was kept.
func (v Verdict) OK() bool { return len(v.Violations) == 0 }

// Lasting reports whether a promise was broken in a way that time does not mend.
func (v Verdict) Lasting() bool {
	return slices.ContainsFunc(v.Violations, func(w Violation) bool { return w.Lasting })
}

// order is everything that is known of one order.
type order struct {
	reference    string
	cents        int64
	transactions []int64 // different ones that the client was given
	final        *Event  // the last answer that settles what the order came to
	prompts      []Event
	received     []Event
	called       []Event // callbacks for it, forged ones too
	told         []Event
	stands       *Event
}

// Judge reads a history and checks every promise of the gateway that can be seen
// from outside. Where M-PESA asks for another push, by result 4005, one order may make
// a further prompt.
func Judge(events []Event) Verdict {
	c := &court{orders: make(map[string]*order), byTransaction: make(map[int64]*order)}
	for _, e := range events {
		c.hear(e)
	}
	for _, e := range events {
		if e.Who == Partner || e.What == Stands {
			c.hearOfTransaction(e)
		}
	}
	c.checkReceipts(events)
	c.checkLog(events)
	for _, reference := range slices.Sorted(maps.Keys(c.orders)) {
		c.checkOrder(c.orders[reference])
	}
	if c.PaidCents != c.ToldCents+c.HeldCents {
		c.unsettled(Money, nil, "customers paid %d cents; partners were told of %d and %d are under review", c.PaidCents, c.ToldCents, c.HeldCents)
	}
	return c.Verdict
}

type court struct {
	Verdict
	orders        map[string]*order
	byTransaction map[int64]*order
}

// violated notes what no time mends. The order may be nil.
func (c *court) violated(r Rule, o *order, format string, args ...any) {
	c.unsettled(r, o, format, args...)
	c.Violations[len(c.Violations)-1].Lasting = true
}

// unsettled notes what is wrong unless more is heard.
func (c *court) unsettled(r Rule, o *order, format string, args ...any) {
	v := Violation{Rule: r, Text: fmt.Sprintf(format, args...)}
	if o != nil {
		v.Text = o.reference + ": " + v.Text
		if len(o.transactions) > 0 {
			v.Transaction = o.transactions[len(o.transactions)-1]
		}
	}
	c.Violations = append(c.Violations, v)
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
	case e.What == Called:
		c.hearCallback(e)
	case e.What == Repeated, e.What == Altered:
		c.hearAgain(e)
	}
}

// order finds the order of e by its reference; that there is none is a violation.
func (c *court) order(e Event) *order {
	o := c.orders[e.Reference]
	if o == nil {
		c.violated(Known, nil, "%s %s for %q, which no client ordered", e.Who, e.What, e.Reference)
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
		c.violated(Known, o, "transaction %d was given to %s too", e.Transaction, other.reference)
	}
	c.byTransaction[e.Transaction] = o
	if len(o.transactions) > 1 {
		c.violated(OnePush, o, "one key has transactions %v", o.transactions)
	}
}

func (c *court) hearOfTransaction(e Event) {
	o := c.byTransaction[e.Transaction]
	if o == nil {
		c.violated(Known, nil, "%s %s about transaction %d, which no client was given", e.Who, e.What, e.Transaction)
		return
	}
	switch e.What {
	case Stands:
		o.stands = &e
		return
	case Found:
		if e.Status == "pending" {
			c.violated(Committed, o, "when a webhook told of transaction %d, it was pending", e.Transaction)
		}
		return
	default:
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
			c.violated(OneCredit, nil, "receipt %s credits transactions %d and %d", e.Receipt, other, e.Transaction)
		}
		owner[e.Receipt] = e.Transaction
	}
}

func (c *court) checkOrder(o *order) {
	if allowed := 1 + o.timeouts(); len(o.prompts) > allowed {
		c.violated(OnePush, o, "%d prompts for one key, %d are allowed", len(o.prompts), allowed)
	}
	if len(o.received) > 1 {
		c.violated(OnePush, o, "the customer paid %d times", len(o.received))
	}
	if o.final == nil {
		c.unsettled(Known, o, "the client never learnt its transaction")
		return
	}
	if o.stands == nil || o.stands.Status == "pending" {
		c.unsettled(Settled, o, "transaction %d is still pending, or cannot be looked up", o.final.Transaction)
		return
	}
	if o.stands.HTTP == http.StatusNotFound {
		c.violated(Known, o, "the client was given transaction %d, and it is not found", o.final.Transaction)
		return
	}
	if o.final.HTTP == http.StatusBadGateway && len(o.prompts) > o.timeouts() {
		c.violated(Refusals, o, "the client was answered %d, and there was a prompt", o.final.HTTP)
	}
	c.checkWebhooks(o)
	c.checkTold(o)
	c.checkMoney(o)
	c.checkFailures(o)
	c.checkSettled(o)
}

// checkWebhooks sees to it that a status is told under one webhook-id, and always in
// the same words.
func (c *court) checkWebhooks(o *order) {
	ids, bodies := make(map[string]string), make(map[string]string)
	for _, t := range o.told {
		if id, ok := ids[t.Status]; ok && id != t.Message {
			c.violated(OneWebhook, o, "transaction %d was told to be %s under the webhook-ids %s and %s", t.Transaction, t.Status, id, t.Message)
			return
		}
		if body, ok := bodies[t.Message]; ok && body != t.Digest {
			c.violated(OneWebhook, o, "webhook-id %s came with two bodies", t.Message)
			return
		}
		ids[t.Status], bodies[t.Message] = t.Message, t.Digest
	}
}

// checkTold compares what the partner was told last, and what stands.
func (c *court) checkTold(o *order) {
	last := lastTold(o)
	switch {
	case o.stands.Status == "review":
		if o.stands.Detail == "" {
			c.violated(Reasons, o, "transaction %d is under review without a reason", o.stands.Transaction)
		}
	case last == nil && o.stands.Status == "failed" && o.final.HTTP/100 == 5:
		// a refusal is told in the answer to the order
	case last == nil:
		c.unsettled(ToldAll, o, "transaction %d is %s and no webhook said so", o.stands.Transaction, o.stands.Status)
	case last.Status == "successful" && o.stands.Status == "failed":
		c.violated(ToldAll, o, "transaction %d was told to be successful and is failed", o.stands.Transaction)
	case last.Status != o.stands.Status:
		c.unsettled(ToldAll, o, "the last webhook said %s, transaction %d is %s", last.Status, last.Transaction, o.stands.Status)
	}
}

// lastTold is the webhook that was made last, of those that were taken.
func lastTold(o *order) *Event {
	taken := slices.DeleteFunc(slices.Clone(o.told), func(e Event) bool { return e.HTTP/100 != 2 })
	if len(taken) == 0 {
		return nil
	}
	// A review may be followed by a result, a failure by a success, a success by nothing.
	last := slices.MaxFunc(taken, func(a, b Event) int { return cmp.Compare(rank(a.Status), rank(b.Status)) })
	return &last
}

func rank(status string) int { return slices.Index([]string{"review", "failed", "successful"}, status) }

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
			c.violated(Money, o, "transaction %d is successful and its customer paid nothing", o.stands.Transaction)
		case o.stands.Cents != paid:
			c.violated(Money, o, "%d cents were paid, the partner was told %d", paid, o.stands.Cents)
		case o.stands.Receipt != "" && o.stands.Receipt != o.received[0].Receipt:
			c.violated(Money, o, "the receipt is %s, the partner was told %s", o.received[0].Receipt, o.stands.Receipt)
		}
	case "review":
		c.HeldCents += paid
	default:
		if paid > 0 && !o.deceived() {
			c.unsettled(Money, o, "%d cents were paid, transaction %d is %s", paid, o.stands.Transaction, o.stands.Status)
		} else {
			c.HeldCents += paid
		}
	}
	for _, t := range o.told {
		if t.Status == "successful" && t.Cents != paid {
			c.violated(Money, o, "a webhook said %d cents, %d were paid", t.Cents, paid)
		}
	}
}
