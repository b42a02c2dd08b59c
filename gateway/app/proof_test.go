package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// A failure needs the same proof as a success.
func TestWhichFailuresAreConfirmed(t *testing.T) {
	tests := []struct {
		confirm gateway.Confirm
		proof   gateway.Proof
		asked   bool
	}{
		{"", gateway.Proven, false},
		{"", gateway.Unproven, true},
		{gateway.ConfirmUntrusted, gateway.Proven, false},
		{gateway.ConfirmUntrusted, gateway.Unproven, true},
		{gateway.ConfirmNever, gateway.Proven, false},
		{gateway.ConfirmNever, gateway.Unproven, false},
		{gateway.ConfirmAlways, gateway.Proven, true},
		{gateway.ConfirmAlways, gateway.Unproven, true},
	}
	for _, tt := range tests {
		for _, code := range []daraja.ResultCode{"1032", "4005", "1050"} {
			t.Run(fmt.Sprintf("%s, %d, %s", tt.confirm, tt.proof, code), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, func(g *gateway.Gateway) { g.Confirm = tt.confirm })
				id := r.mustAsk()
				verdict := gateway.VerdictKind(r.called(id, tt.proof, r.failed(1, code)))
				switch {
				case tt.asked:
					p := r.is(id, gateway.Pending)
					if verdict != gateway.VerdictUnproven || p.ResultCode != "" || !p.WorkAt().Equal(noon.Add(5*time.Second)) {
						t.Errorf("verdict %q, result %q, M-PESA is asked %s later", verdict, p.ResultCode, p.WorkAt().Sub(noon))
					}
				case code == "4005":
					r.is(id, gateway.Retrying)
				default:
					r.is(id, gateway.Failed, "failed")
				}
				if len(r.daraja.asked) != 0 {
					t.Errorf("%d queries were sent", len(r.daraja.asked))
				}
			})
		}
	}
}

// A failure without proof has M-PESA asked, and M-PESA's answer counts.
func TestUnprovenFailureWaitsForTheQuery(t *testing.T) {
	begin := func(t *testing.T, code daraja.ResultCode) (*rig, int64) {
		t.Helper()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Unproven, r.failed(1, code))
		return r, id
	}
	t.Run("the customer pays all the same", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t, "1032")
		r.work(id) // the prompt is open
		r.is(id, gateway.Pending)
		r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.is(id, gateway.Paid, "successful")
	})
	t.Run("M-PESA says the same", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t, "1032")
		r.daraja.says("1032")
		r.work(id)
		r.is(id, gateway.PresumedFailed, "failed")
		if wait := r.clock.Now().Sub(noon); wait != 5*time.Second {
			t.Errorf("M-PESA was asked after %s", wait)
		}
	})
	t.Run("4005 pushes again on M-PESA's own word only", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t, "4005")
		r.work(id)
		if r.is(id, gateway.Pending); r.daraja.pushes != 1 {
			t.Errorf("%d pushes", r.daraja.pushes)
		}
		r.daraja.says("4005")
		r.work(id)
		r.is(id, gateway.Retrying)
	})
	t.Run("no answer leaves it to the usual queries", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t, "1032")
		for range len(r.Waits.Query) + 1 {
			r.is(id, gateway.Pending)
			r.work(id)
		}
		r.is(id, gateway.Unresolved)
	})
	t.Run("it overtakes the answer to its push", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
			if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: gateway.Unproven}, r.failed(1, "1032")); err != nil {
				t.Error(err)
			}
		}}
		id := r.mustAsk()
		if p := r.is(id, gateway.Pending); !p.WorkAt().Equal(noon.Add(5 * time.Second)) {
			t.Errorf("M-PESA is asked %s later", p.WorkAt().Sub(noon))
		}
	})
	t.Run("of a payment that is paid or failed it says nothing", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		paid, failed := r.mustAsk(), r.mustAsk()
		r.called(paid, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.called(failed, gateway.Proven, r.failed(2, "1032"))
		r.called(paid, gateway.Unproven, r.failed(1, "1037"))
		r.called(failed, gateway.Unproven, r.failed(2, "1037"))
		if p := r.is(paid, gateway.Paid, "successful"); p.ReviewReason != "" {
			t.Errorf("the reason is %q", p.ReviewReason)
		}
		r.is(failed, gateway.Failed, "failed")
	})
}

