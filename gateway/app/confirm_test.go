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

// Which successes are credited on the callback's word, and which are asked about.
func TestWhichSuccessesAreConfirmed(t *testing.T) {
	tests := []struct {
		confirm gateway.Confirm
		proof   gateway.Proof
		state   gateway.State
		verdict string
	}{
		{gateway.ConfirmNever, gateway.Proven, gateway.Paid, gateway.VerdictApplied},
		{gateway.ConfirmNever, gateway.Unproven, gateway.Paid, gateway.VerdictApplied},
		{gateway.ConfirmUntrusted, gateway.Proven, gateway.Paid, gateway.VerdictApplied},
		{gateway.ConfirmUntrusted, gateway.Unproven, gateway.Confirming, gateway.VerdictUnproven},
		{"", gateway.Unproven, gateway.Confirming, gateway.VerdictUnproven},
		{gateway.ConfirmAlways, gateway.Proven, gateway.Confirming, gateway.VerdictUnproven},
		{gateway.ConfirmAlways, gateway.Unproven, gateway.Confirming, gateway.VerdictUnproven},
		{gateway.ConfirmNever, gateway.Refused, gateway.Pending, gateway.VerdictRefused},
		{gateway.ConfirmAlways, gateway.Refused, gateway.Pending, gateway.VerdictRefused},
	}
	for _, tt := range tests {
		t.Run(string(tt.confirm), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(g *gateway.Gateway) { g.Confirm = tt.confirm })
			id := r.mustAsk()
			verdict := r.called(id, tt.proof, r.paid(1, "UA1AAAAAAA", nil))
			unproven := tt.verdict == gateway.VerdictUnproven && tt.proof == gateway.Unproven
			if gateway.VerdictKind(verdict) != tt.verdict || strings.Contains(verdict, "without proof") != unproven {
				t.Errorf("verdict %q, want %q", verdict, tt.verdict)
			}
			var told []string
			if tt.state == gateway.Paid {
				told = []string{"successful"}
			}
			r.is(id, tt.state, told...)
			r.read(func(tx gateway.Tx) error {
				kept, err := tx.CallbacksOf(id, 0, 100)
				if len(kept) != 1 || kept[0].Verdict != verdict || kept[0].Remote != "192.0.2.1" {
					t.Errorf("kept %+v", kept)
				}
				return err
			})
		})
	}
}

