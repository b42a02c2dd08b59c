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
)

// ladder is how long StandardWaits asks about a payment before a person must look.
const ladder = 31 * time.Minute

// unanswered makes an order whose push has no answer.
func (r *rig) unanswered() int64 {
	r.Helper()
	r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
	_, err := r.ask("254708374149", "")
	var e *gateway.Error
	if !errors.As(err, &e) || e.Code != gateway.CodeUnanswered {
		r.Fatalf("got %v, want an unanswered push", err)
	}
	r.daraja.pushErr = nil
	return e.PaymentID
}

// exhausted lets the usual queries of a payment pass without a result.
func (r *rig) exhausted(id int64) *gateway.Payment {
	r.Helper()
	for range len(r.Waits.Query) + 1 {
		r.work(id)
	}
	p := r.payment(id)
	if p.State != gateway.Unresolved {
		r.Fatalf("the payment is %s, want %s", p.State, gateway.Unresolved)
	}
	return p
}

// A push whose CheckoutRequestID is not known is not asked about, and nothing counts as
// a question. Its time is that of the usual queries.
func TestUnknownPushIsNotAskedAbout(t *testing.T) {
	for name, begin := range map[string]func(*rig) int64{
		"no answer": (*rig).unanswered,
		"no answer to a later push": func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, daraja.ResultTimeout))
			r.daraja.pushErr = &gateway.PushError{Ambiguous: true, Message: "no answer"}
			r.work(id)
			return id
		},
		"a crash": func(r *rig) int64 {
			id := r.unanswered()
			p := r.payment(id)
			p.State = gateway.Sending
			r.save(p)
			if err := r.Recover(r.Context()); err != nil {
				r.Fatal(err)
			}
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := begin(r)
			since := r.clock.Now()
			p := r.is(id, gateway.Unknown)
			if p.CheckoutRequestID != "" || p.State.Status() != gateway.StatusPending {
				t.Errorf("prompt %q, status %s", p.CheckoutRequestID, p.State.Status())
			}
			for works := 0; r.payment(id).State == gateway.Unknown; works++ {
				if p := r.payment(id); p.Checks != 0 || works > 1 {
					t.Fatalf("%d questions are counted after %d calls", p.Checks, works)
				}
				r.work(id)
			}
			p = r.is(id, gateway.Unresolved)
			if got := r.clock.Now().Sub(since); got != ladder || len(r.daraja.asked) != 0 {
				t.Errorf("a person must look after %s, want %s; M-PESA was asked about %v", got, ladder, r.daraja.asked)
			}
			if !p.DueAt.IsZero() || !strings.Contains(p.ReviewReason, fmt.Sprintf("the answer to push %d is not known", p.Pushes)) || strings.Contains(p.ReviewReason, "quer") {
				t.Errorf("due at %s, because %q", p.DueAt, p.ReviewReason)
			}
			r.called(id, gateway.Proven, r.paid(7, "UA1AAAAAAA", nil))
			r.is(id, gateway.Paid, "successful")
		})
	}
}

func (r *rig) save(p *gateway.Payment) {
	r.Helper()
	if err := r.Store.Update(r.Context(), func(tx gateway.Tx) error { return tx.SavePayment(p) }); err != nil {
		r.Fatal(err)
	}
}

// A payment that is due earlier than its time, as those of an earlier version are, is
// put off to it.
func TestUnknownPushThatIsDueTooEarlyIsPutOff(t *testing.T) {
	r := newRig(t, nil)
	id := r.unanswered()
	p := r.payment(id)
	p.DueAt = r.clock.Now().Add(time.Minute)
	r.save(p)
	r.work(id)
	p = r.is(id, gateway.Unknown)
	if got := p.DueAt.Sub(noon); got != ladder || p.Checks != 0 {
		t.Errorf("due %s after the push, want %s; %d questions", got, ladder, p.Checks)
	}
}

// A success without proof names a prompt that only its own word is for. As soon as the
// push is answered, M-PESA is asked.
func TestLateAnswerToThePushIsAskedAboutAtOnce(t *testing.T) {
	r := newRig(t, nil)
	var id int64
	r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
		if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: gateway.Unproven}, r.paid(1, "UA1AAAAAAA", nil)); err != nil {
			t.Fatal(err)
		}
		id = 1
		r.work(id) // there is nothing to ask about yet
		if p := r.is(id, gateway.Confirming); len(r.daraja.asked) != 0 || p.Checks != 0 {
			t.Errorf("asked about %v, %d questions", r.daraja.asked, p.Checks)
		}
	}}
	if _, err := r.ask("254708374149", ""); err != nil {
		t.Fatal(err)
	}
	r.daraja.says("0")
	r.work(id)
	r.is(id, gateway.Paid, "successful")
	if wait := r.clock.Now().Sub(noon); wait != 0 {
		t.Errorf("asked after %s", wait)
	}
}

