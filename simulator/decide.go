package simulator

import (
	"cmp"
	"reflect"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// Who decided, for a person.
const (
	byNumber = "the phone number"
	byPerson = "the person at the phone"
)

// decideOutcome decides what happens to a call and how it is answered.
func (w *World) decideOutcome(x *Exchange) {
	w.completeRequest(x)
	var o Outcome
	o, x.consume = w.findOutcome(&x.Request)
	x.replyOnly = o.replyOnly()
	x.Outcome, x.reply = x.decideByNumber(o), o.Reply
	x.reply.By = cmp.Or(o.By, x.Outcome.By)
	if x.op.NoToken {
		x.reply.RevokeToken = false // there is none yet: the one that is given out will be revoked
	}
}

// findOutcome finds the outcome of r: a queued one, or a rule's. The zero Outcome is the
// default: the phone number decides, or the person at the phone, or wallet and PIN. Rules see
// every request, whatever decides it. consume counts a use of what decided.
func (w *World) findOutcome(r *Request) (o Outcome, consume func()) {
	decider, byRule := w.setup.Decider, false
	if decider != nil {
		o, byRule = decider.Decide(*r)
	}
	if queued, id := w.queue.find(r); id != 0 {
		return queued, func() { w.queue.consume(id) }
	}
	if byRule {
		ruled := o
		return ruled, func() { decider.Consume(*r, ruled) }
	}
	return Outcome{}, func() {}
}

// decideByNumber gives an outcome that leaves the result of a payment open the result that the
// phone number asks for, if any. The code of a payment that has not ended is no result.
func (x *Exchange) decideByNumber(o Outcome) Outcome {
	code, _ := MagicResult(x.Phone)
	_, known := x.op.results[code]
	if known && code != daraja.ResultProcessing && x.op.StartsPayment && o.Result == "" {
		o.Result, o.By = code, bothDecided(o.By, byNumber)
	}
	return o
}

// bothDecided says who decided: how the payment goes, or "" for no one, and then its result.
func bothDecided(first, then string) string {
	return strings.TrimPrefix(first+" and "+then, " and ")
}

// replyOnly reports whether o only changes how the answer is sent.
func (o Outcome) replyOnly() bool {
	r := o.Reply
	return !r.Refuses() && (r.Latency > 0 || r.SlowBody > 0 || r.Damage != "") && !o.concernsPayment()
}

// concernsPayment reports whether o says anything about what follows the answer.
func (o Outcome) concernsPayment() bool {
	return o.Result != "" || o.Desc != "" || o.Query != nil || o.After != nil || !reflect.ValueOf(o.Callback).IsZero()
}
