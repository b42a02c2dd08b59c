package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// twoReceipts is a success that contradicts itself.
func twoReceipts() []byte {
	return []byte(strings.Replace(string(genuine().body()), `{"Name":"MpesaReceiptNumber"`,
		`{"Name":"MpesaReceiptNumber","Value":"UA1BBBBBBB"},{"Name":"MpesaReceiptNumber"`, 1))
}

// A success that contradicts itself and has no proof is not lost when M-PESA's query says
// that the prompt failed, wherever the payment stands.
func TestContradictionWithoutProofIsKept(t *testing.T) {
	for name, confirm := range map[string]gateway.Confirm{"unproven": gateway.ConfirmUntrusted, "each is confirmed": gateway.ConfirmAlways} {
		proof := gateway.Unproven
		if confirm == gateway.ConfirmAlways {
			proof = gateway.Proven
		}
		for state, begin := range map[gateway.State]func(*rig, int64){
			gateway.Pending:        func(*rig, int64) {},
			gateway.PresumedFailed: func(r *rig, id int64) { r.daraja.says("1037"); r.work(id) },
			gateway.Retrying:       func(r *rig, id int64) { r.daraja.says("4005"); r.work(id) },
		} {
			if state == gateway.Retrying && proof == gateway.Unproven {
				continue // see TestClaimWithoutProofOfAnEndedPush
			}
			t.Run(fmt.Sprintf("%s, %s", name, state), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, func(g *gateway.Gateway) { g.Confirm = confirm })
				id := r.mustAsk()
				for begin(r, id); r.payment(id).State == gateway.Pending && state != gateway.Pending; {
					r.work(id)
				}
				if got := r.payment(id).State; got != state {
					t.Fatalf("the payment is %s", got)
				}
				verdict := r.called(id, proof, twoReceipts())
				confirming, ends := gateway.Confirming, gateway.Review
				if state == gateway.PresumedFailed { // and was told so
					confirming, ends = state, state
				}
				if !strings.HasPrefix(verdict, gateway.VerdictUnproven+": ") || r.payment(id).State != confirming {
					t.Errorf("verdict %q, the payment is %s", verdict, r.payment(id).State)
				}
				r.daraja.says("1032")
				r.work(id)
				if p := r.payment(id); p.State != ends || p.ReviewAt.IsZero() || !strings.Contains(p.ReviewReason, "contradicts itself") {
					t.Errorf("the payment is %s, the reason %q", p.State, p.ReviewReason)
				}
			})
		}
	}
	t.Run("paid", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.called(id, gateway.Unproven, twoReceipts())
		if p := r.is(id, gateway.Paid, "successful"); !strings.Contains(p.ReviewReason, "contradicts itself") {
			t.Errorf("the reason is %q", p.ReviewReason)
		}
	})
}

// The same receipt with another amount is no repetition.
func TestSameReceiptWithAnotherAmount(t *testing.T) {
	little := func(r *rig) []byte {
		return r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 15 * daraja.Shilling })
	}
	t.Run("proven, while the claim is confirmed", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
		r.called(id, gateway.Proven, little(r))
		if p := r.is(id, gateway.Review); !strings.Contains(p.ReviewReason, "KES 15.00 was paid, KES 150.00 was asked") {
			t.Errorf("the reason is %q", p.ReviewReason)
		}
	})
	t.Run("without proof, while the claim is confirmed", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil))
		r.called(id, gateway.Unproven, little(r))
		r.daraja.says("0")
		r.work(id)
		if p := r.is(id, gateway.Paid, "successful"); !strings.Contains(p.ReviewReason, "KES 15.00 was paid") {
			t.Errorf("the reason is %q", p.ReviewReason)
		}
	})
	t.Run("proven, when it is paid", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
		r.called(id, gateway.Proven, little(r))
		if p := r.is(id, gateway.Paid, "successful"); !strings.Contains(p.ReviewReason, "KES 15.00 was paid") {
			t.Errorf("the reason is %q", p.ReviewReason)
		}
	})
}

// tokenOf is the token of a push.
func (r *rig) tokenOf(id int64, number int) (token string) {
	r.Helper()
	r.read(func(tx gateway.Tx) error {
		pushes, err := tx.PushesOf(id)
		if err == nil {
			token = pushes[number-1].Token
		}
		return err
	})
	return token
}