// A receipt that must be confirmed keeps a query from failing the payment, also when its
// queries have ended.
func TestUnresolvedClaimIsNotFailedByAQuery(t *testing.T) {
	for code, state := range map[daraja.ResultCode]gateway.State{"1032": gateway.Review, "4005": gateway.Review, "0": gateway.Paid} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
			for range len(r.Waits.Query) + 1 {
				r.work(id)
			}
			r.is(id, gateway.Unresolved)
			r.called(id, gateway.Unproven, r.failed(1, "1032"))
			r.daraja.says(code)
			r.work(id)
			var told []string
			if state == gateway.Paid {
				told = []string{"successful"}
			}
			r.is(id, state, told...)
		})
	}
}

// Whoever repeats a callback neither adds queries nor begins their schedule anew.
func TestRepeatedQuestionsAddNoQuery(t *testing.T) {
	bodies := map[string]func(r *rig, n int) []byte{
		"failures": func(r *rig, _ int) []byte { return r.failed(1, "1032") },
		"odd codes": func(*rig, int) []byte {
			return wire{id: `"ws_CO_1"`, code: `"SUCCESS"`, bare: true}.body()
		},
		"contradictions": func(r *rig, _ int) []byte { return append(r.failed(1, "1032"), "{}"...) },
		"receipts": func(r *rig, n int) []byte {
			return r.paid(1, fmt.Sprintf("UA1%07d", n+1), nil)
		},
		"other amounts": func(r *rig, n int) []byte {
			return r.paid(1, fmt.Sprintf("UA1%07d", n+1), func(cb *daraja.STKCallback) { cb.Payment.Amount = daraja.Money(n+1) * daraja.Shilling })
		},
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			step := 90 * time.Second
			for n := range 305 { // for an hour and a half, and for 81 hours more slowly, but between any two queries
				if n == 60 {
					step = 20 * time.Minute
				}
				r.called(id, gateway.Unproven, body(r, n))
				r.clock.Advance(step)
				if p := r.payment(id); !p.WorkAt().IsZero() && !p.WorkAt().After(r.clock.Now()) {
					r.work(id)
				}
			}
			if want := len(r.Waits.Query) + 1 + len(r.Waits.Later); len(r.daraja.asked) != want {
				t.Errorf("%d queries were sent, want %d", len(r.daraja.asked), want)
			}
			if p := r.payment(id); p.State != gateway.Unresolved || !p.WorkAt().IsZero() {
				t.Errorf("it ends %s, due at %s", p.State, p.WorkAt())
			}
		})
	}
}

// Money that arrives after "failed" was told is told when it is proven and its receipt
// is free.
func TestMoneyAfterAFailureIsTold(t *testing.T) {
	t.Run("after a callback's failure", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Proven, r.failed(1, "1032"))
		r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		if p := r.is(id, gateway.Paid, "failed", "successful"); p.Receipt != "UA1AAAAAAA" || p.ReviewReason != "" || p.ResultCode != "0" {
			t.Errorf("on record as %+v", p)
		}
	})
	t.Run("another payment has the receipt", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		other, id := r.mustAsk(), r.mustAsk()
		r.called(other, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.called(id, gateway.Proven, r.failed(2, "1032"))
		r.called(id, gateway.Proven, r.paid(2, "UA1AAAAAAA", nil))
		r.is(id, gateway.Review, "failed")
	})
	t.Run("after a refusal, whose key keeps its answer", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.daraja.pushErr = &gateway.PushError{Message: "Merchant does not exist"}
		if _, err := r.ask("254708374149", "k-1"); gateway.CodeOf(err) != gateway.CodeRefused {
			t.Fatal(err)
		}
		r.is(1, gateway.Failed)
		r.called(1, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.is(1, gateway.Paid, "successful")
		if _, err := r.ask("254708374149", "k-1"); gateway.CodeOf(err) != gateway.CodeRefused || !strings.Contains(err.Error(), "Merchant does not exist") {
			t.Errorf("the same key is answered %v", err)
		}
	})
}

// asking does something while M-PESA answers the first query.
type asking struct {
	*scripted
	during func()
}

