package app_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// toTheEnd does all that is due for a payment.
func (r *rig) toTheEnd(id int64) *gateway.Payment {
	r.Helper()
	for range 60 {
		if r.payment(id).WorkAt().IsZero() {
			break
		}
		r.work(id)
	}
	return r.payment(id)
}

// underpaid is a payment of which the first prompt was paid with too little, so that it waits for
// a person, while the second is open.
func (r *rig) underpaid() (id int64) {
	r.Helper()
	id, first := r.pushedTwice()
	r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 100 * daraja.Shilling }))
	r.is(id, gateway.Review)
	return id
}

// A prompt that is open when another push pays is asked about: its callback may be lost.
func TestOpenPromptOfAPaidOrder(t *testing.T) {
	for name, c := range map[string]struct {
		code   daraja.ResultCode // what M-PESA says of it, "" for nothing
		listed string            // "" when a person need not look
	}{
		"paid, too":     {"0", "M-PESA's query says that prompt \"ws_CO_2\" was paid, too"},
		"cancelled":     {"1032", ""},
		"does not say":  {"", "push 2: its prompt has no result yet, and "},
		"to push again": {"4005", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			due := r.payment(id).DueAt
			r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil)) // late
			if p := r.is(id, gateway.Paid, "successful"); !p.ReviewAt.IsZero() || !p.WorkAt().Equal(due) {
				t.Errorf("the payment is listed since %v for %q and due at %v, want %v", p.ReviewAt, p.ReviewReason, p.WorkAt(), due)
			}
			if c.code != "" {
				r.daraja.answers = map[string]daraja.ResultCode{checkoutID(2): c.code}
			}
			p := r.toTheEnd(id)
			r.is(id, gateway.Paid, "successful")
			if c.listed == "" && p.ReviewReason != "" || !strings.Contains(p.ReviewReason, c.listed) {
				t.Errorf("the reason is %q, want %q", p.ReviewReason, c.listed)
			}
			if n := len(r.daraja.asked); c.code != "" && n != 1 {
				t.Errorf("M-PESA was asked %d times", n)
			}
		})
	}
}

// What is known of a prompt costs no query.
func TestNoQueryAboutPromptsWithAResult(t *testing.T) {
	for name, c := range map[string]func(*rig) int64{
		"one push, paid": func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			return id
		},
		"one push, failed": func(r *rig) int64 { id := r.mustAsk(); r.called(id, gateway.Proven, r.failed(1, "1032")); return id },
		"one push, paid with too little": func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 100 * daraja.Shilling }))
			return id
		},
		"the second pays": func(r *rig) int64 {
			id, _ := r.pushedTwice()
			r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
			return id
		},
		"the first pays before the second is sent": func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, "4005"))
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			return id
		},
		"the second is cancelled, then the first pays": func(r *rig) int64 {
			id, first := r.pushedTwice()
			r.called(id, gateway.Proven, r.failed(2, "1032"))
			r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			return id
		},
		"the first pays, then the second is cancelled": func(r *rig) int64 {
			id, first := r.pushedTwice()
			r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			r.called(id, gateway.Proven, r.failed(2, "1032"))
			return id
		},
		"the first pays, then the second pays": func(r *rig) int64 {
			id, first := r.pushedTwice()
			r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
			r.listed(id, gateway.ReviewSettled, "a second receipt")
			return id
		},
		"a review, then the second is cancelled": func(r *rig) int64 {
			id := r.underpaid()
			r.called(id, gateway.Proven, r.failed(2, "1032"))
			if reason := r.payment(id).ReviewReason; strings.Contains(reason, "no result yet") {
				r.Errorf("the reason is %q", reason)
			}
			return id
		},
		"the first pays while the second is sent, which is refused": func(r *rig) int64 {
			id := r.mustAsk()
			first := r.tokenOf(id, 1)
			r.called(id, gateway.Proven, r.failed(1, "4005"))
			r.Daraja = &overtaken{scripted: r.daraja, before: func(string) {
				r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
				r.daraja.pushErr = &gateway.PushError{Message: "System is busy"}
			}}
			r.work(id)
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := c(r)
			if p := r.payment(id); !p.WorkAt().IsZero() {
				t.Errorf("the payment is %s and due at %s, for another query", p.State, p.WorkAt())
			}
			if len(r.daraja.asked) > 0 {
				t.Errorf("M-PESA was asked about %v", r.daraja.asked)
			}
		})
	}
}

