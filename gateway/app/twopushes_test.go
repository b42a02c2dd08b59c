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
			r.clock.Advance(r.payment(id).WorkAt().Sub(r.clock.Now()))
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
			r.clock.Advance(r.payment(id).WorkAt().Sub(r.clock.Now()))
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
			r.clock.Advance(r.payment(1).WorkAt().Sub(r.clock.Now()))
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
		if gateway.CodeOf(err) != gateway.CodeUnanswered { // a callback shows that there was a prompt
			t.Errorf("the order is answered %v", err)
		}
		r.daraja.pushErr = nil
		r.daraja.says("4005")
		r.finish(1)
		if p := r.is(1, gateway.PresumedFailed, "failed"); p.Pushes != gateway.PolicyFor("4005").MaxPushes {
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
	r.daraja.asked = nil
	r.called(id, gateway.Proven, []byte(`{"Body":{`))
	r.calledBy(first, gateway.Unproven, r.paid(1, "UA1CCCCCCC", nil)) // while M-PESA is to be asked about the second
	r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0"}
	r.work(id)
	r.work(id)
	if got := strings.Join(r.daraja.asked, " "); got != "ws_CO_1 ws_CO_2" {
		t.Errorf("asked about %s", got)
	}
	if p := r.is(id, gateway.Paid, "failed", "successful"); p.CheckoutRequestID != checkoutID(1) || p.Receipt != "" {
		t.Errorf("prompt %s, receipt %q", p.CheckoutRequestID, p.Receipt)
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
			if p := r.payment(1); !p.WorkAt().IsZero() {
				t.Errorf("the payment is %s and due at %s", p.State, p.WorkAt())
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

// The refusal of a push whose payment another push has paid is no contradiction.
func TestRefusalBesideAnotherSuccess(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	first := r.tokenOf(id, 1)
	r.called(id, gateway.Proven, r.failed(1, "4005"))
	r.Daraja = &overtaken{scripted: r.daraja, before: func(string) {
		r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.daraja.pushErr = &gateway.PushError{Message: "System is busy"}
	}}
	r.work(id)
	if p := r.is(id, gateway.Paid, "successful"); p.ReviewReason != "" || p.Pushes != 2 {
		t.Errorf("%d pushes, reason %q", p.Pushes, p.ReviewReason)
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
		r.work(id)
		r.listed(id, gateway.ReviewSettled, "M-PESA's query says that prompt \"ws_CO_1\" was paid, too")
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
			r.daraja.says("0")
			r.work(id)
			r.is(id, gateway.Paid, "successful")
			r.listed(id, gateway.ReviewSettled, "M-PESA's query says that prompt \"ws_CO_1\" was paid, too")
		})
		t.Run(name+", and M-PESA does not say", func(t *testing.T) {
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
			r.calledBy(first, gateway.Proven, body)
			for range len(r.Waits.Query) + 1 {
				r.work(id)
			}
			r.is(id, gateway.Paid, "successful")
			r.listed(id, gateway.ReviewSettled, "push 1: ")
		})
		t.Run(name+", before the other push paid", func(t *testing.T) {
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			second := r.tokenOf(id, 2)
			r.calledBy(second, gateway.Proven, []byte(strings.ReplaceAll(string(body), "ws_CO_1", "ws_CO_2")))
			r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			r.is(id, gateway.Paid, "successful")
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(2): "0"}
			r.work(id)
			r.listed(id, gateway.ReviewSettled, "M-PESA's query says that prompt \"ws_CO_2\" was paid, too")
		})
	}
}

// Once another push has paid, the end of the latest one is no contradiction.
func TestFailureBesideAnotherSuccess(t *testing.T) {
	r := newRig(t, nil)
	id, first := r.pushedTwice()
	r.calledBy(first, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
	r.called(id, gateway.Proven, r.failed(2, "1032"))
	if p := r.is(id, gateway.Paid, "successful"); p.ReviewReason != "" {
		t.Errorf("the reason is %q", p.ReviewReason)
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

// An answer that comes after an erasure brings the number back nowhere: M-PESA's ids end
// with it.
func TestAnswerAfterAnErasure(t *testing.T) {
	const number = "708374149"
	r := newRig(t, nil)
	r.daraja.named = "ws_CO_01012026120000123" + number
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		r.calledBy(token, gateway.Proven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.CheckoutRequestID = r.daraja.named }))
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
	r.read(func(tx gateway.Tx) error {
		pushes, err := tx.PushesOf(p.ID)
		if len(pushes) != 1 || pushes[0].CheckoutRequestID == "" {
			t.Errorf("the pushes are %+v", pushes)
		}
		callbacks, also := tx.CallbacksOf(p.ID, 0, 100)
		if kept := fmt.Sprintf("%+v %+v %s", *p, pushes, bodies(callbacks)); strings.Contains(kept, number) {
			t.Errorf("the number is kept: %s", kept)
		}
		return errors.Join(err, also)
	})
}

func bodies(callbacks []gateway.Callback) (all []string) {
	for _, c := range callbacks {
		all = append(all, string(c.Body))
	}
	return all
}

// The late refusal of a push that counts as lost is no answer for the partner, whose same order
// may have been answered otherwise meanwhile.
func TestRefusalOfALostPush(t *testing.T) {
	for _, code := range []daraja.ResultCode{"1032", "4005"} {
		t.Run(string(code), func(t *testing.T) {
			r := newRig(t, nil)
			var during error
			first := r.refusedLate(func(token string) {
				r.clock.Advance(2 * time.Minute)
				if err := r.WorkPayment(t.Context(), 1); err != nil {
					t.Error(err)
				}
				r.calledBy(token, gateway.Proven, r.failed(7, code))
				_, during = r.ask("254708374149", "order-1")
			})
			_, after := r.ask("254708374149", "order-1")
			if during == nil && (gateway.CodeOf(first) == gateway.CodeRefused || gateway.CodeOf(after) == gateway.CodeRefused) {
				t.Errorf("one key, three answers: 200, %v, %v", first, after)
			}
		})
	}
}
