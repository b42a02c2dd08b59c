package app_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// ladder is how long StandardWaits asks about a payment before a person must look.
const ladder = 31 * time.Minute

// unanswered makes an order whose push has no answer.
func (r *rig) unanswered() int64 {
	r.Helper()
	r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
	_, err := r.ask("254708374149", "")
	var e *gateway.Error
	if !errors.As(err, &e) || e.Code != gateway.CodeUnanswered {
		r.Fatalf("got %v, want an unanswered push", err)
	}
	r.daraja.pushErr = nil
	return e.PaymentID
}

// exhausted lets the usual queries of a payment pass without a result.
func (r *rig) exhausted(id int64) *gateway.Payment {
	r.Helper()
	for range len(r.Waits.Query) + 1 {
		r.work(id)
	}
	p := r.payment(id)
	if p.State != gateway.Unresolved {
		r.Fatalf("the payment is %s, want %s", p.State, gateway.Unresolved)
	}
	return p
}

// A push whose CheckoutRequestID is not known is not asked about, and nothing counts as
// a question. Its time is that of the usual queries.
func TestUnknownPushIsNotAskedAbout(t *testing.T) {
	for name, begin := range map[string]func(*rig) int64{
		"no answer": (*rig).unanswered,
		"no answer to a later push": func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, daraja.ResultTimeout))
			r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
			r.work(id)
			return id
		},
		"a crash": func(r *rig) int64 {
			id := r.unanswered()
			p := r.payment(id)
			p.State = gateway.Sending
			r.save(p)
			if err := r.Recover(r.Context()); err != nil {
				r.Fatal(err)
			}
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := begin(r)
			since := r.clock.Now()
			p := r.is(id, gateway.Unknown)
			if p.CheckoutRequestID != "" || p.State.Status() != gateway.StatusPending {
				t.Errorf("prompt %q, status %s", p.CheckoutRequestID, p.State.Status())
			}
			for works := 0; r.payment(id).State == gateway.Unknown; works++ {
				if p := r.payment(id); p.Checks != 0 || works > 1 {
					t.Fatalf("%d questions are counted after %d calls", p.Checks, works)
				}
				r.work(id)
			}
			p = r.is(id, gateway.Unresolved)
			if got := r.clock.Now().Sub(since); got != ladder || len(r.daraja.asked) != 0 {
				t.Errorf("a person must look after %s, want %s; M-PESA was asked about %v", got, ladder, r.daraja.asked)
			}
			if !p.WorkAt().IsZero() || !strings.Contains(p.ReviewReason, fmt.Sprintf("the answer to push %d is not known", p.Pushes)) || strings.Contains(p.ReviewReason, "quer") {
				t.Errorf("due at %s, because %q", p.WorkAt(), p.ReviewReason)
			}
			r.called(id, gateway.Proven, r.paid(7, "UA1AAAAAAA", nil))
			r.is(id, gateway.Paid, "successful")
		})
	}
}

func (r *rig) save(p *gateway.Payment) {
	r.Helper()
	if err := r.Store.Update(r.Context(), func(tx gateway.Tx) error { return tx.SavePayment(p) }); err != nil {
		r.Fatal(err)
	}
}

// A payment that is due earlier than its time, as those of an earlier version are, is
// put off to it.
func TestUnknownPushThatIsDueTooEarlyIsPutOff(t *testing.T) {
	r := newRig(t, nil)
	id := r.unanswered()
	p := r.payment(id)
	p.DueAt = r.clock.Now().Add(time.Minute)
	r.save(p)
	r.work(id)
	p = r.is(id, gateway.Unknown)
	if got := p.WorkAt().Sub(noon); got != ladder || p.Checks != 0 {
		t.Errorf("due %s after the push, want %s; %d questions", got, ladder, p.Checks)
	}
}

// A success without proof names a prompt that only its own word is for. As soon as the
// push is answered, M-PESA is asked.
func TestLateAnswerToThePushIsAskedAboutAtOnce(t *testing.T) {
	r := newRig(t, nil)
	var id int64
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: gateway.Unproven}, r.paid(1, "UA1AAAAAAA", nil)); err != nil {
			t.Fatal(err)
		}
		id = 1
		r.work(id) // there is nothing to ask about yet
		if p := r.is(id, gateway.Confirming); len(r.daraja.asked) != 0 || p.Checks != 0 {
			t.Errorf("asked about %v, %d questions", r.daraja.asked, p.Checks)
		}
	}}
	if _, err := r.ask("254708374149", ""); err != nil {
		t.Fatal(err)
	}
	r.daraja.says("0")
	r.work(id)
	r.is(id, gateway.Paid, "successful")
	if wait := r.clock.Now().Sub(noon); wait != 0 {
		t.Errorf("asked after %s", wait)
	}
}

