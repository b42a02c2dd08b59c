package simulator

import (
	"cmp"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// operation is what one API does with a call. Its methods are called in this order,
// under the world's lock.
type operation[T any] interface {
	// authorize refuses a call whose credentials are wrong.
	authorize(w *World, c Call, now time.Time) error
	// check refuses a request that is wrong, or that can't be carried out.
	check(w *World, o Outcome) error
	// carry carries the request out.
	carry(w *World, o Outcome, reply *Reply, now time.Time) T
}

// serve is the way of every call, whatever its API: what is to become of it is
// decided; it is refused if that says so; it is authorized and checked; it is
// carried out. r has the fields that could be read.
func serve[T any](w *World, c Call, r Request, lane daraja.Lane, op operation[T]) (T, Reply, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var none T
	now := w.clock.Now()
	token, _ := bearer(c.Authorization)
	w.complete(&r, c, token, lane, now)
	o, from := w.decide(r)
	reply := o.Reply
	reply.By = o.By
	if r.API == APIOAuth {
		reply.RevokeToken = false // there is none yet: the one that is given out will be
	}
	if reply.Refuses() && !reply.Accepted {
		w.took(r, o, from)
		if reply.RevokeToken {
			w.tokens.remove(token)
		}
		return none, reply, w.refuse(&reply, lane, now)
	}
	if err := refusal(w, c, op, o, now); err != nil {
		if !o.replyOnly() {
			reply = Reply{} // nothing of what was decided came about
		} else {
			w.took(r, o, from)
		}
		return none, reply, w.identify(err, &reply, lane, now)
	}
	w.took(r, o, from)
	if reply.RevokeToken {
		w.tokens.remove(token)
	}
	v := op.carry(w, o, &reply, now)
	return v, reply, w.refuse(&reply, lane, now)
}

// refusal is why a call is refused by itself, or nil.
func refusal[T any](w *World, c Call, op operation[T], o Outcome, now time.Time) error {
	if err := op.authorize(w, c, now); err != nil {
		return err
	}
	if c.Fault != nil {
		return c.Fault
	}
	return op.check(w, o)
}

// complete adds to r what does not come from its fields. Chances and attempts are
// for rules only.
func (w *World) complete(r *Request, c Call, token string, lane daraja.Lane, now time.Time) {
	r.Header, r.Body, r.At, r.Since = c.Header, c.Body, now, now.Sub(w.since)
	if g, ok := w.tokens.get(token); ok {
		r.ConsumerKey = g.app
	}
	if p, ok := w.prompts.get(r.CheckoutRequestID); ok {
		r.Phone, r.Amount, r.Reference = p.phone, p.amount, p.reference
	}
	if w.setup.Decider == nil {
		return
	}
	r.Dice = w.ids.Draw(lane, now)
	key := attemptKey(*r)
	n, _ := w.attempts.get(key)
	r.Attempt = n + 1
	w.attempts.put(key, r.Attempt)
}

// attemptKey is what requests of one kind have in common.
func attemptKey(r Request) daraja.Lane {
	switch r.API {
	case APISTKQuery:
		return daraja.NewLane(string(r.API), r.CheckoutRequestID)
	case APIOAuth:
		return daraja.NewLane(string(r.API), r.ConsumerKey)
	case APISTKPush, APIUnknown:
	}
	return daraja.NewLane(string(r.Phone), r.Reference)
}

// refuse is the error that a reply puts in the place of the answer; nil when that is
// a page, or when nothing stands in its place.
func (w *World) refuse(reply *Reply, lane daraja.Lane, now time.Time) error {
	if !reply.Refuses() {
		return nil
	}
	if reply.Error == nil && reply.Page != "" {
		return w.identify(nil, reply, lane, now)
	}
	e := daraja.ErrInvalidToken()
	if reply.Error != nil {
		e = *reply.Error
	}
	if e.Reason == "" {
		e.Reason = "decided by " + cmp.Or(reply.By, "a rule")
	}
	reply.Error = &e
	return w.identify(&e, reply, lane, now)
}

// identify gives what answers a refused request its requestId.
func (w *World) identify(err error, reply *Reply, lane daraja.Lane, now time.Time) error {
	reply.RequestID = w.ids.RequestID(lane, now)
	return err
}
