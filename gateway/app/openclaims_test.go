package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// Callbacks of one payment that say nothing final are kept up to the limit, whatever words
// they have.
func TestOddCodesAreLimited(t *testing.T) {
	for _, state := range []gateway.State{gateway.Pending, gateway.Unresolved} {
		t.Run(string(state), func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			if state == gateway.Unresolved {
				r.exhausted(id)
				for !r.payment(id).WorkAt().IsZero() {
					r.work(id)
				}
			}
			kept := 0
			for n := range 1200 {
				body := r.encode(daraja.STKCallback{MerchantRequestID: merchantID(1), CheckoutRequestID: checkoutID(1), ResultCode: daraja.ResultCode(fmt.Sprint("odd ", n)), ResultDesc: "x"})
				if r.called(id, gateway.Proven, body) != gateway.VerdictExcess {
					kept++
				}
			}
			if kept > 1010 {
				t.Errorf("%d callbacks of one payment are kept", kept)
			}
		})
	}
}

// A claim with proof that no reason names stays open when a person closes another reason:
// M-PESA never says, so the payment must be listed.
func TestClaimBesideAnotherReasonIsNotHidden(t *testing.T) {
	noPhone := func(n int, receipt string) []byte {
		w := genuine()
		w.phone, w.id, w.receipt = "", fmt.Sprintf("%q", checkoutID(n)), fmt.Sprintf("%q", receipt)
		return w.body()
	}
	otherAmount := func(cb *daraja.STKCallback) { cb.Payment.Amount = 100 }
	for name, begin := range map[string]func(r *rig) (id int64){
		"of a failed payment": func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, "1032"))
			r.called(id, gateway.Unproven, r.paid(1, "LIE0000001", otherAmount)) // something for a person
			r.called(id, gateway.Proven, noPhone(1, "UA1AAAAAAA"))
			return id
		},
		"of a second payment": func(r *rig) int64 {
			id, first := r.pushedTwice()
			r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
			r.called(id, gateway.Unproven, r.paid(2, "LIE0000001", otherAmount))
			r.claimedBy(first, bareSuccess(1)) // --confirm always
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := begin(r)
			p := r.payment(id)
			t.Logf("%s, reason: %q", p.State, p.ReviewReason)
			if p.InquiryAt.IsZero() || p.ReviewAt.IsZero() {
				t.Fatal("nothing is open")
			}
			r.mustResolve(id, gateway.DecideAsIs, "")
			p = r.finish(id) // M-PESA never answers
			if p.ReviewAt.IsZero() {
				t.Errorf("the payment is %s and on no list, although a callback with proof says that the customer paid, and %d queries gave no answer", p.State, len(r.daraja.asked))
			}
		})
	}
}

// An unknown push without a CheckoutRequestID is listed, whatever comes without proof.
func TestUnknownPushStaysListed(t *testing.T) {
	r := newRig(t, nil)
	r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
	_, _ = r.ask("254708374149", "order-1")
	r.is(1, gateway.Unknown)
	if r.payment(1).ReviewAt.IsZero() {
		t.Fatal("it is not listed")
	}
	r.called(1, gateway.Unproven, r.paid(1, "LIE0000001", nil))
	if p := r.payment(1); p.ReviewAt.IsZero() {
		t.Errorf("the payment is %s and on no list until %s: %v", p.State, p.WorkAt(), r.resolve(1, gateway.DecideFailed, ""))
	}
}

