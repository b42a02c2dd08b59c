package app_test

import (
	"fmt"
	"testing"

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
