package simulator

import "reflect"

// Who decided, for a person.
const (
	byNumber = "the phone number"
	byPerson = "the person at the phone"
)

// decideOutcome finds the outcome of r: a queued one, a rule's, the phone number's. The zero
// Outcome is the default: the person at the phone decides, or wallet and PIN. Rules see
// every request, whatever decides it. consume counts a use of what decided.
func (w *World) decideOutcome(r *Request) (o Outcome, consume func()) {
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
	o = Outcome{Result: r.Magic}
	if r.Magic != "" {
		o.By = byNumber
	}
	return o, func() {}
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
