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

// decideOutcome decides what happens to a call and how it is answered: a queued outcome, or
// a rule's. With the zero Outcome the phone number decides, or the person at the phone, or
// wallet and PIN. Rules see every call, whatever decides it.
func (w *World) decideOutcome(x *Exchange) {
	w.completeRequest(x)
	r, decider := &x.Request, w.setup.Decider
	var o Outcome
	x.consume = func() {}
	if decider != nil {
		if ruled, found := decider.Decide(*r); found {
			o, x.consume = ruled, func() { decider.Consume(*r, ruled) }
		}
	}
	if queued, id := w.queue.find(r); id != 0 {
		o, x.consume = queued, func() { w.queue.consume(id) }
	}
	x.replyOnly = o.replyOnly()
	x.Outcome, x.reply = x.decideByNumber(o), o.Reply
	x.reply.By = cmp.Or(o.By, x.Outcome.By)
	if x.op.NoToken {
		x.reply.RevokeToken = false // there is none yet: the one that is given out will be revoked
	}
}

// decideByNumber gives an outcome that leaves the result of a payment open the result that the
// phone number asks for, if any. The code of a payment that has not ended is no result.
func (x *Exchange) decideByNumber(o Outcome) Outcome {
	code, _ := MagicResult(x.Phone)
	_, known := x.op.results[code]
	if known && code != daraja.ResultProcessing && x.op.HasResult() && o.Result == "" {
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
	return o.Result != "" || o.Desc != "" || o.Query != nil || o.After != nil || o.QueueTimeout != "" || !reflect.ValueOf(o.Callback).IsZero()
}