// What a claim says of one push is confirmed by a query about that push and no other,
// also after the first queries.
func TestClaimOfAnEarlierPushIsAskedAbout(t *testing.T) {
	begin := func(t *testing.T) (*rig, int64) {
		t.Helper()
		r := newRig(t, nil)
		id := r.mustAsk()
		first := r.tokenOf(id, 1)
		r.called(id, gateway.Proven, r.failed(1, "4005"))
		r.work(id) // the second push
		r.is(id, gateway.Pending)
		r.claimedBy(first, r.paid(1, "UA1AAAAAAA", nil))
		r.is(id, gateway.Pending)
		return r, id
	}
	t.Run("at once", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		r.daraja.says("4005")
		r.work(id)
		if r.is(id, gateway.Pending); fmt.Sprint(r.daraja.asked) != "[ws_CO_1]" || r.daraja.pushes != 2 {
			t.Errorf("asked about %v, %d pushes", r.daraja.asked, r.daraja.pushes)
		}
		r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
		r.is(id, gateway.Paid, "successful")
		r.listed(id, gateway.ReviewSettled, "push 1: an unconfirmed callback says that receipt UA1AAAAAAA paid, M-PESA's query says 4005")
	})
	t.Run("after the first queries", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		for r.payment(id).State == gateway.Pending {
			r.work(id)
		}
		r.is(id, gateway.Unresolved)
		r.daraja.answers = map[string]daraja.ResultCode{"ws_CO_1": "0"}
		for r.payment(id).State == gateway.Unresolved {
			r.work(id)
		}
		if p := r.is(id, gateway.Paid, "successful"); p.Receipt != "UA1AAAAAAA" {
			t.Errorf("receipt %q, asked about %v", p.Receipt, r.daraja.asked)
		}
	})
	t.Run("the answer to the second push comes later", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		o := &overtaken{scripted: r.daraja, before: func(string) {}}
		r.Daraja = o
		id := r.mustAsk()
		first := r.tokenOf(id, 1)
		o.before = func(string) {
			r.claimedBy(first, r.paid(1, "UA1AAAAAAA", nil))
		}
		r.called(id, gateway.Proven, r.failed(1, "4005"))
		r.work(id)
		r.is(id, gateway.Pending)
		r.daraja.says("0")
		r.work(id)
		if r.is(id, gateway.Paid, "successful"); fmt.Sprint(r.daraja.asked) != "[ws_CO_1]" {
			t.Errorf("asked about %v", r.daraja.asked)
		}
	})
	t.Run("of the second push, before its answer", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		o := &overtaken{scripted: r.daraja, before: func(string) {}}
		r.Daraja = o
		id := r.mustAsk()
		o.before = func(token string) {
			if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: gateway.Unproven}, r.paid(2, "UA1AAAAAAA", nil)); err != nil {
				t.Error(err)
			}
			if p := r.payment(id); p.State != gateway.Confirming {
				t.Errorf("the payment is %s", p.State)
			}
		}
		r.called(id, gateway.Proven, r.failed(1, "4005"))
		r.work(id)
		r.daraja.says("0")
		r.work(id)
		if r.is(id, gateway.Paid, "successful"); fmt.Sprint(r.daraja.asked) != "[ws_CO_2]" {
			t.Errorf("asked about %v", r.daraja.asked)
		}
	})
}

// A receipt that comes after the query's word keeps M-PESA's time, or the one on record.
func TestReceiptAfterTheQueryKeepsTheTime(t *testing.T) {
	for name, dated := range map[string]bool{"with its time": true, "without a readable time": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			r.daraja.says("0")
			r.work(id)
			was := r.is(id, gateway.Paid, "successful").TransactedAt
			body := string(r.paid(1, "UA1AAAAAAA", nil))
			want := time.Date(2026, time.January, 1, 11, 59, 0, 0, time.UTC)
			if !dated {
				body, want = strings.Replace(body, "20260101145900", "0", 1), was
			}
			r.called(id, gateway.Proven, []byte(body))
			if p := r.payment(id); p.Receipt != "UA1AAAAAAA" || !p.TransactedAt.Equal(want) {
				t.Errorf("receipt %q at %s, want %s", p.Receipt, p.TransactedAt, want)
			}
		})
	}
}

// A code that only a query gave is on record too, so that a declaration finds it.
func TestOddCodeOfAQueryIsDeclared(t *testing.T) {
	for name, queries := range map[string]int{"pending": 1, "unresolved": 7, "unresolved, asked again": 8} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			r.daraja.says("1.A")
			for range queries {
				r.work(id)
			}
			if got := r.payment(id).ResultCode; got != "1.A" {
				t.Errorf("the code on record is %q", got)
			}
			done, err := r.DeclareResult(t.Context(), declaring("1.A", gateway.DeclaredFailed), 0)
			if err != nil || done.Settled != 1 {
				t.Errorf("%+v, %v", done, err)
			}
			r.is(id, gateway.Failed, "failed")
		})
	}
	t.Run("a code that may change", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.daraja.says("2029")
		r.work(id)
		if got := r.payment(id).ResultCode; got != "" {
			t.Errorf("the code on record is %q", got)
		}
	})
}

// Metadata beside a declared code may speak of money, so the code alone decides nothing.
func TestDeclaredCodeWithMetadataIsAQuestion(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	if _, err := r.DeclareResult(t.Context(), declaring("1050", gateway.DeclaredFailed), 0); err != nil {
		t.Fatal(err)
	}
	r.called(id, gateway.Proven, wire{id: `"ws_CO_1"`, code: "1050", amount: "150"}.body())
	r.is(id, gateway.Pending)
	r.called(id, gateway.Proven, wire{id: `"ws_CO_1"`, code: "1050", bare: true}.body())
	r.is(id, gateway.Failed, "failed")
}

// A callback that comes while the last query of the first series is on its way has
// M-PESA asked soon.
func TestQuestionDuringTheLastQuery(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	for range len(r.Waits.Query) {
		r.work(id)
	}
	r.Reach = func(p gateway.Point) {
		if p == gateway.QueryAnswered {
			r.Reach = nil
			r.called(id, gateway.Unproven, r.failed(1, "1032"))
		}
	}
	r.work(id)
	if p := r.is(id, gateway.Unresolved); p.WorkAt().Sub(r.clock.Now()) != 5*time.Second {
		t.Errorf("M-PESA is asked %s later", p.WorkAt().Sub(r.clock.Now()))
	}
}
