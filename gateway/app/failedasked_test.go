package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/darajabox/darajabox/gateway"
)

// unreadable are bodies that are no callback as they came, though they may have been one.
func (r *rig) unreadable() map[string][]byte {
	body := r.paid(1, "UA1AAAAAAA", nil)
	var wide []byte
	for _, u := range utf16.Encode([]rune(string(body))) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	return map[string][]byte{
		"a byte order mark": append([]byte("\ufeff"), body...),
		"UTF-16":            append([]byte{0xff, 0xfe}, wide...),
		"gzip":              {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, 0, 0},
		"an array":          fmt.Appendf(nil, "[%s]", body),
		"a text":            fmt.Appendf(nil, "%q", body),
		"cut":               body[:len(body)/2],
		"form-encoded":      []byte("Body=%7B%22stkCallback%22%3A%7B%7D%7D"),
		"empty":             {},
	}
}

// A body that cannot be read may have been a result, so M-PESA is asked what it was. It is
// acknowledged, kept, and called what it is.
func TestUnreadableCallbackIsAskedAbout(t *testing.T) {
	for name := range (&rig{T: t, Gateway: &gateway.Gateway{}}).unreadable() {
		for _, proof := range []gateway.Proof{gateway.Proven, gateway.Unproven} {
			t.Run(fmt.Sprintf("%s, %d", name, proof), func(t *testing.T) {
				r := newRig(t, nil)
				id := r.mustAsk()
				verdict := r.called(id, proof, r.unreadable()[name])
				if p := r.is(id, gateway.Pending); gateway.VerdictKind(verdict) != gateway.VerdictMalformed || !p.WorkAt().Equal(noon.Add(5*time.Second)) {
					t.Errorf("verdict %q, M-PESA is asked %s later", verdict, p.WorkAt().Sub(noon))
				}
				r.daraja.says("0")
				r.work(id)
				if p := r.is(id, gateway.Paid, "successful"); p.ReviewReason != "" || p.Receipt != "" {
					t.Errorf("receipt %q, reason %q", p.Receipt, p.ReviewReason)
				}
			})
		}
	}
}

// Where M-PESA cannot be asked, a person must look, unless the body has no proof.
func TestUnreadableCallbackThatCannotBeAskedAbout(t *testing.T) {
	const reason = "a callback came that cannot be read"
	for name, begin := range map[string]func(*rig) int64{
		"an unknown push": (*rig).unanswered,
		"a refused push": func(r *rig) int64 {
			r.daraja.pushErr = &gateway.PushError{Message: "Merchant does not exist"}
			if _, err := r.ask("254708374149", ""); gateway.CodeOf(err) != gateway.CodeRefused {
				r.Fatal(err)
			}
			return 1
		},
	} {
		for _, proof := range []gateway.Proof{gateway.Proven, gateway.Unproven} {
			t.Run(fmt.Sprintf("%s, %d", name, proof), func(t *testing.T) {
				r := newRig(t, nil)
				id := begin(r)
				state := r.payment(id).State
				r.called(id, proof, []byte("\x1f\x8b"))
				p := r.is(id, state)
				if listed := strings.Contains(p.ReviewReason, reason) && !p.ReviewAt.IsZero(); listed != (proof == gateway.Proven) {
					t.Errorf("since %s: %q", p.ReviewAt, p.ReviewReason)
				}
				for range len(r.Waits.Query) + 1 { // in vain
					if p := r.payment(id); p.WorkAt().IsZero() {
						break
					}
					r.work(id)
				}
				if len(r.daraja.asked) != 0 {
					t.Errorf("M-PESA was asked about %v", r.daraja.asked)
				}
				r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
				if p := r.is(id, gateway.Paid, "successful"); p.ReviewReason != "" || !p.ReviewAt.IsZero() {
					t.Errorf("paid, and still %q", p.ReviewReason)
				}
			})
		}
	}
}

// failedBy makes a payment that has failed by a callback, or by a query.
func (r *rig) failedBy(state gateway.State) int64 {
	r.Helper()
	id := r.mustAsk()
	if state == gateway.Failed {
		r.called(id, gateway.Proven, r.failed(1, "1032"))
	} else {
		r.daraja.says("1037")
		r.work(id)
	}
	r.is(id, state, "failed")
	r.daraja.asked = nil
	return id
}

