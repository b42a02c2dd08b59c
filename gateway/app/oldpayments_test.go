package app_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// After half an hour a person must look, and M-PESA is asked twenty times more in three
// days, with growing waits.
func TestOldPaymentsAreAskedAboutForThreeDays(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.exhausted(id)
	usual := len(r.daraja.asked)
	since, before, last := r.clock.Now(), r.clock.Now(), time.Duration(0)
	for !r.payment(id).WorkAt().IsZero() {
		r.work(id)
		wait := r.clock.Now().Sub(before)
		if wait < last {
			t.Errorf("a wait of %s after one of %s", wait, last)
		}
		before, last = r.clock.Now(), wait
		r.is(id, gateway.Unresolved)
	}
	if got := len(r.daraja.asked) - usual; got != 20 {
		t.Errorf("asked %d times more, want 20", got)
	}
	if got := before.Sub(since); got != 72*time.Hour {
		t.Errorf("asked for %s, want three days", got)
	}
	p := r.payment(id)
	for _, want := range []string{"no callback, and no answer to 7 queries", "asked 20 more times", "2026-01-01 12:00 UTC"} {
		if !strings.Contains(p.ReviewReason, want) {
			t.Errorf("%q is not in the reason %q", want, p.ReviewReason)
		}
	}
	if p.State.Status() != gateway.StatusReview {
		t.Errorf("status %s", p.State.Status())
	}
}

// Whenever M-PESA tells the outcome, it settles the payment and the partner is told.
func TestOutcomeOfAnOldPaymentSettlesIt(t *testing.T) {
	results := []struct {
		code   daraja.ResultCode
		state  gateway.State
		status string
	}{
		{"0", gateway.Paid, "successful"},
		{"1032", gateway.PresumedFailed, "failed"},
		{"4005", gateway.PresumedFailed, "failed"}, // too late to ask the customer again
		{"2029", gateway.PresumedFailed, "failed"}, // early it may be replaced; now it is not early
		{"7077", gateway.PresumedFailed, "failed"},
	}
	for _, tt := range results {
		for _, question := range []int{1, 7, 20} {
			t.Run(fmt.Sprint(tt.code, " by question ", question), func(t *testing.T) {
				t.Parallel()
				r := newRig(t, nil)
				id := r.mustAsk()
				r.exhausted(id)
				for range question - 1 {
					r.work(id)
				}
				r.daraja.says(tt.code)
				r.work(id)
				if p := r.is(id, tt.state, tt.status); !p.WorkAt().IsZero() || p.ResultCode != tt.code {
					t.Errorf("due at %s with result %s", p.WorkAt(), p.ResultCode)
				}
				if r.daraja.pushes != 1 {
					t.Errorf("%d pushes", r.daraja.pushes)
				}
			})
		}
	}
}

// An old payment that a callback to be confirmed calls paid is settled as it would have
// been at first.
func TestOutcomeOfAnOldClaim(t *testing.T) {
	const receipt = "UA1AAAAAAA"
	begin := func(t *testing.T) (*rig, int64) {
		t.Helper()
		r := newRig(t, nil)
		id := r.mustAsk()
		r.claimed(id, r.paid(1, receipt, nil))
		r.daraja.askErr = errors.New("M-PESA answered 500")
		r.exhausted(id)
		r.work(id)
		r.daraja.askErr = nil
		return r, id
	}
	t.Run("paid", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		r.daraja.says("0")
		r.work(id)
		p := r.is(id, gateway.Paid, "successful")
		if p.Receipt != receipt || !p.TransactedAt.Equal(time.Date(2026, time.January, 1, 11, 59, 0, 0, time.UTC)) {
			t.Errorf("receipt %q of %s", p.Receipt, p.TransactedAt)
		}
	})
	for _, code := range []daraja.ResultCode{"1032", "4005"} {
		t.Run("not paid, "+string(code), func(t *testing.T) {
			t.Parallel()
			r, id := begin(t)
			r.daraja.says(code)
			r.work(id)
			if p := r.is(id, gateway.Review); !strings.Contains(p.ReviewReason, "M-PESA's query says "+string(code)) || p.Receipt != "" {
				t.Errorf("receipt %q, because %q", p.Receipt, p.ReviewReason)
			}
		})
	}
	t.Run("paid, and the receipt belongs to another", func(t *testing.T) {
		t.Parallel()
		r, id := begin(t)
		other := r.mustAsk()
		r.called(other, gateway.Proven, r.paid(2, receipt, nil))
		r.daraja.says("0")
		r.work(id)
		if p := r.is(id, gateway.Review); p.Receipt != "" {
			t.Errorf("receipt %q is used twice", p.Receipt)
		}
	})
}