// A person who decides about what an earlier push has brought reads that the latest prompt is
// open, and M-PESA is asked about it all the same.
func TestOpenPromptBesideAReview(t *testing.T) {
	const open = "push 2: its prompt has no result yet"
	for _, as := range []gateway.Decision{gateway.DecideFailed, gateway.DecidePaid} {
		receipt := map[gateway.Decision]string{gateway.DecidePaid: "UA1AAAAAAA"}[as]
		t.Run("decided "+string(as)+", then M-PESA is asked", func(t *testing.T) {
			r := newRig(t, nil)
			id := r.underpaid()
			r.listed(id, gateway.ReviewContradiction, open)
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(2): "0"} // its callback is lost
			r.mustResolve(id, as, receipt)
			p := r.toTheEnd(id)
			if as == gateway.DecidePaid && p.ReviewAt.IsZero() {
				t.Errorf("the customer has paid twice; the order is %s, not listed", p.State)
			}
			if as == gateway.DecideFailed {
				r.is(id, gateway.Paid, "failed", "successful")
			}
		})
		t.Run("decided "+string(as)+", and M-PESA does not say", func(t *testing.T) {
			r := newRig(t, nil)
			id := r.underpaid()
			r.mustResolve(id, as, receipt)
			if p := r.toTheEnd(id); p.ReviewReason != "" { // the person knew that it was open
				t.Errorf("the reason is %q", p.ReviewReason)
			}
		})
	}
	for name, c := range map[string]struct {
		code daraja.ResultCode
		says string
	}{
		"paid":         {"0", "M-PESA's query about push 2 says 0"},
		"cancelled":    {"1032", "push 2 was not paid, M-PESA's query says 1032"},
		"does not say": {"", open + ", and "},
	} {
		t.Run("asked while the person reads: "+name, func(t *testing.T) {
			r := newRig(t, nil)
			id := r.underpaid()
			if c.code != "" {
				r.daraja.answers = map[string]daraja.ResultCode{checkoutID(2): c.code}
			}
			r.toTheEnd(id)
			p := r.is(id, gateway.Review)
			if !strings.Contains(p.ReviewReason, c.says) || c.code != "" && strings.Contains(p.ReviewReason, open) {
				t.Errorf("the reason is %q, want %q", p.ReviewReason, c.says)
			}
		})
	}
}

// So it is where M-PESA accepts the second push only after the first has paid, or never answers.
func TestPromptThatComesAfterThePayment(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		listed string
	}{
		"accepted":   {nil, "M-PESA's query says that prompt \"ws_CO_2\" was paid, too"},
		"unanswered": {&gateway.PushError{Ambiguous: true, Message: "no answer"}, "push 2: its prompt has no result yet, and the answer to push 2 is not known"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			first := r.tokenOf(id, 1)
			r.called(id, gateway.Proven, r.failed(1, "4005"))
			r.Daraja = &overtaken{scripted: r.daraja, before: func(string) {
				r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
				r.daraja.pushErr = c.err
			}}
			r.work(id)
			r.is(id, gateway.Paid, "successful")
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(2): "0"}
			r.toTheEnd(id)
			r.listed(id, gateway.ReviewSettled, c.listed)
		})
	}
}

// A callback that names another prompt is not the result of the push that it came for.
func TestOpenPromptBesideAForeignCallback(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.called(id, gateway.Proven, r.paid(9, "UA1AAAAAAA", nil)) // names ws_CO_9
	r.listed(id, gateway.ReviewContradiction, "its prompt has no result yet")
	r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0"}
	r.mustResolve(id, gateway.DecideFailed, "")
	r.toTheEnd(id)
	r.is(id, gateway.Paid, "failed", "successful")
}
