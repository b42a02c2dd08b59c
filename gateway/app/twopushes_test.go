package app_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// pushedTwice is a payment whose first push ended in 4005 and whose second is pending, and
// the token of the first.
func (r *rig) pushedTwice() (id int64, first string) {
	r.Helper()
	id = r.mustAsk()
	first = r.tokenOf(id, 1)
	r.called(id, gateway.Proven, r.failed(1, "4005"))
	r.work(id)
	r.is(id, gateway.Pending)
	return id, first
}

// calledBy brings a callback to the push with a token.
func (r *rig) calledBy(token string, proof gateway.Proof, body []byte) {
	r.Helper()
	if _, err := r.TakeCallback(r.Context(), token, gateway.Origin{Remote: "192.0.2.1", Proof: proof}, body); err != nil {
		r.Fatal(err)
	}
}

// When both pushes of an order are paid, and M-PESA's query tells of one of them without a
// receipt, the other's receipt is a second payment, for a person to refund.
func TestTwoPushesThatAreBothPaid(t *testing.T) {
	const reason = "a second payment, of push "
	t.Run("the first by a query", func(t *testing.T) {
		r := newRig(t, nil)
		id, first := r.pushedTwice()
		r.claimedBy(first, r.paid(1, "UA1CCCCCCC", nil))
		r.daraja.says("0")
		r.work(id)
		r.is(id, gateway.Paid, "successful")
		r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
		r.listed(id, gateway.ReviewSettled, "a second receipt: receipt UA1BBBBBBB")
	})
	t.Run("the first by a query that was under way", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.mustAsk()
		r.during(id, "0", func() {
			r.called(id, gateway.Proven, r.failed(1, "4005"))
			r.clock.Advance(r.payment(id).DueAt.Sub(r.clock.Now()))
			if err := r.WorkPayment(t.Context(), id); err != nil { // the second push
				t.Error(err)
			}
		})
		if p := r.is(id, gateway.Paid, "successful"); p.CheckoutRequestID != checkoutID(1) {
			t.Errorf("paid by prompt %s", p.CheckoutRequestID)
		}
		r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
		r.listed(id, gateway.ReviewSettled, reason+"2")
	})
	t.Run("the second by a query", func(t *testing.T) {
		r := newRig(t, nil)
		id, first := r.pushedTwice()
		r.daraja.says("0")
		r.work(id)
		r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.listed(id, gateway.ReviewSettled, reason+"1")
	})
	t.Run("the second by its callback, the first by a query that was under way", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.mustAsk()
		r.during(id, "0", func() {
			r.called(id, gateway.Proven, r.failed(1, "4005"))
			r.clock.Advance(r.payment(id).DueAt.Sub(r.clock.Now()))
			if err := r.WorkPayment(t.Context(), id); err != nil {
				t.Error(err)
			}
			r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
		})
		r.is(id, gateway.Paid, "successful")
		r.listed(id, gateway.ReviewSettled, "a second payment: M-PESA's query says that prompt")
	})
}

// refusedLate orders, and answers the first push late, with a refusal; what happens meanwhile is up to the test.
func (r *rig) refusedLate(meanwhile func(token string)) error {
	pushed := false
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		if pushed {
			return
		}
		pushed = true
		meanwhile(token)
		r.daraja.pushErr = &gateway.PushError{Message: "System is busy"}
	}}
	_, err := r.ask("254708374149", "order-1")
	return err
}

// An order is answered "refused" only while no prompt is or comes to its customer.
func TestRefusalAfterAnotherPush(t *testing.T) {
	t.Run("the second push is out", func(t *testing.T) {
		r := newRig(t, nil)
		err := r.refusedLate(func(token string) {
			r.calledBy(token, gateway.Proven, r.failed(7, "4005"))
			r.clock.Advance(r.payment(1).DueAt.Sub(r.clock.Now()))
			if err := r.WorkPayment(t.Context(), 1); err != nil {
				t.Error(err)
			}
		})
		if gateway.CodeOf(err) != gateway.CodeUnanswered {
			t.Errorf("the order is answered %v", err)
		}
		if p := r.is(1, gateway.Pending); p.Pushes != 2 || p.Refusal != "" {
			t.Errorf("%d pushes, refusal %q", p.Pushes, p.Refusal)
		}
	})
	t.Run("M-PESA is asked before the second push", func(t *testing.T) {
		r := newRig(t, nil)
		err := r.refusedLate(func(token string) {
			r.calledBy(token, gateway.Proven, r.failed(7, "4005"))
			r.calledBy(token, gateway.Proven, []byte("x"))
			r.is(1, gateway.Pending)
		})
		if gateway.CodeOf(err) != gateway.CodeRefused {
			t.Errorf("the order is answered %v", err)
		}
		r.daraja.pushErr = nil
		r.daraja.says("4005")
		for !r.payment(1).DueAt.IsZero() {
			r.work(1)
		}
		if p := r.is(1, gateway.Failed, "failed"); p.Pushes != 1 {
			t.Errorf("%d pushes", p.Pushes)
		}
	})
}