// After half an hour a person must look, and M-PESA is asked twenty times more in three
// days, with growing waits.
func TestOldPaymentsAreAskedAboutForThreeDays(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.exhausted(id)
	usual := len(r.daraja.asked)
	since, before, last := r.clock.Now(), r.clock.Now(), time.Duration(0)
	for !r.payment(id).DueAt.IsZero() {
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
				if p := r.is(id, tt.state, tt.status); !p.DueAt.IsZero() || p.ResultCode != tt.code {
					t.Errorf("due at %s with result %s", p.DueAt, p.ResultCode)
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
	if p := r.is(id, gateway.Unresolved); len(r.daraja.asked) != asked || p.Checks != 0 || !p.DueAt.Equal(r.clock.Now().Add(wait)) {
		t.Errorf("asked %d times, %d counted, due at %s", len(r.daraja.asked)-asked, p.Checks, p.DueAt)
	}
	wait = 0
	r.daraja.askErr = &gateway.NotNow{Wait: time.Minute}
	r.work(id)
	if p := r.is(id, gateway.Unresolved); p.Checks != 0 || !p.DueAt.Equal(r.clock.Now().Add(time.Minute)) {
		t.Errorf("%d questions are counted, due at %s", p.Checks, p.DueAt)
	}
	r.daraja.askErr = nil
	for range 20 {
		r.work(id)
	}
	if p := r.is(id, gateway.Unresolved); !p.DueAt.IsZero() {
		t.Errorf("due at %s after twenty questions", p.DueAt)
	}
	for _, partner := range r.daraja.askedFor {
		if partner != "local" {
			t.Errorf("M-PESA was asked for %q, not for the partner of the payment", partner)
		}
	}
}

// A restart goes on with the count and the schedule.
func TestOldQuestionsOutliveARestart(t *testing.T) {
	dir, clock, ids, d := t.TempDir(), storetest.NewClock(noon), storetest.CountedIDs(), &scripted{}
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
	for questions := 0; !r.payment(id).DueAt.IsZero(); questions++ {
		due := r.payment(id).DueAt
		stop()
		start()
		if p := r.payment(id); !p.DueAt.Equal(due) || p.Checks != questions {
			t.Fatalf("due at %s after %d questions; before the restart at %s after %d", p.DueAt, p.Checks, due, questions)
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
	if p := r.exhausted(id); !p.DueAt.IsZero() {
		t.Errorf("due at %s", p.DueAt)
	}
}

// A query's word that is no code of Daraja's is no answer: neither a success nor a
// failure.
func TestQueryAnswersThatAreNoResult(t *testing.T) {
	for _, code := range []daraja.ResultCode{"", "00", "0.0", "-0", "0 ", "false", "true", "[]", "{}", "SUCCESS", "null", "-1", "1032.0", "1e3", "4999"} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			r.daraja.says(code)
			r.work(id)
			if p := r.is(id, gateway.Pending); p.Checks != 1 {
				t.Errorf("%d questions are counted", p.Checks)
			}
			for range len(r.Waits.Query) {
				r.work(id)
			}
			r.is(id, gateway.Unresolved)
			for range len(r.Waits.Later) {
				r.work(id)
			}
			if p := r.is(id, gateway.Unresolved); !p.DueAt.IsZero() {
				t.Errorf("due at %s", p.DueAt)
			}
		})
	}
	for _, code := range []daraja.ResultCode{"1032", "1050", "SFC_IC0003", "TP40153", "R000001", "100000100"} {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := r.mustAsk()
			r.daraja.says(code)
			r.work(id)
			r.is(id, gateway.PresumedFailed, "failed")
		})
	}
}

// A push that took so long that it counted as lost is refused in the end: that is known,
// so the payment has failed, and the same order gets the same answer.
func TestRefusalOfAPushThatCountedAsLost(t *testing.T) {
	r := newRig(t, nil)
	r.daraja.pushErr = &gateway.PushError{Message: "M-PESA could not be reached"}
	r.Daraja = &overtaken{scripted: r.daraja, before: func(string) {
		r.work(1)
		r.is(1, gateway.Unknown)
	}}
	for range 2 { // the second is a replay
		if _, err := r.ask("254708374149", "order-1"); gateway.CodeOf(err) != gateway.CodeRefused {
			t.Errorf("the order is answered %v, want a refusal", err)
		}
	}
	if p := r.is(1, gateway.Failed, "failed"); p.Refusal != "M-PESA could not be reached" || !p.DueAt.IsZero() {
		t.Errorf("refusal %q, due at %s", p.Refusal, p.DueAt)
	}
	if r.daraja.pushes != 1 {
		t.Errorf("%d pushes", r.daraja.pushes)
	}
}

// A callback that overtakes the refusal of its push does not change what the same order is
// answered.
func TestRefusalThatACallbackOvertakes(t *testing.T) {
	const contradicted = "push 1 was refused although its customer paid"
	for _, tt := range []struct {
		name   string
		proof  gateway.Proof
		body   func(*rig) []byte
		state  gateway.State
		reason string
	}{
		{"paid, without proof", gateway.Unproven, func(r *rig) []byte { return r.paid(1, "UA1AAAAAAA", nil) }, gateway.Review, contradicted},
		{"failed", gateway.Proven, func(r *rig) []byte { return r.failed(1, "1032") }, gateway.Failed, ""},
		{"to be pushed again", gateway.Proven, func(r *rig) []byte { return r.failed(1, "4005") }, gateway.Failed, ""},
		{"two receipts", gateway.Proven, func(*rig) []byte { return twoReceipts() }, gateway.Review, "contradicts itself"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.daraja.pushErr = &gateway.PushError{Message: "Merchant does not exist"}
			r.Daraja = &overtaken{scripted: r.daraja, before: func(token string) {
				if _, err := r.TakeCallback(t.Context(), token, gateway.Origin{Proof: tt.proof}, tt.body(r)); err != nil {
					t.Error(err)
				}
			}}
			for range 2 { // the second is a replay
				_, err := r.ask("254708374149", "order-1")
				if gateway.CodeOf(err) != gateway.CodeRefused || !strings.Contains(err.Error(), "Merchant does not exist") {
					t.Errorf("the order is answered %v, want a refusal", err)
				}
			}
			if p := r.payment(1); p.State != tt.state || !strings.Contains(p.ReviewReason, tt.reason) {
				t.Errorf("it is %s, because %q", p.State, p.ReviewReason)
			}
		})
	}
}
