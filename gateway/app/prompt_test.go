package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// A CheckoutRequestID that a push of another payment has pays that payment only,
// however a push comes by it.
func TestPromptOfAnotherPayment(t *testing.T) {
	for name, order := range map[string]func(r *rig) (second int64){
		"the answer to the push": func(r *rig) int64 {
			r.daraja.named = checkoutID(1)
			return r.mustAsk()
		},
		"a callback before the answer": func(r *rig) int64 {
			second := r.unanswered()
			r.called(second, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			return second
		},
		"a failure before the answer": func(r *rig) int64 {
			second := r.unanswered()
			r.called(second, gateway.Proven, r.failed(1, "1032"))
			return second
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			first := r.mustAsk()
			second := order(r)
			p := r.is(second, gateway.Review)
			if !strings.Contains(p.ReviewReason, fmt.Sprintf("transaction %d", first)) || !p.DueAt.IsZero() {
				t.Errorf("due at %s, the reason is %q", p.DueAt, p.ReviewReason)
			}
			r.called(second, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			r.is(second, gateway.Review)
			r.called(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			r.is(first, gateway.Paid, "successful")
			r.is(second, gateway.Review)
			if len(r.daraja.asked) > 0 {
				t.Errorf("M-PESA was asked about %v", r.daraja.asked)
			}
		})
	}
}

// A query's success pays the payment whose prompt it is about, and no other.
func TestQueryPaysOneOfTwoWithOnePrompt(t *testing.T) {
	r := newRig(t, nil)
	first := r.mustAsk()
	r.daraja.named = checkoutID(1)
	second := r.mustAsk()
	r.daraja.says("0")
	r.work(first)
	r.is(first, gateway.Paid, "successful")
	r.is(second, gateway.Review)
}

// An erasure masks the customer's number in a CheckoutRequestID. It is found all the same.
func TestPromptOfAnErasedPayment(t *testing.T) {
	const id = "ws_CO_01012026120000123708374149"
	r := newRig(t, nil)
	r.daraja.named = id
	first := r.mustAsk()
	r.called(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.CheckoutRequestID = id }))
	r.delivered(first)
	if done, err := r.EraseCustomer(t.Context(), "254708374149"); err != nil || done.Payments != 1 {
		t.Fatalf("erased %+v, %v", done, err)
	}
	got, err := r.ask("254712345678", "")
	if err != nil {
		t.Fatal(err)
	}
	if p := r.is(got.PaymentID, gateway.Review); !strings.Contains(p.ReviewReason, fmt.Sprintf("transaction %d", first)) {
		t.Errorf("the reason is %q", p.ReviewReason)
	}
}

// The id of an earlier push of the same payment says nothing about the next one.
func TestPromptOfAnEarlierPush(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.called(id, gateway.Proven, r.failed(1, "4005"))
	r.daraja.named = checkoutID(1)
	r.work(id)
	if p := r.is(id, gateway.Review); !strings.Contains(p.ReviewReason, "push 1 of this transaction") || r.daraja.pushes != 2 {
		t.Errorf("after %d pushes the reason is %q", r.daraja.pushes, p.ReviewReason)
	}
}