// A success that must be confirmed changes nothing that the partner acts on: it sees
// pending, no receipt is claimed, no result is shown. The query decides.
func TestClaimWaitsForTheQuery(t *testing.T) {
	const receipt = "UA1AAAAAAA"
	begin := func(t *testing.T) (*rig, int64) {
		t.Helper()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.claimed(id, r.paid(1, receipt, nil))
		p := r.is(id, gateway.Confirming)
		if p.Claimed != receipt || p.Receipt != "" || p.ResultCode != "" || p.State.Status() != gateway.StatusPending {
			t.Errorf("on record as %+v", p)
		}
		if !p.WorkAt().Equal(noon) {
			t.Errorf("M-PESA is asked at %s, not at once", p.WorkAt())
		}
		return r, id
	}
	t.Run("paid", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		r.daraja.says("0")
		r.work(id)
		p := r.is(id, gateway.Paid, "successful")
		if p.Receipt != receipt || !p.TransactedAt.Equal(time.Date(2026, time.January, 1, 11, 59, 0, 0, time.UTC)) {
			t.Errorf("paid with receipt %q of %s", p.Receipt, p.TransactedAt)
		}
		r.called(id, gateway.Proven, r.paid(1, receipt, nil)) // the same again
		r.is(id, gateway.Paid, "successful")
	})
	t.Run("a failure contradicts it", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		r.daraja.says("1032")
		r.work(id)
		p := r.is(id, gateway.Review)
		if !strings.Contains(p.ReviewReason, receipt) || !strings.Contains(p.ReviewReason, "1032") {
			t.Errorf("the reason is %q", p.ReviewReason)
		}
	})
	t.Run("pending is asked again", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		r.work(id)
		r.is(id, gateway.Confirming)
		r.daraja.says("0")
		r.work(id)
		r.is(id, gateway.Paid, "successful")
		if len(r.daraja.asked) != 2 || r.clock.Now().Sub(noon) != 30*time.Second {
			t.Errorf("asked %d times, the last %s after the callback", len(r.daraja.asked), r.clock.Now().Sub(noon))
		}
	})
	t.Run("no answer ends with a person", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		r.daraja.askErr = errors.New("M-PESA answered 500")
		for range len(r.Waits.Query) + 1 {
			r.work(id)
		}
		p := r.is(id, gateway.Unresolved)
		if !strings.Contains(p.ReviewReason, receipt) || !strings.Contains(p.ReviewReason, "unconfirmed") {
			t.Errorf("the reason is %q", p.ReviewReason)
		}
		r.called(id, gateway.Proven, r.paid(1, receipt, nil))
		r.is(id, gateway.Paid, "successful")
	})
	t.Run("a callback with proof decides at once", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		r.called(id, gateway.Proven, r.paid(1, receipt, nil))
		r.is(id, gateway.Paid, "successful")
	})
	t.Run("the same without proof says nothing new", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		if got := r.called(id, gateway.Unproven, r.paid(1, receipt, nil)); got != gateway.VerdictDuplicate {
			t.Errorf("verdict %q", got)
		}
		r.is(id, gateway.Confirming)
	})
	t.Run("two receipts", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		r.claimed(id, r.paid(1, "UA1BBBBBBB", nil))
		r.is(id, gateway.Confirming)
		r.daraja.says("0")
		r.work(id)
		if p := r.is(id, gateway.Paid, "successful"); p.Receipt != receipt || !strings.Contains(p.ReviewReason, "UA1BBBBBBB") {
			t.Errorf("receipt %q, reason %q", p.Receipt, p.ReviewReason)
		}
	})
	t.Run("another payment's receipt", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		other := r.mustAsk()
		r.called(other, gateway.Proven, r.paid(2, receipt, nil))
		r.is(other, gateway.Paid, "successful") // the forger has not kept it from its owner
		r.daraja.says("0")
		r.work(id)
		if p := r.is(id, gateway.Review); !strings.Contains(p.ReviewReason, "already belongs to transaction") || p.Receipt != "" {
			t.Errorf("the reason is %q, the receipt %q", p.ReviewReason, p.Receipt)
		}
	})
}

// A receipt without proof is never the payment's, so that it stays free for the order that
// it belongs to.
func TestReceiptWithoutProofIsNotTaken(t *testing.T) {
	const forged, genuine = "UA1AAAAAAA", "UA1BBBBBBB"
	settles := map[string]func(*rig, int64){
		"confirmed by a query": func(r *rig, id int64) {
			r.called(id, gateway.Unproven, r.paid(1, forged, nil))
			r.daraja.says("0")
			r.work(id)
		},
		"confirmed late": func(r *rig, id int64) {
			r.called(id, gateway.Unproven, r.paid(1, forged, nil))
			r.exhausted(id)
			r.daraja.says("0")
			r.work(id)
		},
		"after a query has said so": func(r *rig, id int64) {
			r.daraja.says("0")
			r.work(id)
			r.called(id, gateway.Unproven, r.paid(1, forged, nil))
		},
		"after a failure": func(r *rig, id int64) {
			r.daraja.says("1037")
			r.work(id)
			r.called(id, gateway.Unproven, r.paid(1, forged, nil))
			r.daraja.says("0")
			r.work(id)
		},
	}
	for _, confirm := range []gateway.Confirm{gateway.ConfirmUntrusted, gateway.ConfirmAlways} {
		for name, settle := range settles {
			t.Run(fmt.Sprintf("%s, confirm %s", name, confirm), func(t *testing.T) {
				r := newRig(t, func(g *gateway.Gateway) { g.Confirm = confirm })
				id := r.mustAsk()
				settle(r, id)
				if p := r.payment(id); p.State != gateway.Paid || p.Receipt != "" || p.ReviewReason != "" {
					t.Fatalf("the payment is %s with receipt %q, reason %q", p.State, p.Receipt, p.ReviewReason)
				}
				r.Confirm = gateway.ConfirmUntrusted
				r.called(id, gateway.Proven, r.paid(1, genuine, nil))
				if p := r.payment(id); p.Receipt != genuine || p.ReviewReason != "" {
					t.Errorf("its own receipt gives %q, reason %q", p.Receipt, p.ReviewReason)
				}
				owner := r.mustAsk()
				r.called(owner, gateway.Proven, r.paid(2, forged, nil))
				if p := r.is(owner, gateway.Paid, "successful"); p.Receipt != forged {
					t.Errorf("the owner of the receipt has %q", p.Receipt)
				}
			})
		}
	}
}

