package loadtest

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// Report is what the checker found in a history.
type Report struct {
	Orders        int   // keys that were ordered under
	Prompts       int   // pushes that reached a customer
	Paid          int   // prompts that were paid
	PaidCents     int64 // what customers paid
	NotifiedCents int64 // what partners know to be paid
	HeldCents     int64 // what is under review, each with its reason
	Webhooks      int   // deliveries that came, repetitions included
	FaultCount    int   // what chaos did
	Logged        int   // callbacks in the audit log
	Forged        int   // callbacks that M-PESA did not send
	Violations    []Violation
}

// OK reports whether every promise was kept.
func (r Report) OK() bool { return len(r.Violations) == 0 }

// Lasting reports whether a promise was broken in a way that later events cannot mend.
func (r Report) Lasting() bool {
	return slices.ContainsFunc(r.Violations, func(v Violation) bool { return v.Lasting })
}

// order is everything that is known of one order.
type order struct {
	reference    string
	transactions []int64 // different ones that the client was given
	answer       *Event  // the last with a transaction
	prompts      []Event
	paid         []Event
	callbacks    []Event // forged ones too
	webhooks     []Event
	status       *Event
}

// Check reads a history and checks every promise of the gateway that can be seen
// from outside. Where M-PESA asks for another push, by result 4005, one order may make
// a further prompt.
func Check(events []Event) Report {
	c := &checker{orders: make(map[string]*order), byTransaction: make(map[int64]*order), byReceipt: make(map[string]int64)}
	for _, e := range events {
		c.record(e)
	}
	for _, e := range events {
		if e.Actor == Partner || e.Kind == FinalStatus {
			c.recordTransaction(e)
		}
	}
	c.checkLog(events)
	for _, reference := range slices.Sorted(maps.Keys(c.orders)) {
		c.checkOrder(c.orders[reference])
	}
	if c.PaidCents != c.NotifiedCents+c.HeldCents {
		c.open(Money, nil, "customers paid %d cents; partners were notified of %d and %d are under review",
			c.PaidCents, c.NotifiedCents, c.HeldCents)
	}
	return c.Report
}

type checker struct {
	Report
	orders        map[string]*order
	byTransaction map[int64]*order
	byReceipt     map[string]int64 // the transaction that a receipt credits
}

// violated adds a violation that later events cannot mend. The order may be nil.
func (c *checker) violated(r Rule, o *order, format string, args ...any) {
	c.open(r, o, format, args...)
	c.Violations[len(c.Violations)-1].Lasting = true
}

// open adds a violation that later events may mend.
func (c *checker) open(r Rule, o *order, format string, args ...any) {
	v := Violation{Rule: r, Text: fmt.Sprintf(format, args...)}
	if o != nil {
		v.Text = o.reference + ": " + v.Text
		if len(o.transactions) > 0 {
			v.Transaction = o.transactions[len(o.transactions)-1]
		}
	}
	c.Violations = append(c.Violations, v)
}

func (c *checker) record(e Event) {
	switch e.Kind {
	case FaultInjected:
		c.FaultCount++
	case OrderSent:
		if c.orders[e.Reference] == nil {
			c.orders[e.Reference] = &order{reference: e.Reference}
			c.Orders++
		}
	case OrderAnswered:
		c.recordAnswer(e)
	case Prompted:
		c.Prompts++
		if o := c.order(e); o != nil {
			o.prompts = append(o.prompts, e)
		}
	case Paid:
		c.Paid++
		c.PaidCents += e.Cents
		if o := c.order(e); o != nil {
			o.paid = append(o.paid, e)
		}
	case CallbackSent:
		c.recordCallback(e)
	case OrderRepeated, OrderAltered:
		c.recordRepeat(e)
	default: // of a transaction or of the audit log
	}
}

// order finds the order of e by its reference; that there is none is a violation.
func (c *checker) order(e Event) *order {
	o := c.orders[e.Reference]
	if o == nil {
		c.violated(Stored, nil, "%s of %s for %q, which no client ordered", e.Kind, e.Actor, e.Reference)
	}
	return o
}

func (c *checker) recordAnswer(e Event) {
	o := c.order(e)
	if o == nil || e.Transaction == 0 {
		return
	}
	o.answer = &e
	if slices.Contains(o.transactions, e.Transaction) {
		return
	}
	o.transactions = append(o.transactions, e.Transaction)
	if other := c.byTransaction[e.Transaction]; other != nil {
		c.violated(Stored, o, "transaction %d was given to %s too", e.Transaction, other.reference)
	}
	c.byTransaction[e.Transaction] = o
	if len(o.transactions) > 1 {
		c.violated(OnePush, o, "one key has transactions %v", o.transactions)
	}
}

func (c *checker) recordTransaction(e Event) {
	if e.Receipt != "" && e.Status == "successful" {
		if other, taken := c.byReceipt[e.Receipt]; taken && other != e.Transaction {
			c.violated(OneCredit, nil, "receipt %s credits transactions %d and %d", e.Receipt, other, e.Transaction)
		}
		c.byReceipt[e.Receipt] = e.Transaction
	}
	o := c.byTransaction[e.Transaction]
	switch {
	case o == nil:
		c.violated(Stored, nil, "%s of %s for transaction %d, which no client was given", e.Kind, e.Actor, e.Transaction)
	case e.Kind == FinalStatus:
		o.status = &e
	case e.Kind == WebhookReceived:
		c.Webhooks++
		o.webhooks = append(o.webhooks, e)
	case e.Status == "pending":
		c.violated(Committed, o, "when a webhook of transaction %d came, it was pending", e.Transaction)
	}
}