// An unknown push stays listed when a claim with proof comes for it that names no prompt which is
// believed: M-PESA cannot be asked. A person may decide; a late answer to the push has M-PESA
// asked.
func TestUnknownPushWithAClaimStaysListed(t *testing.T) {
	const receipt, reason = "UA1AAAAAAA", "an unconfirmed callback says that receipt UA1AAAAAAA paid"
	for name, decide := range map[string]func(r *rig, id int64){
		"paid": func(r *rig, id int64) {
			r.mustResolve(id, gateway.DecidePaid, receipt)
			r.settled(id)
			if p := r.is(id, gateway.Paid, "successful"); p.Receipt != receipt || !p.ReviewAt.IsZero() {
				t.Errorf("receipt %q, listed: %q", p.Receipt, p.ReviewReason)
			}
		},
		"failed": func(r *rig, id int64) {
			r.mustResolve(id, gateway.DecideFailed, "")
			r.settled(id)
			if p := r.is(id, gateway.Failed, "failed"); !p.ReviewAt.IsZero() {
				t.Errorf("what was read is listed again: %q", p.ReviewReason)
			}
		},
		"another receipt": func(r *rig, id int64) {
			r.mustResolve(id, gateway.DecidePaid, "UA1BBBBBBB")
			r.settled(id)
			r.is(id, gateway.Paid, "successful")
		},
		"nobody": func(r *rig, id int64) {
			r.settled(id)
			r.listed(id, gateway.ReviewNoResult, reason+", and the answer to push 1 is not known")
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := r.unanswered()
			since := r.payment(id).ReviewAt
			r.clock.Advance(time.Minute)
			r.claimed(id, r.paid(1, receipt, nil))
			p := r.is(id, gateway.Confirming)
			r.listed(id, gateway.ReviewUnknownPush, reason)
			if !p.ReviewAt.Equal(since) {
				t.Errorf("listed since %s, was %s", p.ReviewAt, since)
			}
			if err := r.resolve(id, gateway.DecideAsIs, ""); gateway.CodeOf(err) != gateway.CodeConflict {
				t.Errorf("as is: %v", err)
			}
			decide(r, id)
		})
	}
	t.Run("a late answer", func(t *testing.T) {
		r := newRig(t, nil)
		r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
			r.clock.Advance(2 * r.Waits.Lost)
			if err := r.WorkPayment(t.Context(), 1); err != nil {
				t.Error(err)
			}
			r.is(1, gateway.Unknown)
			r.claimedBy(token, r.paid(1, receipt, nil))
			r.listed(1, gateway.ReviewUnknownPush, reason)
		}}
		_, _ = r.ask("254708374149", "")
		if open := r.open(); len(open) != 0 {
			t.Errorf("now M-PESA can be asked, and %v are listed", open)
		}
		r.daraja.says("0")
		r.settled(1)
		if p := r.is(1, gateway.Paid, "successful"); p.Receipt != receipt {
			t.Errorf("receipt %q", p.Receipt)
		}
	})
}

// A claim that comes before M-PESA does not clearly answer the push is listed, when the answer
// has gone without an id.
func TestClaimBeforeAnUnknownPushIsListed(t *testing.T) {
	r := newRig(t, nil)
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		r.claimedBy(token, r.paid(1, "UA1AAAAAAA", nil))
		if open := r.open(); len(open) != 0 {
			t.Errorf("before the answer, %v are listed", open)
		}
		r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
	}}
	_, _ = r.ask("254708374149", "")
	r.is(1, gateway.Confirming)
	r.listed(1, gateway.ReviewUnknownPush, "receipt UA1AAAAAAA")
}

// A reason does not say that no callback came when one has come that settled nothing.
func TestReasonAfterACallbackWithoutProof(t *testing.T) {
	for name, begin := range map[string]func(*rig) int64{"no answer to the push": (*rig).unanswered, "accepted": (*rig).mustAsk} {
		for _, came := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, a callback came: %t", name, came), func(t *testing.T) {
				r := newRig(t, nil)
				id := begin(r)
				if came {
					r.called(id, gateway.Unproven, r.failed(1, "1032"))
				}
				for r.payment(id).State != gateway.Unresolved {
					r.work(id)
				}
				if reason := r.payment(id).ReviewReason; strings.HasPrefix(reason, "no callback gave a result, ") != came {
					t.Errorf("the reason is %q", reason)
				}
			})
		}
	}
}

// A payment that M-PESA's own callback has failed is not listed because of a callback without
// proof that says nothing of money, when M-PESA refuses the push later.
func TestRefusalBesideAnUnprovenFailure(t *testing.T) {
	r := newRig(t, nil)
	_ = r.refusedLate(func(token string) {
		r.calledBy(token, gateway.Proven, r.failed(7, "1032"))
		r.calledBy(token, gateway.Unproven, r.failed(7, "1037"))
	})
	r.daraja.pushErr = nil
	if p := r.finish(1); p.State != gateway.Failed || !p.ReviewAt.IsZero() {
		t.Errorf("%s, listed: %q", p.State, p.ReviewReason)
	}
}

// An order is not answered refused when M-PESA's callback says that the customer paid.
func TestRefusalBesideAProvenClaim(t *testing.T) {
	for name, came := range map[string]func(r *rig, token string){
		"to be confirmed": func(r *rig, token string) { r.claimedBy(token, r.paid(7, "UA1AAAAAAA", nil)) },
		"of another amount": func(r *rig, token string) {
			r.calledBy(token, gateway.Proven, r.paid(7, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 10000 }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			err := r.refusedLate(func(token string) { came(r, token) })
			p := r.payment(1)
			t.Logf("%v; state %s %q", err, p.State, p.ReviewReason)
			if gateway.CodeOf(err) != gateway.CodeUnanswered {
				t.Errorf("the order is answered %v although the customer has had its prompt", err)
			}
		})
	}
}
