package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// during has something happen while M-PESA answers the next query, and answers with code.
func (r *rig) during(id int64, code daraja.ResultCode, happens func()) {
	r.Helper()
	before := r.Daraja
	defer func() { r.Daraja = before }()
	r.daraja.says(code)
	r.Daraja = &asking{r.daraja, happens}
	r.work(id)
}

// A query's answer may be older than what came while it was under way: M-PESA is asked
// again, and the payment is not failed meanwhile.
func TestAnswerOlderThanACallback(t *testing.T) {
	for name, body := range map[string]func(*rig) []byte{
		"cut":             func(r *rig) []byte { b := r.paid(1, "UA1AAAAAAA", nil); return b[:len(b)/2] },
		"an unknown code": func(*rig) []byte { w := genuine(); w.code, w.bare = `"00"`, true; return w.body() },
	} {
		for _, state := range []gateway.State{gateway.Pending, gateway.PresumedFailed} {
			for _, code := range []daraja.ResultCode{"1037", "4005"} {
				t.Run(fmt.Sprintf("%s, %s, %s", name, state, code), func(t *testing.T) {
					r := newRig(t, nil)
					id := r.mustAsk()
					if state == gateway.PresumedFailed {
						r.daraja.says("1037")
						r.work(id)
						r.called(id, gateway.Proven, wire{id: `"ws_CO_1"`, code: `"00"`, bare: true}.body()) // a question
					}
					r.during(id, code, func() { r.called(id, gateway.Proven, body(r)) })
					if p := r.payment(id); p.State != state || p.WorkAt().IsZero() {
						t.Fatalf("the payment is %s, M-PESA is asked at %s", p.State, p.WorkAt())
					}
					r.daraja.says("0")
					r.work(id)
					if p := r.payment(id); p.State != gateway.Paid {
						t.Errorf("the payment is %s", p.State)
					}
				})
			}
		}
	}
}

// That the customer paid counts whatever came while M-PESA was asked.
func TestPaidAnswerIsNeverOvertaken(t *testing.T) {
	t.Run("by a proven failure", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.mustAsk()
		r.during(id, "0", func() { r.called(id, gateway.Proven, r.failed(1, "1032")) })
		r.is(id, gateway.Paid, "failed", "successful")
	})
	t.Run("by a person", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.mustAsk()
		r.exhausted(id)
		r.during(id, "0", func() { r.mustResolve(id, gateway.DecideFailed, "") })
		r.is(id, gateway.Paid, "failed", "successful")
	})
	t.Run("by a success", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.mustAsk()
		r.during(id, "0", func() { r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil)) })
		if p := r.is(id, gateway.Paid, "successful"); p.Receipt != "UA1AAAAAAA" || p.ReviewReason != "" {
			t.Errorf("receipt %q, reason %q", p.Receipt, p.ReviewReason)
		}
	})
}

// A claim that no query is left for goes to a person.
func TestClaimWithoutAQuestionLeft(t *testing.T) {
	for name, claim := range map[string]func(*rig, int64){
		"an unlisted success": func(r *rig, id int64) { r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil)) },
		"to be confirmed":     func(r *rig, id int64) { r.claimed(id, r.paid(1, "UA1AAAAAAA", nil)) },
		"without a phone": func(r *rig, id int64) {
			w := genuine()
			w.phone = ""
			r.called(id, gateway.Proven, w.body())
		},
	} {
		for _, state := range []gateway.State{gateway.PresumedFailed, gateway.Unresolved} {
			t.Run(fmt.Sprintf("%s, %s", name, state), func(t *testing.T) {
				r := newRig(t, nil)
				id := r.mustAsk()
				for n := range 6 { // each brings a query forward, and there are no more of them
					proof := gateway.Unproven
					if n >= 3 {
						proof = gateway.Proven
					}
					r.called(id, proof, []byte("x"))
					r.clock.Advance(time.Second)
					r.work(id)
				}
				var told []string
				if state == gateway.PresumedFailed {
					r.daraja.says("1037")
					r.work(id)
					told = []string{"failed"}
				} else {
					r.exhausted(id)
					for !r.payment(id).WorkAt().IsZero() {
						r.work(id)
					}
				}
				claim(r, id)
				if p := r.is(id, state, told...); !strings.Contains(p.ReviewReason, "UA1AAAAAAA") || p.ReviewAt.IsZero() {
					t.Errorf("due at %s, reason %q", p.WorkAt(), p.ReviewReason)
				}
				r.called(id, gateway.Proven, r.paid(1, "UA1BBBBBBB", nil))
				r.is(id, gateway.Paid, append(told, "successful")...)
			})
		}
	}
}