func (a *asking) Query(ctx context.Context, partner, id string) (gateway.QueryAnswer, error) {
	if f := a.during; f != nil {
		a.during = nil
		f()
	}
	return a.scripted.Query(ctx, partner, id)
}

// An answer that was asked for before a callback brought the next query forward does not
// put that query off.
func TestQuestionDuringAQueryIsNotLost(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.Daraja = &asking{r.daraja, func() { r.called(id, gateway.Unproven, r.failed(1, "1032")) }}
	r.work(id)
	if wait := r.payment(id).WorkAt().Sub(r.clock.Now()); wait > 5*time.Second {
		t.Errorf("M-PESA is asked %s later", wait)
	}
	if got := r.payment(id).Checks; got != 1 {
		t.Errorf("%d queries are counted", got)
	}
}

// A callback that overtakes the answer to its push and names another prompt than the
// answer does is no proof for this order: a person must look.
func TestCallbackThatOvertakesNamesAnotherPrompt(t *testing.T) {
	const reason = `a callback that came before M-PESA's answer names prompt "ws_CO_9", the answer "ws_CO_1"`
	odd := wire{id: `"ws_CO_9"`, code: `"SUCCESS"`, bare: true}.body()
	for _, tt := range []struct {
		name  string
		proof gateway.Proof
		body  func(*rig) []byte
		state gateway.State
		told  []string
	}{
		{"paid", gateway.Proven, func(r *rig) []byte { return r.paid(9, "UA1AAAAAAA", nil) }, gateway.Paid, []string{"successful"}},
		{"failed", gateway.Proven, func(r *rig) []byte { return r.failed(9, "1032") }, gateway.Review, []string{"failed"}},
		{"to be pushed again", gateway.Proven, func(r *rig) []byte { return r.failed(9, "4005") }, gateway.Review, nil},
		{"a question", gateway.Proven, func(*rig) []byte { return odd }, gateway.Review, nil},
		{"paid, to be confirmed", gateway.Proven, func(r *rig) []byte { return r.paid(9, "UA1AAAAAAA", nil) }, gateway.Confirming, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(g *gateway.Gateway) {
				if tt.state == gateway.Confirming {
					g.Confirm = gateway.ConfirmAlways
				}
			})
			r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
				if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: tt.proof}, tt.body(r)); err != nil {
					t.Error(err)
				}
			}}
			id := r.mustAsk()
			p := r.is(id, tt.state, tt.told...)
			if !strings.Contains(p.ReviewReason, reason) || p.CheckoutRequestID != checkoutID(1) {
				t.Errorf("of prompt %q the reason is %q", p.CheckoutRequestID, p.ReviewReason)
			}
			if tt.state != gateway.Confirming {
				r.listed(id, tt.state.ReviewKind(), reason)
				return
			}
			r.daraja.says("0")
			r.work(id)
			if p = r.is(id, gateway.Paid, "successful"); p.Receipt != "" || fmt.Sprint(r.daraja.asked) != "[ws_CO_1]" {
				t.Errorf("paid with receipt %q, asked about %v", p.Receipt, r.daraja.asked)
			}
			r.listed(id, gateway.ReviewSettled, reason)
		})
	}
	t.Run("the same prompt", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
			if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{}, r.paid(1, "UA1AAAAAAA", nil)); err != nil {
				t.Error(err)
			}
		}}
		if p := r.is(r.mustAsk(), gateway.Paid, "successful"); p.ReviewReason != "" {
			t.Errorf("the reason is %q", p.ReviewReason)
		}
	})
}

// A callback that speaks of money keeps a query from failing the payment, also when its
// receipt has no valid form and the first queries have ended.
func TestUnresolvedClaimWithoutAReceiptIsNotFailedByAQuery(t *testing.T) {
	for name, receipt := range map[string]string{"no receipt": "", "a number": "2547083741", "an object": `{"a":1}`, "a script": `"<script>alert"`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			w := genuine()
			w.receipt = receipt
			r.called(id, gateway.Unproven, w.body())
			r.is(id, gateway.Confirming)
			for range len(r.Waits.Query) + 1 {
				r.work(id)
			}
			r.is(id, gateway.Unresolved)
			r.daraja.says("1032")
			r.work(id)
			r.is(id, gateway.Review)
		})
	}
}
