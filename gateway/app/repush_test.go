package app_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// Another push that M-PESA asked for is made within ten minutes of the push before. After that
// the customer is not prompted any more, and the payment has failed.
func TestRepushHasAnAge(t *testing.T) {
	for _, tt := range []struct {
		name   string
		after  time.Duration
		pushes int
		state  gateway.State
		told   []string
	}{
		{"at once", 0, 2, gateway.Pending, nil},
		{"after ten minutes", 10 * time.Minute, 2, gateway.Pending, nil},
		{"after more than ten minutes", 10*time.Minute + time.Second, 1, gateway.Failed, []string{"failed"}},
		{"after five days", 5 * 24 * time.Hour, 1, gateway.Failed, []string{"failed"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, "4005"))
			r.clock.Advance(tt.after) // the gateway is down
			r.work(id)
			if p := r.is(id, tt.state, tt.told...); r.daraja.pushes != tt.pushes || p.ResultCode != "4005" {
				t.Errorf("%d pushes, result %q", r.daraja.pushes, p.ResultCode)
			}
		})
	}
}

// A claim with proof of an earlier push holds the next prompt. When M-PESA denies it, the
// customer gets no other prompt: the two contradict each other, so a person must look.
func TestDeniedClaimHoldsTheNextPrompt(t *testing.T) {
	for _, order := range []string{"the claim, then 4005", "4005, then the claim", "denied, then 4005"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			claim := func() { r.claimedBy(first, r.paid(1, "UA1CCCCCCC", nil)) }
			again := func() { r.called(id, gateway.Proven, r.failed(2, "4005")) }
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "1032"}
			switch order {
			case "the claim, then 4005":
				claim()
				again()
			case "4005, then the claim":
				again()
				claim()
			default:
				claim()
				r.work(id)
				r.is(id, gateway.Pending)
				again()
			}
			r.finish(id)
			if r.is(id, gateway.Review); r.daraja.pushes != 2 {
				t.Errorf("%d pushes", r.daraja.pushes)
			}
			r.listed(id, gateway.ReviewContradiction, "push 1: an unconfirmed callback says that receipt UA1CCCCCCC paid")
		})
	}
}

// A claim that M-PESA does not answer is shown to a person when the usual queries are over.
// Until then the payment is worked on a few times only.
func TestClaimWithoutAnAnswerHoldsTheNextPrompt(t *testing.T) {
	r := newRig(t, nil)
	id, first := r.pushedTwice()
	r.claimedBy(first, r.paid(1, "UA1CCCCCCC", nil))
	r.called(id, gateway.Proven, r.failed(2, "4005"))
	since, works := r.clock.Now(), 0
	for r.payment(id).ReviewAt.IsZero() {
		if works++; works > 30 {
			t.Fatalf("after %s it is not listed", r.clock.Now().Sub(since))
		}
		r.work(id)
	}
	if took := r.clock.Now().Sub(since); took > ladder {
		t.Errorf("listed after %s", took)
	}
	r.finish(id)
	if r.is(id, gateway.Unresolved); r.daraja.pushes != 2 {
		t.Errorf("%d pushes", r.daraja.pushes)
	}
}

// A success of an earlier push that came spoilt, with proof, holds the next prompt until
// M-PESA has said that it is paid.
func TestSpoiltSuccessHoldsTheNextPrompt(t *testing.T) {
	for name, body := range map[string]func(*rig) []byte{
		"cut":              func(r *rig) []byte { b := r.paid(1, "UA1AAAAAAA", nil); return b[:len(b)*2/3] },
		"an odd code":      func(*rig) []byte { return wire{id: `"ws_CO_1"`, code: `"00"`, bare: true}.body() },
		"without metadata": func(*rig) []byte { return bareSuccess(1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0"}
			r.called(id, gateway.Proven, r.failed(2, "4005"))
			r.calledBy(first, gateway.Proven, body(r))
			r.finish(id)
			if p := r.is(id, gateway.Paid, "successful"); r.daraja.pushes != 2 || p.CheckoutRequestID != checkoutID(1) {
				t.Errorf("%d pushes, paid by prompt %s", r.daraja.pushes, p.CheckoutRequestID)
			}
		})
	}
}

// While M-PESA is asked about a push that a callback with proof calls paid, the customer
// gets no other prompt.
func TestNoPushBesideAClaim(t *testing.T) {
	for answer, want := range map[daraja.ResultCode]gateway.State{"0": gateway.Paid, "4005": gateway.Retrying} {
		t.Run(string(answer), func(t *testing.T) {
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.called(id, gateway.Proven, r.failed(2, "4005"))
			r.is(id, gateway.Retrying)
			r.claimedBy(first, r.paid(1, "UA1AAAAAAA", nil))
			r.daraja.answer = nil // not yet
			for range 3 {
				r.work(id)
			}
			if r.is(id, gateway.Retrying); r.daraja.pushes != 2 {
				t.Fatalf("%d pushes", r.daraja.pushes)
			}
			r.daraja.says(answer)
			for r.daraja.pushes == 2 && r.payment(id).State == gateway.Retrying && !r.payment(id).InquiryAt.IsZero() {
				r.work(id)
			}
			if p := r.payment(id); p.State != want {
				t.Errorf("the payment is %s", p.State)
			}
		})
	}
}

// When M-PESA does not say whether a push with a claim was paid, the customer gets no other
// prompt, and a person must look. Its later word still counts.
func TestClaimThatIsNotAnsweredEndsThePushes(t *testing.T) {
	r := newRig(t, nil)
	id, first := r.pushedTwice()
	r.called(id, gateway.Proven, r.failed(2, "4005"))
	r.claimedBy(first, r.paid(1, "UA1AAAAAAA", nil))
	for n := 0; r.payment(id).State == gateway.Retrying; n++ {
		if n > 40 {
			t.Fatal("it waits for ever")
		}
		r.work(id)
	}
	r.is(id, gateway.Unresolved)
	r.listed(id, gateway.ReviewNoResult, "push 1: an unconfirmed callback says that receipt UA1AAAAAAA paid")
	if r.daraja.pushes != 2 {
		t.Errorf("%d pushes", r.daraja.pushes)
	}
	r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "0"}
	for r.payment(id).State != gateway.Paid {
		r.work(id)
	}
	if p := r.is(id, gateway.Paid, "successful"); p.Receipt != "UA1AAAAAAA" {
		t.Errorf("receipt %q", p.Receipt)
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
			r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "4005", checkoutID(2): "0"}
			r.work(id)
			r.work(id)
			if p := r.is(id, gateway.Paid, "successful"); p.ReviewReason != "" || p.CheckoutRequestID != checkoutID(2) {
				t.Errorf("prompt %s, reason %q", p.CheckoutRequestID, p.ReviewReason)
			}
		})
	}
}
