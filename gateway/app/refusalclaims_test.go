package app_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// breaksOff brings a callback whose body does not come whole; M-PESA does not send it again.
func (r *rig) breaksOff(token string, body []byte) {
	r.Helper()
	if _, err := r.KeepIncomplete(context.Background(), token, gateway.Origin{Remote: "192.0.2.1"}, body[:len(body)-5], "unexpected EOF"); err != nil {
		r.Fatal(err)
	}
}

// What a callback that breaks off may say is asked about, as where it is cut.
func TestBodyThatBreaksOffIsAskedAbout(t *testing.T) {
	t.Run("after 4005: no other prompt before M-PESA is asked", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.mustAsk()
		token := r.token(id)
		r.calledBy(token, gateway.Proven, r.failed(1, "4005"))
		r.breaksOff(token, r.paid(1, "UA1AAAAAAA", nil))
		r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0"}
		r.work(id)
		if p := r.payment(id); p.Pushes > 1 {
			t.Errorf("push %d although push 1 is paid", p.Pushes)
		}
	})
	t.Run("after a failure", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.mustAsk()
		r.daraja.says("1032")
		r.finish(id)
		r.daraja.says("0")
		r.breaksOff(r.token(id), r.paid(1, "UA1AAAAAAA", nil))
		if p := r.finish(id); p.State != gateway.Paid && p.ReviewAt.IsZero() {
			t.Errorf("%s, not listed", p.State)
		}
	})
}

// A claim with proof that M-PESA denied before the push is refused stays on record.
func TestClaimOutlastsARefusal(t *testing.T) {
	for name, then := range map[string]func(r *rig){
		"a success with another receipt": func(r *rig) { r.called(1, gateway.Proven, r.paid(1, "UA1BBBBBBB", nil)) },
		"M-PESA says paid":               func(r *rig) { r.daraja.says("0") },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.daraja.says("1032")
			err := r.refusedLate(func(token string) {
				r.calledBy(token, gateway.Proven, r.failed(1, "1032"))
				r.calledBy(token, gateway.Proven, oddSuccess("UA1AAAAAAA"))
				if err := r.WorkPayment(t.Context(), 1); err != nil {
					t.Error(err)
				}
			})
			r.daraja.pushErr = nil
			if gateway.CodeOf(err) != gateway.CodeUnanswered {
				t.Errorf("the order is answered %v", err)
			}
			if name == "M-PESA says paid" {
				then(r)
			}
			r.finish(1)
			if name != "M-PESA says paid" {
				then(r)
				r.finish(1)
			}
			p := r.payment(1)
			if p.Receipt != "UA1AAAAAAA" && (p.ReviewAt.IsZero() || !strings.Contains(p.ReviewReason, "UA1AAAAAAA")) {
				t.Errorf("%s with receipt %q, listed %t: %q", p.State, p.Receipt, !p.ReviewAt.IsZero(), p.ReviewReason)
			}
		})
	}
}

// A refusal that comes after a callback with another amount, and after a person has decided.
func TestRefusalAfterAPersonsDecision(t *testing.T) {
	r := newRig(t, nil)
	err := r.refusedLate(func(token string) {
		r.calledBy(token, gateway.Proven, r.paid(7, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 100 * daraja.Shilling }))
		r.mustResolve(1, gateway.DecideFailed, "")
	})
	if gateway.CodeOf(err) == gateway.CodeRefused {
		t.Error("502 although a callback said that money came")
	}
}

// promptNamed changes the id and the phone of a callback.
func promptNamed(id, phone string) func(*daraja.STKCallback) {
	return func(cb *daraja.STKCallback) {
		cb.CheckoutRequestID = id
		if cb.Payment != nil {
			cb.Payment.Phone = phone
		}
	}
}

// One who knows the token of an order that is over, and names prompts that are still to come,
// blocks none of them, unless he knows the number and the millisecond.
func TestTokenHolderBlocksNoPrompts(t *testing.T) {
	for _, confirm := range []gateway.Confirm{gateway.ConfirmUntrusted, gateway.ConfirmAlways} {
		t.Run(string(confirm), func(t *testing.T) {
			r := newRig(t, func(g *gateway.Gateway) { g.Confirm = confirm })
			first := r.mustAsk()
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "1032"}
			r.finish(first)
			for ms := range 999 {
				r.called(first, gateway.Proven, r.encode(daraja.STKCallback{CheckoutRequestID: fmt.Sprintf("ws_CO_01012026150030%03d000000000", ms), ResultCode: "1032", ResultDesc: "x"}))
			}
			const id = "ws_CO_01012026150030500708374140"
			r.daraja.named, r.daraja.answers[id] = id, "0"
			_, _ = r.ask("254708374140", "order-2")
			r.called(2, gateway.Proven, r.paid(1, "UA1BBBBBBB", promptNamed(id, "254708374140")))
			r.finish(2)
			r.is(2, gateway.Paid, "successful")
		})
	}
}

// A query that denies a claim is no answer when the prompt is another order's, too: a person must look.
func TestInquiryAboutADisputedPrompt(t *testing.T) {
	r := newRig(t, nil)
	first, second := r.swapped()
	r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0", checkoutID(2): "1032"}
	// the first, whose customer has paid prompt 1, has prompt 2: the query fails it
	for r.payment(first).State == gateway.Pending {
		r.work(first)
	}
	r.is(first, gateway.PresumedFailed, "failed")
	// the second's own callback names prompt 2
	r.called(second, gateway.Proven, r.failed(2, "1032"))
	b := r.paid(1, "UA1AAAAAAA", nil)
	r.called(first, gateway.Proven, b[:len(b)*2/3])
	p := r.finish(first)
	if p.State != gateway.Paid && p.ReviewAt.IsZero() {
		t.Errorf("first is %s, listed %t %q", p.State, !p.ReviewAt.IsZero(), p.ReviewReason)
	}
}

// An erased number is in no byte of the database.
func TestPromptNameKeepsNoNumber(t *testing.T) {
	for name, id := range map[string]string{
		"separators":                "ws_CO_0708-374-149",
		"at the front, digits last": "ws_CO_708374149_30112026084703515",
		"at the end":                "ws_CO_30112026084703515708374149",
		"url":                       "ws_CO_%37%30%38374149_1",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r := rigIn(t, dir, nil)
			r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
			_, _ = r.ask("254708374149", "order-1")
			r.called(1, gateway.Proven, r.paid(1, "UA1AAAAAAA", promptNamed(id, "254708374149")))
			r.clock.Advance(24 * 30 * time.Hour)
			r.delivered(1)
			phone, _ := daraja.NormaliseMSISDN("254708374149")
			_, err := r.EraseCustomer(t.Context(), phone)
			if err != nil {
				t.Fatal(err)
			}
			files, _ := filepath.Glob(filepath.Join(dir, "gateway.db*"))
			for _, f := range files {
				b, _ := os.ReadFile(f)
				for _, n := range []string{"708374149", "708-374-149", "%37%30%38374149"} {
					if bytes.Contains(b, []byte(n)) {
						t.Errorf("%s has %s", filepath.Base(f), n)
					}
				}
			}
		})
	}
}