// Callbacks without proof do not use up the questions of those with proof.
func TestQuestionsOfProvenCallbacks(t *testing.T) {
	for name, body := range map[string][]byte{
		"cut":         []byte(`{"Body":{"stkCallback":{`),
		"an odd code": wire{id: `"ws_CO_1"`, code: `"00"`, amount: "150"}.body(),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			for range 3 {
				r.called(id, gateway.Unproven, []byte("x"))
				r.work(id)
			}
			r.daraja.says("1037")
			r.work(id)
			r.is(id, gateway.PresumedFailed, "failed")
			r.called(id, gateway.Proven, body)
			r.daraja.says("0")
			r.work(id)
			r.is(id, gateway.Paid, "failed", "successful")
		})
	}
}

// A failed payment's question is about the push that the callback came for.
func TestFailedPaymentIsAskedAboutTheRightPush(t *testing.T) {
	r := newRig(t, nil)
	id, first := r.pushedTwice()
	r.called(id, gateway.Proven, r.failed(2, "1032"))
	r.daraja.says("4005")
	r.calledBy(first, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
	r.work(id)
	r.called(id, gateway.Proven, []byte(`{"Body":{`)) // of the second
	r.work(id)
	if got := strings.Join(r.daraja.asked, " "); got != "ws_CO_1 ws_CO_2" {
		t.Errorf("asked about %s", got)
	}
	r.called(id, gateway.Proven, []byte(`{"Body":{`))
	r.calledBy(first, gateway.Unproven, r.paid(1, "UA1CCCCCCC", nil)) // while M-PESA is asked about the second
	r.listed(id, gateway.ReviewSettled, "push 1: receipt UA1CCCCCCC for KES 150.00, without proof, and M-PESA is not asked about it")
	r.work(id)
	if got := r.daraja.asked; got[len(got)-1] != "ws_CO_2" {
		t.Errorf("asked about %v", got)
	}
}

// A payment that is asked about no more is not due, whatever came before its push was
// answered.
func TestNothingIsDueForWhatIsNotAskedAbout(t *testing.T) {
	for name, came := range map[string]func(*rig, string){
		"a claim": func(r *rig, token string) {
			w := genuine()
			w.id, w.phone = `"ws_CO_7"`, ""
			r.calledBy(token, gateway.Proven, w.body())
		},
		"a question, and a success": func(r *rig, token string) {
			r.calledBy(token, gateway.Proven, wire{id: `"ws_CO_7"`, code: `"00"`, bare: true}.body())
			r.calledBy(token, gateway.Proven, r.paid(7, "UA1AAAAAAA", nil))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			_ = r.refusedLate(func(token string) { came(r, token) })
			if p := r.payment(1); !p.DueAt.IsZero() {
				t.Errorf("the payment is %s and due at %s", p.State, p.DueAt)
			}
		})
	}
}

// An order whose money has come is not answered "refused", whatever M-PESA answers the push:
// its partner would order again.
func TestRefusalOfWhatIsPaid(t *testing.T) {
	r := newRig(t, nil)
	err := r.refusedLate(func(token string) { r.calledBy(token, gateway.Proven, r.paid(7, "UA1AAAAAAA", nil)) })
	if gateway.CodeOf(err) != gateway.CodeUnanswered {
		t.Errorf("the order is answered %v", err)
	}
	r.is(1, gateway.Paid, "successful")
	r.listed(1, gateway.ReviewSettled, "push 1 was refused although its customer paid")
	if again, err := r.ask("254708374149", "order-1"); err != nil || !again.Duplicate {
		t.Errorf("the same key is answered %+v, %v", again, err)
	}
}