// A callback that may be a success, and cannot be read, keeps the customer from being
// prompted again until M-PESA has said what it was.
func TestUnreadableCallbackBeforeAnotherPush(t *testing.T) {
	spoilt := []byte(`{"Body":{"stkCallback":{`)
	begin := func(t *testing.T) (r *rig, id int64, first string) {
		t.Helper()
		r = newRig(t, nil)
		id = r.mustAsk()
		first = r.tokenOf(id, 1)
		r.called(id, gateway.Proven, r.failed(1, "4005"))
		return r, id, first
	}
	t.Run("and it was paid", func(t *testing.T) {
		r, id, _ := begin(t)
		r.called(id, gateway.Proven, spoilt)
		r.is(id, gateway.Pending)
		r.daraja.says("0")
		r.work(id)
		r.is(id, gateway.Paid, "successful")
		if r.daraja.pushes != 1 {
			t.Errorf("%d pushes", r.daraja.pushes)
		}
	})
	t.Run("and it was not", func(t *testing.T) {
		r, id, _ := begin(t)
		r.called(id, gateway.Proven, spoilt)
		r.daraja.says("4005")
		r.work(id)
		r.is(id, gateway.Retrying)
		r.work(id)
		if p := r.is(id, gateway.Pending); r.daraja.pushes != 2 || p.ReviewReason != "" {
			t.Errorf("%d pushes, reason %q", r.daraja.pushes, p.ReviewReason)
		}
	})
	t.Run("a failure without proof delays nothing", func(t *testing.T) {
		r, id, _ := begin(t)
		r.called(id, gateway.Unproven, r.failed(1, "1032"))
		r.is(id, gateway.Retrying)
	})
	t.Run("bodies without proof delay nothing", func(t *testing.T) {
		r, id, _ := begin(t)
		due := r.payment(id).WorkAt()
		r.called(id, gateway.Unproven, spoilt)
		if p := r.is(id, gateway.Retrying); !p.WorkAt().Equal(due) {
			t.Errorf("the customer is prompted at %s, not at %s", p.WorkAt(), due)
		}
	})
	t.Run("when too many were asked about, a person must look", func(t *testing.T) {
		r, id, _ := begin(t)
		for range 6 {
			r.called(id, gateway.Proven, spoilt)
			r.is(id, gateway.Pending)
			r.daraja.says("4005")
			r.work(id)
		}
		due := r.payment(id).WorkAt()
		r.called(id, gateway.Proven, spoilt)
		if p := r.is(id, gateway.Retrying); !p.WorkAt().Equal(due) {
			t.Errorf("the customer is prompted at %s, not at %s", p.WorkAt(), due)
		}
		r.work(id)
		r.called(id, gateway.Proven, r.failed(2, "1032"))
		r.is(id, gateway.Failed, "failed")
		r.listed(id, gateway.ReviewSettled, "push 1: a callback came that cannot be read")
	})
	for name, body := range map[string][]byte{
		"unreadable":                 spoilt,
		"an odd code, with metadata": wire{id: `"ws_CO_1"`, code: `"00"`, amount: "150"}.body(),
	} {
		t.Run("of an earlier push than the latest: "+name, func(t *testing.T) {
			r, id, first := begin(t)
			r.work(id) // the second push
			r.is(id, gateway.Pending)
			if _, err := r.TakeCallback(t.Context(), first, gateway.Origin{}, body); err != nil {
				t.Fatal(err)
			}
			r.called(id, gateway.Proven, r.failed(2, "1032"))
			for range len(r.Waits.Query) + 1 { // no answer
				r.work(id)
			}
			r.is(id, gateway.Failed, "failed")
			r.listed(id, gateway.ReviewSettled, "push 1: a callback came")
		})
	}
}

// An order that was answered "refused" is not prompted for behind the partner's back.
func TestRefusedOrderIsNotPushedAgain(t *testing.T) {
	r := newRig(t, nil)
	r.daraja.pushErr = &gateway.PushError{Message: "Spike arrest violation"}
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{}, r.failed(1, "4005")); err != nil {
			t.Error(err)
		}
	}}
	for range 2 {
		if _, err := r.ask("254708374149", "order-1"); gateway.CodeOf(err) != gateway.CodeRefused {
			t.Errorf("the order is answered %v, want a refusal", err)
		}
		if p := r.is(1, gateway.Failed, "failed"); !p.WorkAt().IsZero() || r.daraja.pushes != 1 {
			t.Errorf("due at %s, %d pushes", p.WorkAt(), r.daraja.pushes)
		}
	}
}

