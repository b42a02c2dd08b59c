package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// With --confirm always, a callback from one of M-PESA's addresses names the prompt of a
// push without an answer, so M-PESA is asked about it. With the token alone it does not: a
// query about another prompt would prove nothing, and a person must look.
func TestConfirmedCallbackOfAPushWithoutAnAnswer(t *testing.T) {
	for name, body := range map[string]func(*rig) []byte{
		"a success":         func(r *rig) []byte { return r.paid(1, "UA1CCCCCCC", nil) },
		"a failure":         func(r *rig) []byte { return r.failed(1, "1032") },
		"without metadata":  func(*rig) []byte { return bareSuccess(1) },
		"with another code": func(*rig) []byte { return oddCode(1, "UA1CCCCCCC") },
	} {
		for _, listed := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, listed %t", name, listed), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, func(g *gateway.Gateway) { g.Confirm = gateway.ConfirmAlways })
				id := r.unanswered()
				if _, err := r.TakeCallback(t.Context(), r.token(id), gateway.Origin{Remote: "192.0.2.1", Listed: listed}, body(r)); err != nil {
					t.Fatal(err)
				}
				r.daraja.says("0")
				r.finish(id)
				if listed {
					if r.is(id, gateway.Paid, "successful"); fmt.Sprint(r.daraja.asked) != "[ws_CO_1]" || r.clock.Now().Sub(noon) > 5*time.Second {
						t.Errorf("asked about %v within %s", r.daraja.asked, r.clock.Now().Sub(noon))
					}
					return
				}
				if r.is(id, gateway.Unresolved); len(r.daraja.asked) != 0 || r.clock.Now().Sub(noon) != ladder {
					t.Errorf("asked about %v within %s", r.daraja.asked, r.clock.Now().Sub(noon))
				}
				r.listed(id, gateway.ReviewNoResult, "the answer to push 1 is not known, so M-PESA cannot be asked")
			})
		}
	}
}

// A question that came before the gateway crashed in the middle of its push is asked soon
// after the restart, since it named the prompt.
func TestQuestionBeforeACrash(t *testing.T) {
	r := newRig(t, nil)
	r.Reach = func(p gateway.Point) {
		if p == gateway.PushAnswered {
			r.called(1, gateway.Proven, wire{id: `"ws_CO_1"`, code: `"00"`, bare: true}.body())
			panic("crash")
		}
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = r.ask("254708374149", "")
	}()
	r.Reach = nil
	if err := r.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := r.is(1, gateway.Unknown); p.CheckoutRequestID != checkoutID(1) {
		t.Errorf("prompt %q", p.CheckoutRequestID)
	}
	r.daraja.says("0")
	r.work(1)
	if r.is(1, gateway.Paid, "successful"); r.clock.Now().Sub(noon) > 5*time.Second {
		t.Errorf("asked after %s", r.clock.Now().Sub(noon))
	}
}

// A claim, though without proof, that comes before M-PESA refuses its push contradicts the
// refusal: the order is answered that the outcome is unknown, and a person must look.
func TestClaimBeforeTheRefusalOfItsPush(t *testing.T) {
	r := newRig(t, nil)
	err := r.refusedLate(func(token string) { r.calledBy(token, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil)) })
	if gateway.CodeOf(err) != gateway.CodeUnanswered {
		t.Errorf("the order is answered %v", err)
	}
	if p := r.is(1, gateway.Review); p.Receipt != "" {
		t.Errorf("receipt %q", p.Receipt)
	}
	r.listed(1, gateway.ReviewContradiction, "push 1 was refused although its customer paid")
}
