package app_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/testkit"
)

// swapped is two orders whose pushes got each other's answers, as by a proxy: the first is
// said to have prompt 2, the second prompt 1. The customer of the first has paid; the one of
// the second has cancelled.
func (r *rig) swapped() (first, second int64) {
	r.Helper()
	for i, phone := range []string{"254708374149", "254708374140"} {
		r.daraja.named = checkoutID(2 - i)
		got, err := r.ask(phone, []string{"order-1", "order-2"}[i])
		if err != nil {
			r.Fatal(err)
		}
		first, second = second, got.PaymentID
	}
	r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0", checkoutID(2): "1032"}
	return first, second
}

// What a proven callback says of a prompt is on record whatever else becomes of the callback:
// no query about that prompt pays another order.
func TestNamedPromptPaysNoOtherOrder(t *testing.T) {
	paid := func(r *rig) []byte { return r.paid(1, "UA1AAAAAAA", nil) }
	for name, come := range map[string]func(r *rig) (second int64){
		"the answers are swapped": func(r *rig) int64 {
			first, second := r.swapped()
			r.called(first, gateway.Proven, paid(r))
			if p := r.payment(first); p.State != gateway.Review || !strings.Contains(p.ReviewReason, "which is the prompt of transaction") {
				r.Errorf("the first is %s, %q", p.State, p.ReviewReason)
			}
			return second
		},
		"before the answer that repeats it": func(r *rig) int64 {
			r.Confirm = gateway.ConfirmAlways
			pushed := false
			r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
				if !pushed {
					pushed = true
					if _, err := r.TakeCallback(r.Context(), token, gateway.Origin{Remote: "192.0.2.1", Listed: true}, paid(r)); err != nil {
						r.Error(err)
					}
				}
			}}
			r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
			_, _ = r.ask("254708374149", "order-1")
			r.daraja.pushErr, r.daraja.named = nil, checkoutID(1)
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0"}
			_, _ = r.ask("254708374140", "order-2")
			return 2
		},
		"with another amount": func(r *rig) int64 {
			first, second := r.crossed()
			r.called(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 10000 }))
			return second
		},
		"after a person": func(r *rig) int64 {
			first, second := r.crossed()
			r.mustResolve(first, gateway.DecidePaid, "UA1AAAAAAA")
			r.called(first, gateway.Proven, paid(r))
			return second
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			second := come(r)
			if p := r.finish(second); p.State == gateway.Paid || p.ReviewAt.IsZero() {
				t.Errorf("order 2 is %s, its partner was told %v, listed: %t; its customer has not paid", p.State, r.told(second), !p.ReviewAt.IsZero())
			}
		})
	}
}

// Prompts of one millisecond have ids that differ in the customers' numbers only. Callbacks
// that come before the answers to their pushes contradict nothing.
func TestCallbacksBeforeAnswersOfOneMillisecond(t *testing.T) {
	for _, confirm := range []gateway.Confirm{gateway.ConfirmUntrusted, gateway.ConfirmAlways} {
		t.Run(string(confirm), func(t *testing.T) { callbacksBeforeAnswers(t, confirm) })
	}
}

func callbacksBeforeAnswers(t *testing.T, confirm gateway.Confirm) {
	t.Helper()
	r := newRig(t, func(g *gateway.Gateway) { g.Confirm = confirm })
	r.daraja.says("0")
	var phone, receipt string
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		r.daraja.named = "ws_CO_01012026120000123" + phone[3:]
		r.calledBy(token, gateway.Proven, r.paid(1, receipt, func(cb *daraja.STKCallback) {
			cb.CheckoutRequestID, cb.Payment.Phone = r.daraja.named, phone
		}))
	}}
	for i, number := range []string{"254708374149", "254708374140"} {
		phone, receipt = number, []string{"UA1AAAAAAA", "UA1BBBBBBB"}[i]
		got, err := r.ask(phone, "")
		if err != nil {
			t.Fatal(err)
		}
		if p := r.finish(got.PaymentID); p.State != gateway.Paid || p.ReviewReason != "" {
			t.Errorf("order %d is %s, %q", i+1, p.State, p.ReviewReason)
		}
	}
}

// An answer that names another prompt than the callback before it leaves the callback's on
// record: no query about it pays another order.
func TestAnswerAfterACallbackLeavesItsPromptOnRecord(t *testing.T) {
	r := newRig(t, nil)
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		r.calledBy(token, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
	}}
	r.daraja.named = checkoutID(2)
	_, _ = r.ask("254708374149", "order-1")
	r.Daraja, r.daraja.named = r.daraja, checkoutID(1)
	got, err := r.ask("254708374140", "order-2")
	if err != nil {
		t.Fatal(err)
	}
	r.daraja.says("0")
	if p := r.finish(got.PaymentID); p.State == gateway.Paid || p.ReviewAt.IsZero() {
		t.Errorf("order 2 is %s, listed: %t", p.State, !p.ReviewAt.IsZero())
	}
}