// What a person resolves as it is ends no question that came since, and what came before
// opens no review again.
func TestResolvedAsItIs(t *testing.T) {
	t.Run("M-PESA is asked all the same", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.failedBy(gateway.Failed)
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = daraja.Shilling }))
		r.called(id, gateway.Unproven, r.paid(1, "UA1BBBBBBB", nil))
		r.mustResolve(id, gateway.DecideAsIs, "")
		r.daraja.says("0")
		r.work(id)
		r.is(id, gateway.Paid, "failed", "successful")
	})
	t.Run("an old claim is dealt with", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.failedBy(gateway.Failed)
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
		r.daraja.says("1")
		r.work(id)
		r.mustResolve(id, gateway.DecideAsIs, "")
		r.called(id, gateway.Unproven, []byte("x"))
		r.work(id)
		if p := r.is(id, gateway.Failed, "failed"); p.ReviewReason != "" {
			t.Errorf("the reason is %q", p.ReviewReason)
		}
	})
}

// A receipt of a contradiction is not taken from the order that it belongs to, also where
// the payment has a receipt already.
func TestSecondReceiptThatContradicts(t *testing.T) {
	for name, change := range map[string]func(*wire){
		"another amount": func(w *wire) { w.amount = "1" },
		"another phone":  func(w *wire) { w.phone = "254799999999" },
		"another prompt": func(w *wire) { w.id = `"ws_CO_9"` },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id, owner := r.mustAsk(), r.mustAsk()
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			w := genuine()
			w.receipt = `"UA1BBBBBBB"`
			change(&w)
			r.called(id, gateway.Proven, w.body())
			r.listed(id, gateway.ReviewSettled, "a second receipt")
			r.called(owner, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
			if p := r.is(owner, gateway.Paid, "successful"); p.Receipt != "UA1BBBBBBB" || p.ReviewReason != "" {
				t.Errorf("its owner has receipt %q, reason %q", p.Receipt, p.ReviewReason)
			}
		})
	}
}

// A payment that a query has called paid takes the receipt of a proven callback, whatever
// else is missing in it, so that no other order gets it.
func TestReceiptForWhatAQueryConfirmed(t *testing.T) {
	r := newRig(t, nil)
	id, other := r.mustAsk(), r.mustAsk()
	r.daraja.says("0")
	r.work(id)
	w := genuine()
	w.phone, w.amount = "", ""
	r.called(id, gateway.Proven, w.body())
	if p := r.is(id, gateway.Paid, "successful"); p.Receipt != "UA1AAAAAAA" || p.ReviewReason != "" {
		t.Errorf("receipt %q, reason %q", p.Receipt, p.ReviewReason)
	}
	r.called(other, gateway.Proven, r.paid(2, "UA1AAAAAAA", nil))
	r.is(other, gateway.Review)
}

// Contradictions without proof leave room for one with proof.
func TestReasonsWithoutProofLeaveRoom(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
	for n := range 100 {
		r.called(id, gateway.Unproven, r.paid(1, fmt.Sprintf("UA1%07d", n+1), nil))
	}
	r.called(id, gateway.Proven, r.paid(1, "UA1ZZZZZZZ", nil))
	r.listed(id, gateway.ReviewSettled, "a second receipt: receipt UA1ZZZZZZZ for KES 150.00")
}

// A transaction's date is M-PESA's only where it can be right.
func TestTransactionDatesThatCannotBeRight(t *testing.T) {
	for date, want := range map[string]time.Time{
		"20260101145900":   noon.Add(-time.Minute), // EAT
		"20260102145859":   noon.Add(24*time.Hour - time.Minute - time.Second),
		`"00000101000000"`: noon, "99991231235959": noon, "20991231235959": noon, "20060101000000": noon, "20260102150100": noon,
	} {
		r := newRig(t, nil)
		id := r.mustAsk()
		body := strings.Replace(string(genuine().body()), "20260101145900", date, 1)
		if verdict := r.called(id, gateway.Proven, []byte(body)); verdict != gateway.VerdictApplied {
			t.Errorf("%s: %s", date, verdict)
		}
		if p := r.is(id, gateway.Paid, "successful"); !p.TransactedAt.Equal(want) {
			t.Errorf("%s: on record as of %s, want %s", date, p.TransactedAt, want)
		}
	}
}

// After a crash in the middle of its push, an order whose payment a callback has settled is
// answered as the payment on record, not as one in flight.
func TestOrderAfterACrashThatACallbackSettled(t *testing.T) {
	r := newRig(t, nil)
	r.Reach = func(p gateway.Point) {
		if p == gateway.PushAnswered {
			r.called(1, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			panic("crash")
		}
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = r.ask("254708374149", "order-1")
	}()
	r.Reach = nil
	r.clock.Advance(time.Second)
	if err := r.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := r.ask("254708374149", "order-1"); err != nil || !got.Duplicate {
		t.Errorf("the order is answered %+v, %v", got, err)
	}
}
