package simulator

import "github.com/darajabox/darajabox/daraja"

// source is where an outcome comes from.
type source int

const (
	fromNature source = iota // nobody decided, as far as is known when the request comes
	fromQueue
	fromRules
	fromPhone // a magic number
)

// Who decided, for a person.
const (
	byNumber = "the phone number"
	byPerson = "the person at the phone"
)

// decide finds what becomes of r: what is queued, what the scenario says, what the
// phone number says. The zero Outcome leaves it to the person at the phone, or to
// nature. Rules see every request, whoever decides.
func (w *World) decide(r Request) (Outcome, source) {
	var ruled Outcome
	rules := false
	if w.setup.Decider != nil {
		ruled, rules = w.setup.Decider.Decide(r)
	}
	if o, ok := w.queue.find(r); ok {
		return o, fromQueue
	}
	if rules {
		return ruled, fromRules
	}
	if o, ok := magic(r); ok {
		return o, fromPhone
	}
	return Outcome{}, fromNature
}

// took uses up what decided on r.
func (w *World) took(r Request, o Outcome, from source) {
	switch from {
	case fromQueue:
		w.queue.use(o.Rule)
	case fromRules:
		w.setup.Decider.Took(r, o)
	case fromNature, fromPhone:
	}
}

// magic decides on a push by its phone number alone: 2547000 and a result code in
// five digits.
func magic(r Request) (Outcome, bool) {
	if r.API != APISTKPush {
		return Outcome{}, false
	}
	code, ok := daraja.MagicResult(r.Phone)
	return Outcome{Result: code, By: byNumber}, ok
}

// replyOnly reports whether all that o does is done to the answer, whatever that is.
func (o Outcome) replyOnly() bool {
	r := o.Reply
	return !r.Refuses() && (r.Latency > 0 || r.SlowBody > 0 || r.Damage != "") && !o.concernsPrompt()
}

// concernsPrompt reports whether o says anything about what comes after the answer.
func (o Outcome) concernsPrompt() bool {
	return o.Result != "" || o.Desc != "" || o.After != nil || o.Callback != (CallbackPlan{})
}