// A push that M-PESA refuses after a callback of it came is not known to be refused: the
// callback shows that there was a prompt, and what it says may be that the customer paid.
func TestRefusalAfterACallback(t *testing.T) {
	for name, tt := range map[string]struct {
		came func(r *rig, token string)
		want []string // what the partner is told in the end
	}{
		"that is cut": {func(r *rig, token string) {
			b := r.paid(7, "UA1AAAAAAA", nil)
			r.calledBy(token, gateway.Proven, b[:len(b)*2/3])
		}, nil},
		"with an odd code": {func(r *rig, token string) {
			r.calledBy(token, gateway.Proven, wire{id: `"ws_CO_7"`, code: `"SUCCESS"`, bare: true}.body())
		}, []string{"successful"}},
		"that says that the prompt is open": {func(r *rig, token string) {
			r.calledBy(token, gateway.Proven, r.failed(7, "4999"))
		}, nil},
		"that breaks off": {func(r *rig, token string) { r.breaksOff(token, r.paid(7, "UA1AAAAAAA", nil)) }, nil},
		"4005, then a claim without proof": {func(r *rig, token string) {
			r.calledBy(token, gateway.Proven, r.failed(7, "4005"))
			r.calledBy(token, gateway.Unproven, r.paid(7, "UA1AAAAAAA", nil))
		}, []string{"successful"}},
		"a failure, then a claim": {func(r *rig, token string) {
			r.calledBy(token, gateway.Proven, r.failed(7, "1032"))
			r.claimedBy(token, r.paid(7, "UA1AAAAAAA", nil))
		}, []string{"failed", "successful"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			err := r.refusedLate(func(token string) { tt.came(r, token) })
			if gateway.CodeOf(err) != gateway.CodeUnanswered {
				t.Errorf("the order is answered %v", err)
			}
			r.daraja.pushErr = nil
			r.daraja.says("0")
			p := r.finish(1)
			if told := r.told(1); !slices.Equal(told, tt.want) || p.Refusal != "" || p.State != gateway.Paid && p.ReviewAt.IsZero() {
				t.Errorf("the payment is %s, %v, refusal %q, listed %t", p.State, told, p.Refusal, !p.ReviewAt.IsZero())
			}
			if got, err := r.ask("254708374149", "order-1"); err != nil || !got.Duplicate {
				t.Errorf("the order again: %+v, %v", got, err)
			}
		})
	}
}

// While the first order waits for M-PESA's answer, the same order is in flight, also when a
// callback has come meanwhile.
func TestReplayBesideACallback(t *testing.T) {
	r := newRig(t, nil)
	err := r.refusedLate(func(token string) {
		r.calledBy(token, gateway.Proven, r.failed(7, "1032"))
		if got, err := r.ask("254708374149", "order-1"); gateway.CodeOf(err) != gateway.CodeInFlight {
			t.Errorf("the order again is answered %+v, %v", got, err)
		}
	})
	_, again := r.ask("254708374149", "order-1")
	if gateway.CodeOf(err) != gateway.CodeRefused || gateway.CodeOf(again) != gateway.CodeRefused {
		t.Errorf("the order is answered %v, and then %v", err, again)
	}
}

// So it is when the clock has gone backwards since the start.
func TestReplayAfterTheClockWentBackwards(t *testing.T) {
	r := newRig(t, nil)
	if err := r.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Clock = testkit.NewClock(noon.Add(-10 * time.Second))
	_ = r.refusedLate(func(token string) {
		r.calledBy(token, gateway.Proven, r.failed(7, "1032"))
		if got, err := r.ask("254708374149", "order-1"); gateway.CodeOf(err) != gateway.CodeInFlight {
			t.Errorf("the order again is answered %+v, %v", got, err)
		}
	})
}

// A person takes the receipt of the first push; what comes for the second is another payment.
func TestSecondPaymentAfterAPersonsDecision(t *testing.T) {
	for name, second := range map[string]func(r *rig) []byte{
		"cut":  func(r *rig) []byte { b := r.paid(2, "UA1BBBBBBB", nil); return b[:len(b)*2/3] },
		"bare": func(*rig) []byte { return bareSuccess(2) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.claimedBy(first, r.paid(1, "UA1AAAAAAA", nil))
			r.called(id, gateway.Proven, oddTwice())
			r.mustResolve(id, gateway.DecidePaid, "UA1AAAAAAA")
			r.called(id, gateway.Proven, second(r))
			r.daraja.says("0")
			if p := r.finish(id); p.ReviewAt.IsZero() {
				t.Errorf("both pushes are paid, and the payment is on no list; M-PESA was asked about %v", r.daraja.asked)
			}
		})
	}
}

// Nine times X in a partner's own URL is no erased number.
func TestURLThatLooksErased(t *testing.T) {
	r := newRig(t, nil)
	got, err := r.Collect(t.Context(), gateway.Partner{Name: "local"}, gateway.Order{Phone: "254708374149", Amount: "150", CallbackURL: "https://shop.example.com/XXXXXXXXX"})
	if err != nil {
		t.Fatal(err)
	}
	r.called(got.PaymentID, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
	if p := r.is(got.PaymentID, gateway.Paid, "successful"); !p.ReviewAt.IsZero() {
		t.Errorf("it is listed: %q", p.ReviewReason)
	}
}
