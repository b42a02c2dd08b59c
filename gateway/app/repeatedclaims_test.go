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

// One without proof who knows a token sends claims that differ in their receipts.
func (r *rig) lies(token string, n int) (verdict string) {
	r.Helper()
	verdict, err := r.TakeCallback(r.Context(), token, gateway.Origin{Remote: "203.0.113.9", Proof: gateway.Unproven},
		r.paid(1, fmt.Sprintf("LIE%07d", n), nil))
	if err != nil {
		r.Fatal(err)
	}
	return verdict
}

// pushesThatHaveEnded begin a payment, and return its id and the token of a push that M-PESA has
// ended.
func pushesThatHaveEnded() map[string]func(*rig) (int64, string) {
	return map[string]func(*rig) (int64, string){
		"failed": func(r *rig) (int64, string) {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, "1032"))
			return id, r.token(id)
		},
		"earlier push": func(r *rig) (int64, string) { return r.pushedTwice() },
	}
}

func TestCallbacksWithoutProofAreLimited(t *testing.T) {
	for name, begin := range pushesThatHaveEnded() {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			_, token := begin(r)
			kept := 0
			for n := range 400 {
				if r.lies(token, n) != gateway.VerdictExcess {
					kept++
				}
			}
			if kept > 110 { // 100, and the few that change something
				t.Errorf("%d callbacks of one payment without proof are kept", kept)
			}
		})
	}
}

// Callbacks that are repeated add no query.
func TestClaimsWithoutProofAddNoQueries(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	token := r.token(id)
	r.called(id, gateway.Proven, r.failed(1, "1032"))
	r.daraja.says("1032")
	n := 0
	r.Daraja = &alwaysAsking{r.daraja, func() { n++; r.lies(token, n) }}
	r.lies(token, 0)
	for range 300 {
		if r.payment(id).WorkAt().IsZero() {
			break
		}
		r.work(id)
	}
	if got := len(r.daraja.asked); got > 30 {
		t.Errorf("%d queries about one prompt that M-PESA says has failed, the last at %s", got, r.clock.Now())
	}
}