func (c *checker) checkOrder(o *order) {
	if allowed := 1 + o.timeouts(); len(o.prompts) > allowed {
		c.violated(OnePush, o, "%d prompts for one key, %d are allowed", len(o.prompts), allowed)
	}
	if len(o.paid) > 1 {
		c.violated(OnePush, o, "the customer paid %d times", len(o.paid))
	}
	if o.answer == nil {
		c.open(Stored, o, "the client did not get a transaction")
		return
	}
	if o.status == nil || o.status.Status == "pending" {
		c.open(Settled, o, "transaction %d is still pending, or cannot be read", o.answer.Transaction)
		return
	}
	if o.status.HTTP == http.StatusNotFound {
		c.violated(Stored, o, "the client was given transaction %d, and it is not found", o.answer.Transaction)
		return
	}
	if o.answer.HTTP == http.StatusBadGateway && len(o.prompts) > o.timeouts() {
		c.violated(Refusals, o, "the client was answered %d, and there was a prompt", o.answer.HTTP)
	}
	c.checkWebhooks(o)
	c.checkLastWebhook(o)
	c.checkMoney(o)
	c.checkFailures(o)
	c.checkSettled(o)
}

// checkWebhooks checks that a status has one webhook-id, and a webhook-id one body.
func (c *checker) checkWebhooks(o *order) {
	ids, bodies := make(map[string]string), make(map[string]string)
	for _, w := range o.webhooks {
		if id, ok := ids[w.Status]; ok && id != w.Message {
			c.violated(OneWebhook, o, "transaction %d was reported %s under the webhook-ids %s and %s", w.Transaction, w.Status, id, w.Message)
			return
		}
		if body, ok := bodies[w.Message]; ok && body != w.Digest {
			c.violated(OneWebhook, o, "webhook-id %s came with two bodies", w.Message)
			return
		}
		ids[w.Status], bodies[w.Message] = w.Message, w.Digest
	}
}

// checkLastWebhook compares the last webhook with the final status.
func (c *checker) checkLastWebhook(o *order) {
	last := o.lastWebhook()
	switch {
	case o.status.Status == "review":
		if o.status.Detail == "" {
			c.violated(Reasons, o, "transaction %d is under review without a reason", o.status.Transaction)
		}
	case last == nil && o.status.Status == "failed" && o.answer.HTTP/100 == 5:
		// the answer to the order was the refusal
	case last == nil:
		c.open(Notified, o, "transaction %d is %s and no webhook said so", o.status.Transaction, o.status.Status)
	case last.Status == "successful" && o.status.Status == "failed":
		c.violated(Notified, o, "transaction %d was reported successful and is failed", o.status.Transaction)
	case last.Status != o.status.Status:
		c.open(Notified, o, "the last webhook said %s, transaction %d is %s", last.Status, last.Transaction, o.status.Status)
	}
}

// lastWebhook is the accepted webhook with the latest status: a review may be followed by
// a result, a failure by a success, a success by nothing.
func (o *order) lastWebhook() *Event {
	accepted := slices.DeleteFunc(slices.Clone(o.webhooks), func(e Event) bool { return e.HTTP/100 != 2 })
	if len(accepted) == 0 {
		return nil
	}
	stage := func(e Event) int { return slices.Index([]string{"review", "failed", "successful"}, e.Status) }
	last := slices.MaxFunc(accepted, func(a, b Event) int { return cmp.Compare(stage(a), stage(b)) })
	return &last
}

// checkMoney compares what the customer paid with what the partner knows.
func (c *checker) checkMoney(o *order) {
	var paid int64
	for _, e := range o.paid {
		paid += e.Cents
	}
	switch o.status.Status {
	case "successful":
		c.NotifiedCents += o.status.Cents
		switch {
		case len(o.paid) == 0:
			c.violated(Money, o, "transaction %d is successful and its customer paid nothing", o.status.Transaction)
		case o.status.Cents != paid:
			c.violated(Money, o, "%d cents were paid, the transaction has %d", paid, o.status.Cents)
		case o.status.Receipt != "" && o.status.Receipt != o.paid[0].Receipt:
			c.violated(Money, o, "the receipt is %s, the transaction has %s", o.paid[0].Receipt, o.status.Receipt)
		}
	case "review":
		c.HeldCents += paid
	default:
		if paid > 0 && !o.deceived() {
			c.open(Money, o, "%d cents were paid, transaction %d is %s", paid, o.status.Transaction, o.status.Status)
		} else {
			c.HeldCents += paid
		}
	}
	for _, w := range o.webhooks {
		if w.Status == "successful" && w.Cents != paid {
			c.violated(Money, o, "a webhook said %d cents, %d were paid", w.Cents, paid)
		}
	}
}