// A query's word that is no code of Daraja's is no answer: neither a success nor a
// failure.
func TestQueryAnswersThatAreNoResult(t *testing.T) {
	for _, code := range []daraja.ResultCode{"", "00", "0.0", "-0", "0 ", "false", "true", "[]", "{}", "SUCCESS", "null", "-1", "1032.0", "1e3", "4999"} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			r.daraja.says(code)
			r.work(id)
			if p := r.is(id, gateway.Pending); p.Checks != 1 {
				t.Errorf("%d questions are counted", p.Checks)
			}
			for range len(r.Waits.Query) {
				r.work(id)
			}
			r.is(id, gateway.Unresolved)
			for range len(r.Waits.Later) {
				r.work(id)
			}
			if p := r.is(id, gateway.Unresolved); !p.WorkAt().IsZero() {
				t.Errorf("due at %s", p.WorkAt())
			}
		})
	}
	for _, code := range []daraja.ResultCode{"1032", "1050", "SFC_IC0003", "TP40153", "R000001", "100000100"} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			r.daraja.says(code)
			r.work(id)
			r.is(id, gateway.PresumedFailed, "failed")
		})
	}
}

// A push that took so long that it counted as lost is refused in the end: the payment has
// failed, and its partner is told by webhook. The order is not answered 502: the same order may
// have been answered 200 meanwhile, and one key has one answer.
func TestRefusalOfAPushThatCountedAsLost(t *testing.T) {
	r := newRig(t, nil)
	r.daraja.pushErr = &gateway.PushError{Message: "M-PESA could not be reached"}
	again := func() {
		if got, err := r.ask("254708374149", "order-1"); err != nil || !got.Duplicate {
			t.Errorf("the order again: %+v, %v", got, err)
		}
	}
	r.Daraja = &overtaken{scripted: r.daraja, before: func(string) {
		r.work(1)
		r.is(1, gateway.Unknown)
		again()
	}}
	if _, err := r.ask("254708374149", "order-1"); gateway.CodeOf(err) != gateway.CodeUnanswered {
		t.Errorf("the order is answered %v", err)
	}
	again()
	if p := r.is(1, gateway.Failed, "failed"); p.Refusal != "" || !p.WorkAt().IsZero() {
		t.Errorf("refusal %q, due at %s", p.Refusal, p.WorkAt())
	}
	if r.daraja.pushes != 1 {
		t.Errorf("%d pushes", r.daraja.pushes)
	}
}

// A callback that overtakes the refusal of its push does not change what the same order is
// answered. An order that a person must look at, since a callback claims money, is not
// answered "refused": its partner would order again.
func TestRefusalThatACallbackOvertakes(t *testing.T) {
	const contradicted = "push 1 was refused although its customer paid"
	for _, tt := range []struct {
		name   string
		proof  gateway.Proof
		body   func(*rig) []byte
		state  gateway.State
		reason string
	}{
		{"paid, without proof", gateway.Unproven, func(r *rig) []byte { return r.paid(1, "UA1AAAAAAA", nil) }, gateway.Review, contradicted},
		{"failed", gateway.Proven, func(r *rig) []byte { return r.failed(1, "1032") }, gateway.Failed, ""},
		{"to be pushed again", gateway.Proven, func(r *rig) []byte { return r.failed(1, "4005") }, gateway.Failed, ""},
		{"two receipts", gateway.Proven, func(*rig) []byte { return twoReceipts() }, gateway.Review, "contradicts itself"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.daraja.pushErr = &gateway.PushError{Message: "Merchant does not exist"}
			r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
				if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: tt.proof}, tt.body(r)); err != nil {
					t.Error(err)
				}
			}}
			for range 2 { // the second is a replay
				_, err := r.ask("254708374149", "order-1")
				refused := gateway.CodeOf(err) == gateway.CodeRefused && strings.Contains(err.Error(), "Merchant does not exist")
				if refused != (tt.state == gateway.Failed) {
					t.Errorf("the order is answered %v, and is %s", err, tt.state)
				}
			}
			if p := r.payment(1); p.State != tt.state || !strings.Contains(p.ReviewReason, tt.reason) {
				t.Errorf("it is %s, because %q", p.State, p.ReviewReason)
			}
		})
	}
}
