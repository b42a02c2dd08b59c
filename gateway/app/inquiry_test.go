package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// finish does all that is due for a payment, until nothing is.
func (r *rig) finish(id int64) *gateway.Payment {
	r.Helper()
	for range 200 {
		p := r.payment(id)
		if p.WorkAt().IsZero() {
			return p
		}
		r.work(id)
	}
	r.Fatal("the work on the payment does not end")
	return nil
}

// oddCode is a success at the nth prompt with a receipt and a code that is none of M-PESA's.
func oddCode(n int, receipt string) []byte {
	w := genuine()
	w.id, w.code, w.receipt = fmt.Sprintf("%q", checkoutID(n)), `"00"`, fmt.Sprintf("%q", receipt)
	return w.body()
}

// bareSuccess is a success at the nth prompt without metadata.
func bareSuccess(n int) []byte {
	return wire{id: fmt.Sprintf("%q", checkoutID(n)), code: "0", bare: true}.body()
}

// A claim without proof does not take the place of a question with proof about the same
// push: when M-PESA does not answer, a person must look.
func TestClaimWithoutProofBesideAQuestionWithProof(t *testing.T) {
	question := func(r *rig, token string) {
		r.calledBy(token, gateway.Proven, []byte(`{"Body":{"stkCallback":{"MerchantRequestID":"29115-1-1","Checkou`))
	}
	claim := func(r *rig, token string) { r.calledBy(token, gateway.Unproven, bareSuccess(1)) }
	for name, came := range map[string][]func(*rig, string){
		"the question first": {question, claim},
		"the claim first":    {claim, question},
		"the question alone": {question},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
			for _, f := range came {
				f(r, first)
			}
			r.finish(id)
			r.is(id, gateway.Paid, "successful")
			r.listed(id, gateway.ReviewSettled, "push 1: a callback came that cannot be read")
		})
	}
	t.Run("the claim alone", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id, first := r.pushedTwice()
		r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
		claim(r, first)
		if p := r.finish(id); !p.ReviewAt.IsZero() || len(r.daraja.asked) != len(r.Waits.Query)+1 {
			t.Errorf("%d queries, reason %q", len(r.daraja.asked), p.ReviewReason)
		}
	})
}

// A receipt that is being asked about is not forgotten when a complete success of the same
// push brings another one.
func TestClaimBesideAnotherReceiptOfItsPush(t *testing.T) {
	for name, begin := range map[string]func(*rig) (id int64, token string, told []string){
		"pending": func(r *rig) (int64, string, []string) {
			id := r.mustAsk()
			return id, r.token(id), []string{"successful"}
		},
		"failed": func(r *rig) (int64, string, []string) {
			id := r.failedBy(gateway.Failed)
			return id, r.token(id), []string{"failed", "successful"}
		},
		"of an earlier push": func(r *rig) (int64, string, []string) {
			id, first := r.pushedTwice()
			return id, first, []string{"successful"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id, token, told := begin(r)
			r.calledBy(token, gateway.Proven, oddCode(1, "UA1BBBBBBB"))
			r.calledBy(token, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			r.daraja.says("0")
			r.finish(id)
			if p := r.is(id, gateway.Paid, told...); p.Receipt != "UA1AAAAAAA" {
				t.Errorf("receipt %q", p.Receipt)
			}
			r.listed(id, gateway.ReviewSettled, "claims receipt UA1BBBBBBB")
		})
	}
}

// A push without a CheckoutRequestID cannot be asked about. When another push has paid, a
// claim of it with proof is for a person.
func TestClaimOfAPushWithoutAPromptBesideAnotherSuccess(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	first := r.tokenOf(id, 1)
	r.called(id, gateway.Proven, r.failed(1, "4005"))
	r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
	r.work(id)
	r.is(id, gateway.Unknown)
	r.claimedBy(first, r.paid(1, "UA1AAAAAAA", nil))
	r.claimed(id, bareSuccess(2))
	r.is(id, gateway.Confirming)
	r.daraja.says("0")
	r.finish(id)
	if p := r.is(id, gateway.Paid, "successful"); p.Receipt != "UA1AAAAAAA" || fmt.Sprint(r.daraja.asked) != "[ws_CO_1]" {
		t.Errorf("receipt %q, asked about %v", p.Receipt, r.daraja.asked)
	}
	r.listed(id, gateway.ReviewSettled, "push 2: an unconfirmed callback says that the customer paid, and the answer to push 2 is not known")
}

// A person resolves a payment while a query about the claim of an earlier push is under way.
// What the query denies is dealt with; that the customer paid is news.
func TestResolutionDuringAnInquiry(t *testing.T) {
	const second = "prompt \"ws_CO_1\" was paid, too, with receipt UA1AAAAAAA"
	for _, tt := range []struct {
		as      gateway.Decision
		receipt string
		answer  daraja.ResultCode
		ends    gateway.State
		has     string // receipt
		told    []string
		reason  string // "" when no person must look
	}{
		{gateway.DecideFailed, "", "0", gateway.Paid, "UA1AAAAAAA", []string{"failed", "successful"}, ""},
		{gateway.DecideFailed, "", "1032", gateway.Failed, "", []string{"failed"}, ""},
		{gateway.DecidePaid, "UA1BBBBBBB", "0", gateway.Paid, "UA1BBBBBBB", []string{"successful"}, second},
		{gateway.DecidePaid, "UA1BBBBBBB", "1032", gateway.Paid, "UA1BBBBBBB", []string{"successful"}, ""},
	} {
		t.Run(fmt.Sprintf("%s, and M-PESA says %s", tt.as, tt.answer), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.claimedBy(first, r.paid(1, "UA1AAAAAAA", nil))
			r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", func(cb *daraja.STKCallback) { cb.Payment.Amount = 100 }))
			r.is(id, gateway.Review)
			r.during(id, tt.answer, func() {
				if err := r.resolve(id, tt.as, tt.receipt); err != nil {
					t.Error(err)
				}
			})
			r.finish(id)
			if p := r.is(id, tt.ends, tt.told...); p.Receipt != tt.has || tt.reason == "" && !p.ReviewAt.IsZero() {
				t.Errorf("receipt %q, reason %q", p.Receipt, p.ReviewReason)
			}
			if tt.reason != "" {
				r.listed(id, gateway.ReviewSettled, tt.reason)
			}
		})
	}
}

// The inquiry of a push quotes what a callback names, which may be the number of another
// customer. Its digits are masked, so an erasure of that customer has nothing to find there.
func TestInquiryMasksNumbers(t *testing.T) {
	const number = "711222333"
	r := newRig(t, nil)
	id, first := r.pushedTwice()
	r.calledBy(first, gateway.Unproven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.CheckoutRequestID = "ws_CO_01012026120000" + number }))
	r.read(func(tx gateway.Tx) error {
		pushes, err := tx.PushesOf(id)
		if len(pushes) != 2 || !strings.Contains(pushes[0].Inquiry.What, "the callback names prompt") {
			t.Errorf("the pushes are %+v", pushes)
		}
		if kept := fmt.Sprintf("%+v %+v", pushes, *r.payment(id)); strings.Contains(kept, number) {
			t.Errorf("the number is kept: %s", kept)
		}
		found, _, also := tx.PaymentsWith(number, 0, 10)
		if len(found) != 0 || also != nil {
			t.Errorf("payments with the number: %v, %v", found, also)
		}
		return err
	})
}