// A question that may not be asked now is put off and does not count.
func TestOldQuestionsThatArePutOffDoNotCount(t *testing.T) {
	r := newRig(t, nil)
	wait := time.Duration(0)
	leaves := 0
	r.OldQuery = func(partner string) time.Duration {
		r.daraja.askedFor = append(r.daraja.askedFor, partner)
		leaves++
		return wait
	}
	id := r.mustAsk()
	r.exhausted(id)
	if leaves != 0 {
		t.Errorf("the usual questions asked for the leave of old ones %d times", leaves)
	}
	wait = 90 * time.Second
	asked := len(r.daraja.asked)
	for range 50 {
		r.work(id)
	}
	if p := r.is(id, gateway.Unresolved); len(r.daraja.asked) != asked || p.Checks != 0 || !p.WorkAt().Equal(r.clock.Now().Add(wait)) {
		t.Errorf("asked %d times, %d counted, due at %s", len(r.daraja.asked)-asked, p.Checks, p.WorkAt())
	}
	wait = 0
	r.daraja.askErr = &gateway.NotNow{Wait: time.Minute}
	r.work(id)
	if p := r.is(id, gateway.Unresolved); p.Checks != 0 || !p.WorkAt().Equal(r.clock.Now().Add(time.Minute)) {
		t.Errorf("%d questions are counted, due at %s", p.Checks, p.WorkAt())
	}
	r.daraja.askErr = nil
	for range 20 {
		r.work(id)
	}
	if p := r.is(id, gateway.Unresolved); !p.WorkAt().IsZero() {
		t.Errorf("due at %s after twenty questions", p.WorkAt())
	}
	for _, partner := range r.daraja.askedFor {
		if partner != "local" {
			t.Errorf("M-PESA was asked for %q, not for the partner of the payment", partner)
		}
	}
}

// A restart goes on with the count and the schedule.
func TestOldQuestionsOutliveARestart(t *testing.T) {
	dir, clock, ids, d := t.TempDir(), testkit.NewClock(noon), storetest.CountedIDs(), &scripted{}
	var r *rig
	start := func() {
		store, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir, Clock: clock, IDs: ids})
		if err != nil {
			t.Fatal(err)
		}
		r = &rig{t, &gateway.Gateway{
			Store: store, Daraja: d, Clock: clock, Random: rand.Reader, Waits: gateway.StandardWaits(), Log: slog.New(slog.DiscardHandler),
		}, d, clock}
		if err := r.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stop := func() {
		if err := r.Store.(*sqlite.Store).Close(); err != nil {
			t.Fatal(err)
		}
	}
	start()
	id := r.mustAsk()
	r.exhausted(id)
	usual, since := len(d.asked), clock.Now()
	for questions := 0; !r.payment(id).WorkAt().IsZero(); questions++ {
		due := r.payment(id).WorkAt()
		stop()
		start()
		if p := r.payment(id); !p.WorkAt().Equal(due) || p.Checks != questions {
			t.Fatalf("due at %s after %d questions; before the restart at %s after %d", p.WorkAt(), p.Checks, due, questions)
		}
		r.work(id)
	}
	if got := len(d.asked) - usual; got != 20 || clock.Now().Sub(since) != 72*time.Hour {
		t.Errorf("%d questions in %s", got, clock.Now().Sub(since))
	}
	stop()
}

// Without waits for old payments none is asked about.
func TestNoWaitsForOldPayments(t *testing.T) {
	r := newRig(t, func(g *gateway.Gateway) { g.Waits.Later = nil })
	id := r.mustAsk()
	if p := r.exhausted(id); !p.WorkAt().IsZero() {
		t.Errorf("due at %s", p.WorkAt())
	}
}
