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
		"a cut answer to the push": func(r *rig) int64 {
			r.daraja.pushErr = cut(1)
			_, _ = r.ask("254708374149", "k")
			r.daraja.pushErr = nil
			got, err := r.ask("254708374149", "k")
			if err != nil || !got.Duplicate {
				r.Fatal(got, err)
			}
			return got.PaymentID
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
			if !strings.Contains(p.ReviewReason, fmt.Sprintf("transaction %d", first)) || !p.WorkAt().IsZero() {
				t.Errorf("due at %s, the reason is %q", p.WorkAt(), p.ReviewReason)
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

// cut is the answer to a push that ends too early, after the id of the nth prompt.
func cut(n int) error {
	return &gateway.PushError{Ambiguous: true, Message: "M-PESA's answer cannot be read",
		Prompt: gateway.PushAck{MerchantRequestID: merchantID(n), CheckoutRequestID: checkoutID(n)}}
}

// A push whose answer ends too early, after its CheckoutRequestID, is asked about at the
// usual times and needs no person.
func TestPromptOfACutAnswerIsAskedAbout(t *testing.T) {
	for name, begin := range map[string]func(*rig) int64{
		"the first push": func(r *rig) int64 {
			r.daraja.pushErr = cut(7)
			_, err := r.ask("254708374149", "")
			if gateway.CodeOf(err) != gateway.CodeUnanswered {
				r.Fatal(err)
			}
			return 1
		},
		"a later push": func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, daraja.ResultTimeout))
			r.daraja.pushErr = cut(7)
			r.work(id)
			return id
		},
		"a push that counts as lost": func(r *rig) int64 {
			r.daraja.pushErr = cut(7)
			r.Daraja = &overtaken{scripted: r.daraja, before: func(string) {
				r.work(1)
				r.is(1, gateway.Unknown)
				r.listed(1, gateway.ReviewUnknownPush, "no CheckoutRequestID")
			}}
			_, _ = r.ask("254708374149", "")
			return 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := begin(r)
			p := r.is(id, gateway.Unknown)
			if p.CheckoutRequestID != checkoutID(7) || p.MerchantRequestID != merchantID(7) || len(r.open()) != 0 || p.WhyReview() != "" || p.Message() != "" {
				t.Errorf("prompt %q, open reviews %v: %q; the partner is told %q", p.CheckoutRequestID, r.open(), p.WhyReview(), p.Message())
			}
			if wait := p.WorkAt().Sub(r.clock.Now()); wait != r.Waits.Callback {
				t.Errorf("it is asked about after %s, want %s", wait, r.Waits.Callback)
			}
			r.work(id)
			if p := r.is(id, gateway.Unknown); p.Checks != 1 || fmt.Sprint(r.daraja.asked) != "[ws_CO_7]" {
				t.Errorf("%d questions, asked about %v", p.Checks, r.daraja.asked)
			}
			r.daraja.says("0")
			r.work(id)
			r.is(id, gateway.Paid, "successful")
		})
	}
}

// A query without a result leads to a person, as after any other push.
func TestPromptOfACutAnswerWithoutResult(t *testing.T) {
	r := newRig(t, nil)
	r.daraja.pushErr = cut(7)
	_, _ = r.ask("254708374149", "")
	since := r.clock.Now()
	p := r.exhausted(1)
	if got := r.clock.Now().Sub(since); got != ladder || p.WorkAt().IsZero() || len(r.daraja.asked) != 7 {
		t.Errorf("unresolved after %s and %d queries, the next one is at %s", got, len(r.daraja.asked), p.WorkAt())
	}
	r.listed(1, gateway.ReviewNoResult, "no answer to 7 queries")
}

// A claim to be confirmed that came before a cut answer is confirmed by a query about the
// prompt of the answer.
func TestCutAnswerConfirmsAClaim(t *testing.T) {
	for name, n := range map[string]int{"its own prompt": 7, "another prompt": 8} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(g *gateway.Gateway) { g.Confirm = gateway.ConfirmAlways })
			r.daraja.pushErr = cut(7)
			r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
				if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: gateway.Proven}, r.paid(n, "UA1AAAAAAA", nil)); err != nil {
					t.Error(err)
				}
			}}
			_, _ = r.ask("254708374149", "")
			r.is(1, gateway.Confirming)
			r.daraja.says("0")
			r.work(1)
			p := r.is(1, gateway.Paid, "successful")
			if own := n == 7; (p.Receipt != "") != own || (p.ReviewReason == "") != own || fmt.Sprint(r.daraja.asked) != "[ws_CO_7]" {
				t.Errorf("receipt %q, reason %q, asked about %v", p.Receipt, p.ReviewReason, r.daraja.asked)
			}
		})
	}
}

// A proven callback that came before a cut answer and names another prompt contradicts it.
func TestCutAnswerContradictsACallback(t *testing.T) {
	r := newRig(t, nil)
	r.daraja.pushErr = cut(7)
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{}, r.failed(8, "1032")); err != nil {
			t.Error(err)
		}
	}}
	_, _ = r.ask("254708374149", "")
	if p := r.is(1, gateway.Review, "failed"); !strings.Contains(p.ReviewReason, `names prompt "ws_CO_8", the answer "ws_CO_7"`) {
		t.Errorf("the reason is %q", p.ReviewReason)
	}
}