// A receipt that was to be confirmed is not forgotten when another one settles the payment.
func TestClaimBesideAnotherSuccess(t *testing.T) {
	noPhone := func() []byte { w := genuine(); w.phone = ""; return w.body() }
	for name, before := range map[string]func(*rig, int64){
		"while it is confirmed":   func(*rig, int64) {},
		"when queries have ended": func(r *rig, id int64) { r.exhausted(id) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			r.called(id, gateway.Proven, noPhone())
			before(r, id)
			r.called(id, gateway.Proven, r.paid(1, "UA1BBBBBBB", nil))
			r.is(id, gateway.Paid, "successful")
			r.listed(id, gateway.ReviewSettled, "claims receipt UA1AAAAAAA")
		})
	}
	t.Run("of another push than the query is about", func(t *testing.T) {
		r := newRig(t, nil)
		id, first := r.pushedTwice()
		r.called(id, gateway.Proven, r.failed(2, "1032"))
		r.calledBy(first, gateway.Proven, noPhone())
		r.daraja.says("1")
		r.work(id)
		r.mustResolve(id, gateway.DecideAsIs, "")
		r.called(id, gateway.Proven, []byte("x"))
		r.daraja.says("0")
		r.work(id)
		if p := r.is(id, gateway.Paid, "failed", "successful"); p.Receipt != "" {
			t.Errorf("the receipt is %q", p.Receipt)
		}
		r.listed(id, gateway.ReviewSettled, "claims receipt UA1AAAAAAA")
	})
}

// What may be the payment of another push than the one that paid is for a person.
func TestWhatMayBeASecondPayment(t *testing.T) {
	for name, body := range map[string][]byte{
		"cut":               []byte(`{"Body":{`),
		"an odd code":       wire{id: `"ws_CO_1"`, code: `"00"`, bare: true}.body(),
		"without a receipt": wire{id: `"ws_CO_1"`, code: "0", bare: true}.body(),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
			r.calledBy(first, gateway.Proven, body)
			r.is(id, gateway.Paid, "successful")
			r.listed(id, gateway.ReviewSettled, "push 1: ")
		})
	}
}

// A declared code of an earlier push does not fail the payment.
func TestDeclaredCodeOfAnEarlierPush(t *testing.T) {
	r := newRig(t, nil)
	id, first := r.pushedTwice()
	r.calledBy(first, gateway.Proven, r.failed(1, "SFC_IC12"))
	if _, err := r.DeclareResult(t.Context(), gateway.Declaration{Code: "SFC_IC12", Outcome: gateway.DeclaredFailed, Note: "n", By: "jane"}, 0); err != nil {
		t.Fatal(err)
	}
	r.is(id, gateway.Pending)
}

// An answer that comes after an erasure brings the number back nowhere.
func TestAnswerAfterAnErasure(t *testing.T) {
	r := newRig(t, nil)
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		r.calledBy(token, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.delivered(1)
		if _, err := r.EraseCustomer(t.Context(), "254708374149"); err != nil {
			t.Error(err)
		}
	}}
	r.mustAsk()
	p := r.payment(1)
	if p.ErasedAt.IsZero() {
		t.Fatal("the customer is not erased")
	}
	if p.ReviewReason != "" {
		t.Errorf("the reason is %q", p.ReviewReason)
	}
}

// A claim without proof of a push that M-PESA has ended keeps neither the next prompt from
// the customer nor M-PESA from being asked about it.
func TestClaimWithoutProofOfAnEndedPush(t *testing.T) {
	for name, body := range map[string]func(*rig) []byte{
		"paid":           func(r *rig) []byte { return r.paid(1, "UA1AAAAAAA", nil) },
		"another amount": func(*rig) []byte { w := genuine(); w.amount = "1500"; return w.body() },
		"two receipts":   func(*rig) []byte { return twoReceipts() },
	} {
		t.Run(name+", before the next push", func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, "4005"))
			r.called(id, gateway.Unproven, body(r))
			r.is(id, gateway.Retrying)
			r.work(id)
			r.is(id, gateway.Pending)
		})
		t.Run(name+", after it", func(t *testing.T) {
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.calledBy(first, gateway.Unproven, body(r))
			r.is(id, gateway.Pending)
			r.called(id, gateway.Proven, []byte(`{"Body":{`)) // its own, spoilt
			r.daraja.says("0")
			r.work(id)
			if p := r.is(id, gateway.Paid, "successful"); p.ReviewReason != "" || p.CheckoutRequestID != checkoutID(2) {
				t.Errorf("prompt %s, reason %q", p.CheckoutRequestID, p.ReviewReason)
			}
		})
	}
}
