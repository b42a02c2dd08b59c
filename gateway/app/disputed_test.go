package app_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// crossed is two orders: M-PESA's answer to the first push is lost, and comes as the answer
// to the second, as by a proxy. The prompts are ws_CO_1 and ws_CO_2; the first is paid, the
// second is cancelled.
func (r *rig) crossed() (first, second int64) {
	r.Helper()
	r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
	_, _ = r.ask("254708374149", "order-1")
	r.daraja.pushErr, r.daraja.named = nil, checkoutID(1)
	got, err := r.ask("254708374149", "order-2")
	if err != nil {
		r.Fatal(err)
	}
	r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0", checkoutID(2): "1032"}
	return 1, got.PaymentID
}

// An order is not paid by a query about a prompt that M-PESA's own callback gives to another
// order.
func TestDisputedPromptPaysNothing(t *testing.T) {
	for name, confirm := range map[string]gateway.Confirm{"by default": gateway.ConfirmUntrusted, "confirm always": gateway.ConfirmAlways} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, func(g *gateway.Gateway) { g.Confirm = confirm })
			first, second := r.crossed()
			r.called(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil)) // by the token of the first
			p := r.payment(first)
			t.Logf("the first is %s: %q", p.State, p.ReviewReason)
			p = r.finish(second)
			if p.State == gateway.Paid && p.ReviewAt.IsZero() {
				t.Errorf("order 2 is %s, its partner was told %v, and it is not listed; its customer has not paid", p.State, r.told(second))
			}
		})
	}
}

// M-PESA's callback of a push that names another prompt than the answer is a contradiction,
// before and after the answer, also when it is a failure.
func TestFailureThatNamesAnotherPrompt(t *testing.T) {
	r := newRig(t, nil)
	_, second := r.crossed()
	verdict := r.called(second, gateway.Proven, r.failed(2, "1032")) // by the token of the second
	p := r.finish(second)
	if p.State == gateway.Paid {
		t.Errorf("M-PESA's 1032 is %q, and order 2 is %s, told %v, listed %t", verdict, p.State, r.told(second), !p.ReviewAt.IsZero())
	}
}

// The other way about: a query about a prompt that M-PESA's callback gives to another order
// fails no order either. Prompt 1 is of order 1 and was cancelled; order 2 was paid by prompt 2.
func TestPromptOfAnotherOrderFailsNothing(t *testing.T) {
	r := newRig(t, nil)
	_, second := r.crossed()
	r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "1032", checkoutID(2): "0"}
	r.called(1, gateway.Proven, r.failed(1, "1032")) // by the token of the first
	t.Logf("order 1 is %s: %q", r.payment(1).State, r.payment(1).ReviewReason)
	p := r.finish(second)
	if p.State.Status() == gateway.StatusFailed && p.ReviewAt.IsZero() {
		t.Errorf("order 2 is %s, its partner was told %v, and it is not listed; its customer has paid, and the prompt that was asked about is order 1's",
			p.State, r.told(second))
	}
}

// ADR 2: "With the token alone, under --confirm always, it does not [learn the id]", and "a
// person who knows a token can no longer fail an order".
func TestTokenAloneNamesNoPrompt(t *testing.T) {
	for _, how := range []string{"no answer", "crash"} {
		t.Run(how, func(t *testing.T) {
			r := newRig(t, func(g *gateway.Gateway) { g.Confirm = gateway.ConfirmAlways })
			other, err := r.ask("254708374140", "order-1") // prompt 1, which is cancelled
			if err != nil {
				t.Fatal(err)
			}
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "1032"}
			r.finish(other.PaymentID)
			r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
				r.calledBy(token, gateway.Proven, r.failed(1, "1032")) // a lie that names prompt 1
				r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
			}}
			if how == "crash" {
				r.Reach = func(p gateway.Point) {
					if p == gateway.PushAnswered {
						panic("crash")
					}
				}
			}
			func() {
				defer func() { _ = recover() }()
				_, _ = r.ask("254708374149", "order-2")
			}()
			r.Reach = nil
			if err := r.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			p := r.payment(2)
			t.Logf("%s, prompt %q, listed %t, message %q", p.State, p.CheckoutRequestID, !p.ReviewAt.IsZero(), p.Message())
			if p.CheckoutRequestID != "" || p.ReviewAt.IsZero() {
				t.Errorf("the push without an answer has prompt %q, which is another order's, and is listed: %t", p.CheckoutRequestID, !p.ReviewAt.IsZero())
			}
			p = r.finish(2)
			if p.State.Status() == gateway.StatusFailed {
				t.Errorf("order 2 is %s, its partner was told %v, by a query about the prompt of order 1", p.State, r.told(2))
			}
		})
	}
}

// Nor does it bring another prompt: prompt 1 is of order 1 and M-PESA says 4005 of it; the
// customer of order 2 has prompt 2, which is open.
func TestPromptOfAnotherOrderPushesNothing(t *testing.T) {
	r := newRig(t, nil)
	_, second := r.crossed()
	r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "4005"}
	r.called(1, gateway.Proven, r.failed(1, "4005")) // by the token of the first
	r.daraja.named = ""
	pushes := r.daraja.pushes
	r.finish(second)
	if r.daraja.pushes != pushes {
		t.Errorf("order 2 is %s and its customer got prompt number %d", r.payment(second).State, r.daraja.pushes-pushes+1)
	}
}

// A callback that M-PESA repeats, and that comes cut, does not end the dispute about a prompt.
func TestDisputeOutlastsACutCallback(t *testing.T) {
	r := newRig(t, func(g *gateway.Gateway) { g.Confirm = gateway.ConfirmAlways })
	first, second := r.crossed()
	r.called(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
	r.called(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil)[:50])
	if p := r.finish(second); p.State == gateway.Paid && p.ReviewAt.IsZero() {
		t.Errorf("order 2 is paid by the prompt of order 1, and its partner was told %v", r.told(second))
	}
}