// What comes to a failed payment without proof has M-PESA asked, while the payment stays
// failed, as its partner was told. It keeps its result.
func TestFailedPaymentIsAskedAbout(t *testing.T) {
	for _, state := range []gateway.State{gateway.Failed, gateway.PresumedFailed} {
		begin := func(t *testing.T) (*rig, int64) {
			t.Helper()
			r := newRig(t, nil)
			return r, r.failedBy(state)
		}
		comes := map[string]struct {
			proof  gateway.Proof
			body   func(*rig) []byte
			claims bool // that the customer paid
		}{
			"a success without proof":      {gateway.Unproven, func(r *rig) []byte { return r.paid(1, "UA1AAAAAAA", nil) }, true},
			"another amount without proof": {gateway.Unproven, func(*rig) []byte { w := genuine(); w.amount = "1"; return w.body() }, true},
			"a success without a phone":    {gateway.Proven, func(*rig) []byte { w := genuine(); w.phone = ""; return w.body() }, true},
			"an unknown code":              {gateway.Proven, func(*rig) []byte { w := genuine(); w.code, w.bare = `"00"`, true; return w.body() }, false},
			"what cannot be read":          {gateway.Proven, func(*rig) []byte { return []byte("\x1f\x8b") }, false},
		}
		for name, c := range comes {
			t.Run(fmt.Sprintf("%s, %s, and it is paid", state, name), func(t *testing.T) {
				r, id := begin(t)
				r.called(id, c.proof, c.body(r))
				r.is(id, state, "failed")
				r.daraja.says("0")
				r.work(id)
				p := r.is(id, gateway.Paid, "failed", "successful")
				if c.proof == gateway.Unproven && p.Receipt != "" || p.ResultCode != "0" {
					t.Errorf("receipt %q, result %q", p.Receipt, p.ResultCode)
				}
			})
			t.Run(fmt.Sprintf("%s, %s, and it is not", state, name), func(t *testing.T) {
				r, id := begin(t)
				code := r.payment(id).ResultCode
				r.called(id, c.proof, c.body(r))
				r.daraja.says("1")
				r.work(id)
				p := r.is(id, state, "failed")
				if p.ResultCode != code || !p.WorkAt().IsZero() || c.claims != !p.ReviewAt.IsZero() {
					t.Errorf("result %s, due at %s, reason %q", p.ResultCode, p.WorkAt(), p.ReviewReason)
				}
			})
			t.Run(fmt.Sprintf("%s, %s, and M-PESA does not say", state, name), func(t *testing.T) {
				r, id := begin(t)
				r.daraja.says("4999")
				r.called(id, c.proof, c.body(r))
				for range len(r.Waits.Query) + 1 {
					r.is(id, state, "failed")
					r.work(id)
				}
				p := r.is(id, state, "failed")
				listed := c.claims || c.proof == gateway.Proven
				if asksOn := c.claims && c.proof == gateway.Proven; asksOn == p.WorkAt().IsZero() || listed != !p.ReviewAt.IsZero() || len(r.daraja.asked) != len(r.Waits.Query)+1 {
					t.Errorf("due at %s, reason %q, %d queries", p.WorkAt(), p.ReviewReason, len(r.daraja.asked))
				}
			})
		}
		t.Run(fmt.Sprintf("%s, a failure without proof is no question", state), func(t *testing.T) {
			r, id := begin(t)
			r.called(id, gateway.Unproven, r.failed(1, "1"))
			if p := r.is(id, state, "failed"); !p.WorkAt().IsZero() {
				t.Errorf("due at %s", p.WorkAt())
			}
		})
	}
	t.Run("a proven failure does not end the question", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.failedBy(gateway.PresumedFailed)
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
		r.called(id, gateway.Proven, r.failed(1, "1037"))
		if p := r.is(id, gateway.Failed, "failed"); p.WorkAt().IsZero() {
			t.Error("M-PESA is not asked")
		}
	})
	t.Run("repeated claims add few queries", func(t *testing.T) {
		r := newRig(t, nil)
		id := r.failedBy(gateway.Failed)
		r.daraja.says("4999")
		for n := range 200 {
			r.called(id, gateway.Unproven, r.paid(1, fmt.Sprintf("UA1%07d", n+1), nil))
			r.clock.Advance(10 * time.Minute)
			if p := r.payment(id); !p.WorkAt().IsZero() && !p.WorkAt().After(r.clock.Now()) {
				r.work(id)
			}
		}
		if most := 3 * (len(r.Waits.Query) + 1); len(r.daraja.asked) > most {
			t.Errorf("%d queries were sent, want at most %d", len(r.daraja.asked), most)
		}
	})
}