// What an unproven success does to a payment that stands elsewhere.
func TestUnprovenSuccessElsewhere(t *testing.T) {
	t.Run("another amount", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 1 * daraja.Shilling }))
		r.is(id, gateway.Confirming)
		other := r.mustAsk()
		r.called(other, gateway.Proven, r.paid(2, "UA1AAAAAAA", nil))
		r.is(other, gateway.Paid, "successful")
		r.daraja.says("0")
		r.work(id)
		if p := r.is(id, gateway.Paid, "successful"); p.Receipt != "" || !strings.Contains(p.ReviewReason, "KES 1.00 was paid") {
			t.Errorf("receipt %q, reason %q", p.Receipt, p.ReviewReason)
		}
	})
	t.Run("reported as failed by a callback, and M-PESA has changed its mind", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Proven, r.failed(1, "1032"))
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
		r.is(id, gateway.Failed, "failed") // the partner is not told that it is pending again
		r.daraja.says("0")
		r.work(id)
		r.is(id, gateway.Paid, "failed", "successful")
	})
	t.Run("reported as failed by a callback, and it stays so", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Proven, r.failed(1, "1032"))
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
		r.daraja.says("1032")
		r.work(id)
		r.is(id, gateway.Failed, "failed")
		r.listed(id, gateway.ReviewSettled, "an unconfirmed callback says that the customer paid, M-PESA's query says ")
	})
	t.Run("reported as failed by a query, and M-PESA has changed its mind", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.daraja.says("1037")
		r.work(id)
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
		r.is(id, gateway.PresumedFailed, "failed") // the partner is not told that it is pending again
		r.daraja.says("0")
		r.work(id)
		r.is(id, gateway.Paid, "failed", "successful")
	})
	t.Run("reported as failed by a query, and it stays so", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.daraja.says("1037")
		r.work(id)
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
		r.work(id)
		r.is(id, gateway.PresumedFailed, "failed")
		r.listed(id, gateway.ReviewSettled, "an unconfirmed callback says that the customer paid, M-PESA's query says ")
	})
	t.Run("paid on a query's word: its receipt is not", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.daraja.says("0")
		r.work(id)
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
		if p := r.is(id, gateway.Paid, "successful"); p.Receipt != "" || p.ReviewReason != "" {
			t.Errorf("receipt %q, reason %q", p.Receipt, p.ReviewReason)
		}
	})
	t.Run("paid with another receipt", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.called(id, gateway.Unproven, r.paid(1, "UA1BBBBBBB", nil))
		if p := r.is(id, gateway.Paid, "successful"); p.Receipt != "UA1AAAAAAA" || !strings.Contains(p.ReviewReason, "UA1BBBBBBB") {
			t.Errorf("receipt %q, reason %q", p.Receipt, p.ReviewReason)
		}
	})
	t.Run("nobody knows the prompt: its own word is no way to ask", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
		if _, err := r.ask("254708374149", ""); gateway.CodeOf(err) != gateway.CodeUnanswered {
			t.Fatal(err)
		}
		// The forger names a prompt that was paid, for another payment.
		r.daraja.says("0")
		r.called(1, gateway.Unproven, r.paid(9, "UA1AAAAAAA", nil))
		r.is(1, gateway.Unknown)
		r.listed(1, gateway.ReviewUnknownPush, "no CheckoutRequestID")
		for r.payment(1).State == gateway.Unknown {
			r.work(1)
		}
		r.is(1, gateway.Unresolved)
		if len(r.daraja.asked) != 0 {
			t.Errorf("M-PESA was asked about %v", r.daraja.asked)
		}
	})
	t.Run("it overtakes the answer to its push, which says no", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
			if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: gateway.Unproven}, r.paid(1, "UA1AAAAAAA", nil)); err != nil {
				t.Error(err)
			}
		}}
		r.daraja.pushErr = &gateway.PushError{Message: "Wrong credentials"}
		_, _ = r.ask("254708374149", "")
		r.is(1, gateway.Review)
	})
	t.Run("it overtakes the answer to its push, which says yes", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
			if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: gateway.Unproven}, r.paid(1, "UA1AAAAAAA", nil)); err != nil {
				t.Error(err)
			}
		}}
		id := r.mustAsk()
		r.daraja.says("0")
		r.work(id)
		r.is(id, gateway.Paid, "successful")
	})
}

