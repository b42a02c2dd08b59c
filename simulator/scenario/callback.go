package scenario

import (
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// callbackPlan is `callback`: what is the same for every request, and what is drawn.
type callbackPlan struct {
	simulator.CallbackPlan
	delay, gap, slowBody *wait
	wrote                keys
}

// plan is the plan for one request.
func (p *callbackPlan) plan(c chance) simulator.CallbackPlan {
	if p == nil {
		return simulator.CallbackPlan{}
	}
	out := p.CallbackPlan
	out.Amount = clone(p.Amount)
	out.Delay, out.Gap, out.SlowBody = drawn(p.delay, c, drawDelay), drawn(p.gap, c, drawGap), drawn(p.slowBody, c, drawCallbackBody)
	return out
}

func callbackFields() []field[callbackPlan] {
	type plan = callbackPlan
	return []field[plan]{
		waitField("delay", "Time between the end of the prompt and the callback.", func(p *plan, w wait) { p.delay = &w }),
		value("copies", "How often the callback is sent. Without it, the setting callback_copies.", countForm(maxCopies), func(p *plan, n int) { p.Copies = n }),
		waitField("gap", "Time between two copies.", func(p *plan, w wait) { p.gap = &w }),
		value("drop", "true: the callback is never sent; a query knows the result all the same.", switchForm(), func(p *plan, b bool) { p.Drop = b }),
		value("reorder", "The callback waits until so many later ones are ready, 30s at most; then all are sent, the latest first.", countForm(maxReorder), func(p *plan, n int) { p.Reorder = n }),
		value("before_ack", "true: the callback is sent before the push is answered.", switchForm(), func(p *plan, b bool) { p.BeforeAck = b }),
		value("reuse_receipt_of", "The callback carries an old receipt: the one of the customer's payment before, or else of the latest payment of any customer.", previousForm(), func(p *plan, _ string) { p.ReuseReceipt = true }),
		value("amount", "The callback says this amount instead of the one that was paid.", moneyForm(), func(p *plan, m daraja.Money) { p.Amount = &m }).shown("amount: 1"),
		value("phone", "The callback says this phone instead of the one that paid.", phoneForm(), func(p *plan, m daraja.MSISDN) { p.Phone = m }).shown(`phone: "0711000111"`),
		value("unknown_id", "true: the callback carries a CheckoutRequestID that no push was given.", switchForm(), func(p *plan, b bool) { p.UnknownID = b }),
		value("malformed", "true: the body of the callback is not JSON.", switchForm(), func(p *plan, b bool) { p.Malformed = b }),
		value("reset", "true: the connection is reset before the body of the callback is complete.", switchForm(), func(p *plan, b bool) { p.Reset = b }),
		waitField("slow_body", "Time over which the body of the callback is spread.", func(p *plan, w wait) { p.slowBody = &w }),
	}
}

// callbackClashes is what cannot stand together in a callback.
func callbackClashes() []clash {
	others := slices.DeleteFunc(names(callbackFields()), func(s string) bool { return s == "drop" })
	content := []string{"reuse_receipt_of", "amount", "phone", "unknown_id"}
	return []clash{
		{key: "drop", is: "true", with: others, why: "a callback that is never sent has no {}"},
		{key: "before_ack", is: "true", with: []string{"delay", "reorder"}, why: "a callback that comes first waits for nothing"},
		{key: "malformed", is: "true", with: content, why: "a body that is not JSON has no {}"},
		{key: "reset", is: "true", with: content, why: "a body that never arrives whole has no {}"},
		{key: "reset", is: "true", with: []string{"malformed"}, why: "a body that never arrives whole is no JSON anyway"},
	}
}

// needsReceipt is what only the callback of a paid result has a place for.
func needsReceipt() []string { return []string{"reuse_receipt_of", "amount", "phone"} }

func readCallback(r *reader, n *node) *callbackPlan {
	var p callbackPlan
	p.wrote = readMapping(r, n, "callback", r.language.callback, &p)
	if p.wrote != nil && len(p.wrote) == 0 {
		r.add(n.at, problem{what: "callback is empty", expected: oneOf(names(r.language.callback))})
	}
	r.clashes(p.wrote, callbackClashes())
	return &p
}

// checkReceipt reports what the callback of a result that is not paid cannot say.
func checkReceipt(r *reader, at place, p *callbackPlan, result daraja.ResultCode) {
	for _, key := range needsReceipt() {
		if p.wrote.has(key) {
			r.add(at, problem{what: fmt.Sprintf("%s needs a payment, and with result %s there is none", key, result), expected: "result: 0"})
		}
	}
}