// A proven failure against a claim that no query could confirm or refute is a
// contradiction, whether the queries go on or have ended.
func TestProvenFailureAgainstAClaim(t *testing.T) {
	for _, ended := range []bool{false, true} {
		for _, code := range []string{"1032", "4005"} {
			t.Run(fmt.Sprintf("queries ended: %t, %s", ended, code), func(t *testing.T) {
				r := newRig(t, nil)
				id := r.mustAsk()
				r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
				if ended {
					r.exhausted(id)
				}
				w := genuine()
				w.code, w.bare = code, true
				r.called(id, gateway.Proven, w.body())
				if p := r.is(id, gateway.Review); !strings.Contains(p.ReviewReason, code) || !p.WorkAt().IsZero() {
					t.Errorf("the reason is %q, due at %s", p.ReviewReason, p.WorkAt())
				}
			})
		}
	}
}

// A claim of money with proof goes on being asked about after the usual queries, for three
// days and at the pace of old payments.
func TestProvenClaimIsAskedAboutForDays(t *testing.T) {
	begin := func(t *testing.T) (*rig, int64) {
		t.Helper()
		r := newRig(t, nil)
		id := r.failedBy(gateway.Failed)
		r.claimed(id, r.paid(1, "UA1AAAAAAA", nil))
		for range len(r.Waits.Query) + 1 {
			r.work(id)
		}
		r.listed(id, gateway.ReviewSettled, "receipt UA1AAAAAAA paid, and 7 queries gave no answer")
		return r, id
	}
	t.Run("until it is answered", func(t *testing.T) {
		r, id := begin(t)
		for range 5 {
			r.work(id)
		}
		r.daraja.says("0")
		r.work(id)
		if p := r.is(id, gateway.Paid, "failed", "successful"); p.Receipt != "UA1AAAAAAA" || p.ReviewReason != "" || !p.WorkAt().IsZero() {
			t.Errorf("receipt %q, reason %q, due at %s", p.Receipt, p.ReviewReason, p.WorkAt())
		}
	})
	t.Run("and then no more", func(t *testing.T) {
		r, id := begin(t)
		began := r.clock.Now()
		for range len(r.Waits.Later) {
			r.work(id)
		}
		if p := r.is(id, gateway.Failed, "failed"); !p.WorkAt().IsZero() || r.clock.Now().Sub(began) < 48*time.Hour {
			t.Errorf("due at %s, after %s", p.WorkAt(), r.clock.Now().Sub(began))
		}
		r.listed(id, gateway.ReviewSettled, "receipt UA1AAAAAAA paid")
	})
	t.Run("within the share of old payments", func(t *testing.T) {
		r, id := begin(t)
		r.OldQuery = func(string) time.Duration { return time.Hour }
		asked := len(r.daraja.asked)
		for range 5 {
			r.work(id)
		}
		if len(r.daraja.asked) != asked {
			t.Errorf("asked %d times", len(r.daraja.asked)-asked)
		}
	})
}

// What a person has dealt with opens no review again when it comes once more.
func TestCopyOfWhatIsDealtWith(t *testing.T) {
	other := func() []byte { w := genuine(); w.amount = "1"; return w.body() }
	for _, as := range []gateway.Decision{gateway.DecideFailed, gateway.DecidePaid} {
		t.Run(string(as), func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			r.called(id, gateway.Proven, other())
			r.is(id, gateway.Review)
			receipt := ""
			if as == gateway.DecidePaid {
				receipt = "UA1CCCCCCC"
			}
			r.mustResolve(id, as, receipt)
			was := r.payment(id).State
			if verdict := r.called(id, gateway.Proven, other()); verdict != gateway.VerdictDuplicate {
				t.Errorf("the copy is %q", verdict)
			}
			if p := r.payment(id); p.State != was || !p.ReviewAt.IsZero() {
				t.Errorf("the payment is %s, in review since %s: %s", p.State, p.ReviewAt, p.ReviewReason)
			}
			w := genuine()
			w.amount = "2" // news
			r.called(id, gateway.Proven, w.body())
			if p := r.payment(id); p.ReviewAt.IsZero() {
				t.Error("another contradiction is not listed")
			}
		})
	}
}