// While claims about an earlier push come, the latest push is asked about all the same.
func TestLatestPushIsAskedAbout(t *testing.T) {
	r := newRig(t, nil)
	id, first := r.pushedTwice()
	r.daraja.answers = map[string]daraja.ResultCode{checkoutID(1): "4005", checkoutID(2): "0"}
	n := 0
	r.Daraja = &alwaysAsking{r.daraja, func() { n++; r.lies(first, n) }}
	r.lies(first, 0)
	for range 300 {
		p := r.payment(id)
		if p.WorkAt().IsZero() {
			break
		}
		r.clock.Advance(max(p.WorkAt().Sub(r.clock.Now()), 0) + 1e9)
		if err := r.WorkPayment(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("asked %d times, clock %s", len(r.daraja.asked), r.clock.Now())
	r.is(id, gateway.Paid, "successful")
}

// alwaysAsking has something happen during each query.
type alwaysAsking struct {
	*scripted
	during func()
}

func (a *alwaysAsking) Query(ctx context.Context, partner, id string) (gateway.QueryAnswer, error) {
	a.during()
	return a.scripted.Query(ctx, partner, id)
}

// alwaysLied is a failed payment about which a claim without proof comes whenever M-PESA is
// asked.
func (r *rig) alwaysLied() (id int64) {
	r.Helper()
	id = r.mustAsk()
	token := r.token(id)
	r.called(id, gateway.Proven, r.failed(1, "1032"))
	r.delivered(id)
	r.daraja.says("1032")
	n := 0
	r.Daraja = &alwaysAsking{r.daraja, func() { n++; r.lies(token, n) }}
	r.lies(token, 0)
	return id
}

// One without proof does not keep a customer's data from being erased.
func TestErasureIsNotHeldUp(t *testing.T) {
	r := newRig(t, nil)
	id := r.alwaysLied()
	for range 24 * 60 { // a day, with the longest pause of a store
		r.clock.Advance(time.Minute)
		if err := r.WorkPayment(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if r.payment(id).WorkAt().IsZero() {
			break
		}
	}
	done, err := r.EraseCustomer(t.Context(), "254708374149")
	if err != nil || len(done.Kept) > len(done.Reviews) {
		t.Errorf("after %s and %d queries: %+v, %v", r.clock.Now().Sub(noon), len(r.daraja.asked), done, err)
	}
}

func noPhone(n int, receipt string) []byte {
	w := genuine()
	w.phone, w.id, w.receipt = "", fmt.Sprintf("%q", checkoutID(n)), fmt.Sprintf("%q", receipt)
	return w.body()
}

// SECURITY.md: of one payment 1,000 callbacks that change nothing are kept. Two claims that
// take turns say nothing new after the second.
func TestClaimsThatTakeTurnsAreLimited(t *testing.T) {
	for name, begin := range pushesThatHaveEnded() {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			_, token := begin(r)
			kept := 0
			for n := range 1500 {
				v, err := r.TakeCallback(t.Context(), token, gateway.Origin{Remote: "203.0.113.9"}, noPhone(1, fmt.Sprintf("LIE000000%d", n%2+1)))
				if err != nil {
					t.Fatal(err)
				}
				if v != gateway.VerdictExcess {
					kept++
				}
			}
			if kept > 1010 {
				t.Errorf("%d callbacks of one payment are kept", kept)
			}
		})
	}
}

// docs/gateway.md: "A callback that is repeated does not add queries."
func TestClaimsThatTakeTurnsAddNoQueries(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	token := r.token(id)
	r.called(id, gateway.Proven, r.failed(1, "1032"))
	r.daraja.says("1032")
	n := 0
	claim := func() {
		n++
		r.calledBy(token, gateway.Proven, noPhone(1, fmt.Sprintf("LIE000000%d", n%2+1)))
	}
	r.Daraja = &alwaysAsking{r.daraja, claim}
	claim()
	for range 300 {
		if r.payment(id).WorkAt().IsZero() {
			break
		}
		r.work(id)
	}
	if got := len(r.daraja.asked); got > 30 {
		t.Errorf("%d queries about one prompt that M-PESA says has failed, the last at %s", got, r.clock.Now())
	}
}

// Claims without proof of a payment in review leave room for one with proof.
func TestClaimsWithoutProofLeaveRoomInReview(t *testing.T) {
	r := newRig(t, nil)
	id := r.contradicted()
	for n := range 40 {
		r.lies(r.token(id), n)
	}
	read := r.mark(id)
	r.called(id, gateway.Proven, r.paid(1, "UA1ZZZZZZZ", nil))
	if p := r.payment(id); !strings.Contains(p.ReviewReason, "UA1ZZZZZZZ") || r.mark(id) == read {
		t.Errorf("mark %s, then %s: %q", read, r.mark(id), p.ReviewReason)
	}
}

// What has no room in a full reason is counted there, so that a person who has read the reason
// before does not close it unread. The count is bounded, as the callbacks are that are kept.
func TestNewsBesideAFullReason(t *testing.T) {
	r := newRig(t, nil)
	id := r.contradicted()
	for n := range 60 {
		r.called(id, gateway.Proven, r.paid(1, fmt.Sprintf("UA2%07d", n), nil))
	}
	read := r.mark(id)
	r.called(id, gateway.Proven, r.paid(1, "UA1ZZZZZZZ", nil))
	if r.mark(id) == read {
		t.Errorf("the mark stays: %q", r.payment(id).ReviewReason)
	}
	kept := 0
	for n := range 1400 {
		if r.called(id, gateway.Proven, r.paid(1, fmt.Sprintf("UA3%07d", n), nil)) != gateway.VerdictExcess {
			kept++
		}
	}
	if p := r.payment(id); kept > 1000 || len(p.ReviewReason) > 2000 {
		t.Errorf("%d more callbacks are kept, the reason has %d bytes", kept, len(p.ReviewReason))
	}
}
