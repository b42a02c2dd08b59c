package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// oddSuccess is a success whose code is none of M-PESA's, so that a query must confirm it.
func oddSuccess(receipt string) []byte {
	w := genuine()
	w.code, w.receipt = `"00"`, `"`+receipt+`"`
	return w.body()
}

// settled works on a payment until nothing is due.
func (r *rig) settled(id int64) *gateway.Payment {
	r.Helper()
	for n := 0; !r.payment(id).WorkAt().IsZero(); n++ {
		if n > 300 {
			r.Fatalf("the work on payment %d does not end", id)
		}
		r.work(id)
	}
	return r.payment(id)
}

// A receipt that M-PESA did not confirm is listed until a person has looked at it, whatever
// settles the payment.
func TestListedReceiptStaysListed(t *testing.T) {
	const claimed = "UA1BBBBBBB"
	starts := map[string]func(*rig) int64{
		"failed":          func(r *rig) int64 { return r.failedBy(gateway.Failed) },
		"presumed failed": func(r *rig) int64 { return r.failedBy(gateway.PresumedFailed) },
		"refused": func(r *rig) int64 {
			r.daraja.pushErr = &gateway.PushError{Message: "Merchant does not exist"}
			_, _ = r.ask("254708374149", "")
			return 1
		},
	}
	comes := map[string]func(*rig, int64){
		"a success with another receipt": func(r *rig, id int64) { r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil)) },
		"a failure":                      func(r *rig, id int64) { r.called(id, gateway.Proven, r.failed(1, "1")) },
		"what cannot be read":            func(r *rig, id int64) { r.called(id, gateway.Proven, []byte(`{"Body`)) },
		"a claim without proof, and M-PESA says paid": func(r *rig, id int64) {
			r.daraja.says("0")
			r.called(id, gateway.Unproven, wire{id: `"ws_CO_1"`, code: "0", bare: true}.body())
		},
	}
	for start, begin := range starts {
		for what, come := range comes {
			for _, answer := range []daraja.ResultCode{"1032", ""} {
				t.Run(fmt.Sprintf("%s, the query says %q, then %s", start, answer, what), func(t *testing.T) {
					r := newRig(t, nil)
					id := begin(r)
					r.called(id, gateway.Proven, oddSuccess(claimed))
					if r.daraja.answer = nil; answer != "" {
						r.daraja.says(answer)
					}
					if p := r.settled(id); p.ReviewAt.IsZero() || !strings.Contains(p.ReviewReason, claimed) {
						t.Fatalf("it is not listed: %q", p.ReviewReason)
					}
					come(r, id)
					p := r.settled(id)
					if listed := !p.ReviewAt.IsZero() && strings.Contains(p.ReviewReason, claimed); p.Receipt != claimed && !listed {
						t.Errorf("%s with receipt %q, in review since %s: %q", p.State, p.Receipt, p.ReviewAt, p.ReviewReason)
					}
				})
			}
		}
	}
}

// A body that came without proof, or from an address that is not allowed, was no reason that
// a person saw. With proof it is news after a resolution, too.
func TestCopyThatNoPersonHasSeen(t *testing.T) {
	for name, proof := range map[string]gateway.Proof{"refused": gateway.Refused, "without proof": gateway.Unproven} {
		for _, amount := range []string{"100", "150"} {
			for _, as := range []gateway.Decision{gateway.DecideFailed, gateway.DecidePaid} {
				t.Run(fmt.Sprintf("%s, KES %s, resolved as %s", name, amount, as), func(t *testing.T) {
					r := newRig(t, nil)
					id := r.mustAsk()
					w := genuine()
					w.receipt, w.amount = `"UA1CCCCCCC"`, amount
					r.called(id, proof, w.body())
					r.settled(id)
					receipt := ""
					if as == gateway.DecidePaid {
						receipt = "UA1BBBBBBB"
					}
					r.mustResolve(id, as, receipt)
					verdict := r.called(id, gateway.Proven, w.body())
					p := r.settled(id)
					if p.ReviewAt.IsZero() && p.Receipt != "UA1CCCCCCC" {
						t.Errorf("the receipt is nowhere; the verdict is %q", verdict)
					}
				})
			}
		}
	}
}

// A claim that only the inquiry of its push notes is kept however many callbacks came.
func TestClaimBeyondTheLimitIsKept(t *testing.T) {
	r := newRig(t, nil)
	_, first := r.pushedTwice()
	r.calledBy(first, gateway.Proven, []byte(`{"Body":{"stkCallback":{`)) // M-PESA is asked about it
	for range 1010 {
		r.calledBy(first, gateway.Proven, r.failed(1, "4005"))
	}
	verdict, err := r.TakeCallback(t.Context(), first, gateway.Origin{Remote: "192.0.2.1"}, oddSuccess("UA1BBBBBBB"))
	if err != nil || verdict == gateway.VerdictExcess {
		t.Errorf("it is %q, %v", verdict, err)
	}
}

// M-PESA's 4005 that the gateway learns of long after the push brings no other prompt.
func TestLate4005BringsNoPrompt(t *testing.T) {
	learns := map[string]func(*rig, int64){
		"by a query": func(r *rig, id int64) {
			r.daraja.says("4005")
			r.work(id)
		},
		"by a callback": func(r *rig, id int64) { r.called(id, gateway.Proven, r.failed(1, "4005")) },
	}
	for name, learn := range learns {
		for _, after := range []time.Duration{20 * time.Minute, 25 * time.Hour, 5 * 24 * time.Hour} {
			t.Run(fmt.Sprintf("%s, %s later", name, after), func(t *testing.T) {
				r := newRig(t, nil)
				id := r.mustAsk()
				r.clock.Advance(after)
				learn(r, id)
				if p := r.settled(id); p.State != gateway.Failed || r.daraja.pushes != 1 {
					t.Errorf("%s after %d pushes", p.State, r.daraja.pushes)
				}
			})
		}
	}
	t.Run("held by a question that M-PESA does not answer", func(t *testing.T) {
		r := newRig(t, nil)
		id, first := r.pushedTwice()
		r.called(id, gateway.Proven, r.failed(2, "4005"))
		r.calledBy(first, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
		if r.settled(id); r.daraja.pushes != 2 {
			t.Errorf("%d pushes", r.daraja.pushes)
		}
	})
}