// Callbacks with tokens that nobody made are kept up to a limit; those for payments
// always are.
func TestStrangersAreKeptWithinALimit(t *testing.T) {
	r := newRig(t, func(g *gateway.Gateway) { g.Strangers = 3 })
	id := r.mustAsk()
	stranger := func() string {
		t.Helper()
		verdict, err := r.TakeCallback(t.Context(), strings.Repeat("0", 32), gateway.Origin{}, []byte("{}"))
		if err != nil {
			t.Fatal(err)
		}
		return verdict
	}
	for n := range 10 {
		want := gateway.VerdictNobody
		if n >= 3 {
			want = gateway.VerdictDropped
		}
		if got := stranger(); got != want {
			t.Errorf("the %dth: %q, want %q", n+1, got, want)
		}
	}
	if got := r.called(id, gateway.Proven, r.failed(1, "1032")); got != gateway.VerdictApplied {
		t.Errorf("during the flood a true one is %q", got)
	}
	r.clock.Advance(time.Minute)
	if got := stranger(); got != gateway.VerdictNobody {
		t.Errorf("a minute later: %q", got)
	}
	r.read(func(tx gateway.Tx) error {
		kept, err := tx.CallbacksOf(0, 0, 100)
		if len(kept) != 4 {
			t.Errorf("%d are kept, want 4", len(kept))
		}
		return err
	})
}

// What M-PESA's own callback says of its receipt counts, whatever came with the same receipt
// before it, without proof or from an address that is refused.
func TestReceiptIsThatOfTheCallbackWithProof(t *testing.T) {
	for name, proof := range map[string]gateway.Proof{"without proof": gateway.Unproven, "refused": gateway.Refused} {
		t.Run(name+", of another prompt", func(t *testing.T) {
			r := newRig(t, func(g *gateway.Gateway) { g.Confirm = gateway.ConfirmAlways })
			id := r.mustAsk()
			r.called(id, proof, r.paid(9, "UA1AAAAAAA", nil))
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			r.daraja.says("0")
			r.finish(id)
			if p := r.payment(id); p.Receipt != "UA1AAAAAAA" {
				t.Errorf("%s with receipt %q: %q", p.State, p.Receipt, p.ReviewReason)
			}
		})
		t.Run(name+", before the answer to the push", func(t *testing.T) {
			r := newRig(t, func(g *gateway.Gateway) { g.Confirm = gateway.ConfirmAlways })
			r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
				r.calledBy(token, proof, r.paid(9, "UA1AAAAAAA", nil))
				r.calledBy(token, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			}}
			id := r.mustAsk()
			r.daraja.says("0")
			r.finish(id)
			if p := r.payment(id); p.Receipt != "UA1AAAAAAA" {
				t.Errorf("%s with receipt %q: %q", p.State, p.Receipt, p.ReviewReason)
			}
		})
		t.Run(name+", for another push", func(t *testing.T) {
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.calledBy(first, proof, r.paid(1, "UA1AAAAAAA", nil))
			r.claimed(id, r.paid(2, "UA1AAAAAAA", nil))
			for r.payment(id).State != gateway.Unresolved {
				r.work(id)
			}
			r.mustResolve(id, gateway.DecidePaid, "UA1AAAAAAA")
			if p := r.payment(id); p.CheckoutRequestID != checkoutID(2) {
				t.Errorf("the payment has prompt %q", p.CheckoutRequestID)
			}
		})
	}
}
