package app_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// open lists the payments that wait for a person.
func (r *rig) open() (ids []int64) {
	r.Helper()
	ps, err := gateway.Desk{Store: r.Store}.Reviews(r.Context(), gateway.ReviewFilter{})
	if err != nil {
		r.Fatal(err)
	}
	for _, f := range ps {
		ids = append(ids, f.Payment.ID)
	}
	return ids
}

// listed checks that a payment is the one that waits, of a kind, with a reason.
func (r *rig) listed(id int64, kind gateway.ReviewKind, reason string) {
	r.Helper()
	p := r.payment(id)
	if !slices.Equal(r.open(), []int64{id}) || p.State.ReviewKind() != kind || !strings.Contains(p.WhyReview(), reason) {
		r.Errorf("open reviews %v; payment %d is %s since %s: %q; want %s with %q", r.open(), id, p.State, p.ReviewAt, p.WhyReview(), kind, reason)
	}
}

// mark is that of what a payment says to a person; "none" when it does not wait for one.
func (r *rig) mark(id int64) string { return markOf(r.Store, id) }

func markOf(store gateway.Store, id int64) string {
	f, err := gateway.Desk{Store: store}.Payment(context.Background(), id)
	if err != nil || f.Mark == "" {
		return "none"
	}
	return f.Mark
}

func (r *rig) resolve(id int64, as gateway.Decision, receipt string) error {
	return r.resolveSeen(id, r.mark(id), as, receipt)
}

// resolveSeen is resolve for a person who has read what had the mark.
func (r *rig) resolveSeen(id int64, mark string, as gateway.Decision, receipt string) error {
	_, err := r.ResolveReview(r.Context(), id, gateway.Resolution{As: as, Seen: mark, Receipt: receipt, Note: "as the statement says", By: "jane"})
	return err
}

func (r *rig) mustResolve(id int64, as gateway.Decision, receipt string) {
	r.Helper()
	if err := r.resolve(id, as, receipt); err != nil {
		r.Fatal(err)
	}
	if got := r.open(); len(got) != 0 {
		r.Errorf("after it was resolved, %v wait", got)
	}
}

// contradicted is a payment that another amount was paid for.
func (r *rig) contradicted() int64 {
	r.Helper()
	id := r.mustAsk()
	r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 1500 }))
	return id
}

// twicePaid is a paid payment with a second receipt.
func (r *rig) twicePaid() int64 {
	r.Helper()
	id := r.mustAsk()
	r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
	r.called(id, gateway.Proven, r.paid(1, "UA1BBBBBBB", nil))
	return id
}

func TestWhatWaitsForAPersonIsListed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		make   func(*rig) int64
		kind   gateway.ReviewKind
		reason string
	}{
		{"a contradiction", (*rig).contradicted, gateway.ReviewContradiction, "KES 15.00 was paid, KES 150.00 was asked"},
		{"no result", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, gateway.ReviewNoResult, "no callback, and no answer"},
		{"a second receipt", (*rig).twicePaid, gateway.ReviewSettled, "a second receipt: receipt UA1BBBBBBB"},
		{"an unknown push", (*rig).unanswered, gateway.ReviewUnknownPush, "no CheckoutRequestID"},
		{"a crashed push", func(r *rig) int64 {
			r.Reach = func(p gateway.Point) {
				if p == gateway.PushAnswered {
					panic("crash")
				}
			}
			func() {
				defer func() { _ = recover() }()
				_, _ = r.ask("254708374149", "")
			}()
			r.Reach = nil
			if err := r.Recover(r.Context()); err != nil {
				r.Fatal(err)
			}
			return 1
		}, gateway.ReviewUnknownPush, "no CheckoutRequestID"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := tt.make(r)
			r.listed(id, tt.kind, tt.reason)
			sums, err := gateway.Desk{Store: r.Store}.OpenReviews(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range sums {
				if want := map[bool]int{true: 1}[s.Kind == tt.kind]; s.Open != want || s.Oldest.IsZero() != (want == 0) {
					t.Errorf("%s: %d open since %s, want %d", s.Kind, s.Open, s.Oldest, want)
				}
			}
		})
	}
}

// A payment that goes its usual way waits for no person, and one that a callback
// settles waits no more.
func TestWhatWaitsForNoPerson(t *testing.T) {
	for name, f := range map[string]func(*rig) int64{
		"pending": (*rig).mustAsk,
		"paid": func(r *rig) int64 {
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			return id
		},
		"an unknown push whose callback came": func(r *rig) int64 {
			id := r.unanswered()
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			return id
		},
		"no result until a late callback": func(r *rig) int64 {
			id := r.exhausted(r.mustAsk()).ID
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			return id
		},
		"no result until a late failure": func(r *rig) int64 {
			id := r.exhausted(r.mustAsk()).ID
			r.called(id, gateway.Proven, r.failed(1, "1032"))
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			p := r.payment(f(r))
			if len(r.open()) != 0 || !p.ReviewAt.IsZero() || p.ReviewReason != "" {
				t.Errorf("%v wait; the payment is %s since %s: %q", r.open(), p.State, p.ReviewAt, p.ReviewReason)
			}
		})
	}
}

// Since when a payment waits does not change when more comes.
func TestReviewKeepsItsFirstTime(t *testing.T) {
	r := newRig(t, nil)
	id := r.twicePaid()
	r.clock.Advance(time.Hour)
	r.called(id, gateway.Proven, r.paid(1, "UA1CCCCCCC", nil))
	if p := r.payment(id); !p.ReviewAt.Equal(noon) || !strings.Contains(p.ReviewReason, "UA1CCCCCCC") {
		t.Errorf("it waits since %s: %q", p.ReviewAt, p.ReviewReason)
	}
}

func TestReviewsAreResolved(t *testing.T) {
	for _, tt := range []struct {
		name    string
		make    func(*rig) int64
		as      gateway.Decision
		receipt string
		state   gateway.State
		told    []string
	}{
		{"a contradiction was paid", (*rig).contradicted, gateway.DecidePaid, " ua1aaaaaaa", gateway.Paid, []string{"successful"}},
		{"a contradiction failed", (*rig).contradicted, gateway.DecideFailed, "", gateway.Failed, []string{"failed"}},
		{"no result was paid", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, gateway.DecidePaid, "UA1ZZZZZZZ", gateway.Paid, []string{"successful"}},
		{"no result failed", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, gateway.DecideFailed, "", gateway.Failed, []string{"failed"}},
		{"an unknown push was paid", (*rig).unanswered, gateway.DecidePaid, "UA1ZZZZZZZ", gateway.Paid, []string{"successful"}},
		{"an unknown push failed", (*rig).unanswered, gateway.DecideFailed, "", gateway.Failed, []string{"failed"}},
		{"a second receipt is dealt with", (*rig).twicePaid, gateway.DecideAsIs, "", gateway.Paid, []string{"successful"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := tt.make(r)
			before := r.payment(id)
			r.clock.Advance(time.Minute)
			r.mustResolve(id, tt.as, tt.receipt)
			p := r.is(id, tt.state, tt.told...)
			if !p.WorkAt().IsZero() || p.ReviewReason != "" || p.Amount != before.Amount {
				t.Errorf("it is due at %s, with the reason %q, for KES %s", p.WorkAt(), p.ReviewReason, p.Amount)
			}
			if receipt := strings.ToUpper(strings.TrimSpace(tt.receipt)); receipt != "" && (p.Receipt != receipt || p.ResultCode != "0") {
				t.Errorf("it has the receipt %q and the result %q", p.Receipt, p.ResultCode)
			}
			if tt.as == gateway.DecideFailed && (p.Receipt != "" || p.ResultCode == "0") {
				t.Errorf("it failed with the receipt %q and the result %q", p.Receipt, p.ResultCode)
			}
			r.noted(before, tt.as)
		})
	}
}

// noted checks that the decision is in the raw log, and that the log verifies.
func (r *rig) noted(before *gateway.Payment, as gateway.Decision) {
	r.Helper()
	f, err := gateway.Desk{Store: r.Store}.Payment(r.Context(), before.ID)
	if err != nil {
		r.Fatal(err)
	}
	if len(f.Resolutions) != 1 {
		r.Fatalf("%d resolutions are on record", len(f.Resolutions))
	}
	n := f.Resolutions[0]
	if n.As != as || n.By != "jane" || n.Note != "as the statement says" || n.State != before.State || n.Reason != before.WhyReview() || !n.At.Equal(r.clock.Now()) {
		r.Errorf("on record is %+v", n)
	}
	last := f.Callbacks[len(f.Callbacks)-1]
	if want := fmt.Sprintf("resolved by a person: %s, by jane", as); last.Verdict != want || last.Remote != "administration" {
		r.Errorf("the raw log says %q from %q", last.Verdict, last.Remote)
	}
	audit, err := gateway.VerifyLog(r.Context(), r.Store, gateway.Expected{})
	if err != nil || !audit.OK() || audit.Rows != int64(len(f.Callbacks)) {
		r.Errorf("the raw log: %+v, %v", audit, err)
	}
}

func TestResolutionsThatAreRefused(t *testing.T) {
	taken := func(r *rig) int64 {
		id := r.exhausted(r.mustAsk()).ID
		other := r.mustAsk()
		r.called(other, gateway.Proven, r.paid(2, "UA1TTTTTTT", nil))
		return id
	}
	good := gateway.Resolution{As: gateway.DecideFailed, Note: "n", By: "jane"}
	with := func(change func(*gateway.Resolution)) gateway.Resolution {
		r := good
		change(&r)
		return r
	}
	for _, tt := range []struct {
		name string
		make func(*rig) int64
		r    gateway.Resolution
		code gateway.Code
		text string
	}{
		{"no payment", func(*rig) int64 { return 99 }, good, gateway.CodeNotFound, "no payment 99"},
		{"needs none", (*rig).mustAsk, good, gateway.CodeConflict, "is pending and needs no review"},
		{"another decision", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.As = "refunded" }), gateway.CodeInvalid, "there are paid, failed, is"},
		{"paid without a receipt", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.As = gateway.DecidePaid }), gateway.CodeInvalid, "needs the M-PESA receipt"},
		{"an odd receipt", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.As, r.Receipt = gateway.DecidePaid, "<script>" }), gateway.CodeInvalid, "8 to 16 letters and digits and begins with a letter"},
		{"digits only", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.As, r.Receipt = gateway.DecidePaid, "2547083741" }), gateway.CodeInvalid, "8 to 16 letters and digits and begins with a letter"},
		{"failed with a receipt", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.Receipt = "UA1ZZZZZZZ" }), gateway.CodeInvalid, "only paid takes a receipt"},
		{"another's receipt", taken, with(func(r *gateway.Resolution) { r.As, r.Receipt = gateway.DecidePaid, "ua1ttttttt" }), gateway.CodeConflict, "belongs to payment"},
		{"no note", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.Note = " " }), gateway.CodeInvalid, "a note is required"},
		{"a long note", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.Note = strings.Repeat("x", 501) }), gateway.CodeInvalid, "at most 500 bytes"},
		{"a note with control characters", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.Note = "a\x1b[2Jb" }), gateway.CodeInvalid, "control characters"},
		{"a note that is no text", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.Note = "a\xffb" }), gateway.CodeInvalid, "control characters"},
		{"what has no mark", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.Seen = "0" }), gateway.CodeConflict, "says something else"},
		{"no name", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.By = "" }), gateway.CodeInvalid, "name of who decides"},
		{"paid can't fail", (*rig).twicePaid, good, gateway.CodeConflict, `final, so it can't become failed`},
		{"paid can't be paid", (*rig).twicePaid, with(func(r *gateway.Resolution) { r.As, r.Receipt = gateway.DecidePaid, "UA1ZZZZZZZ" }), gateway.CodeConflict, `"is"`},
		{"no result can't stand", func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID }, with(func(r *gateway.Resolution) { r.As = gateway.DecideAsIs }), gateway.CodeConflict, "no result"},
		{"a contradiction can't stand", (*rig).contradicted, with(func(r *gateway.Resolution) { r.As = gateway.DecideAsIs }), gateway.CodeConflict, "no result"},
		{"an unknown push can't stand", (*rig).unanswered, with(func(r *gateway.Resolution) { r.As = gateway.DecideAsIs }), gateway.CodeConflict, "no result"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := tt.make(r)
			open, told := r.open(), r.told(id)
			tt.r.Seen = cmp.Or(tt.r.Seen, r.mark(id))
			_, err := r.ResolveReview(t.Context(), id, tt.r)
			if gateway.CodeOf(err) != tt.code || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("%s %v, want %s with %q", gateway.CodeOf(err), err, tt.code, tt.text)
			}
			if !slices.Equal(r.open(), open) || !slices.Equal(r.told(id), told) {
				t.Errorf("a refused decision changed something: %v wait, the partner is told %v", r.open(), r.told(id))
			}
			f, _ := gateway.Desk{Store: r.Store}.Payment(t.Context(), id)
			if len(f.Resolutions) != 0 {
				t.Error("a refused decision is on record")
			}
		})
	}
}

func TestAReviewIsResolvedOnce(t *testing.T) {
	r := newRig(t, nil)
	id := r.exhausted(r.mustAsk()).ID
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for i := range errs {
		wg.Go(func() {
			as, receipt := gateway.DecideFailed, ""
			if i%2 == 0 {
				as, receipt = gateway.DecidePaid, "UA1ZZZZZZZ"
			}
			errs[i] = r.resolve(id, as, receipt)
		})
	}
	wg.Wait()
	resolved := 0
	for _, err := range errs {
		switch {
		case err == nil:
			resolved++
		case gateway.CodeOf(err) != gateway.CodeConflict || !strings.Contains(err.Error(), "needs no review any more; it was resolved by a person: "):
			t.Error(err)
		}
	}
	f, _ := gateway.Desk{Store: r.Store}.Payment(t.Context(), id)
	if resolved != 1 || len(f.Resolutions) != 1 || len(f.Deliveries) != 1 {
		t.Errorf("resolved %d times, %d notes, %d webhooks", resolved, len(f.Resolutions), len(f.Deliveries))
	}
}

// A customer's data are kept while a payment waits for a person, and go with the notes
// afterwards; who decided what stays.
func TestReviewsAndErasure(t *testing.T) {
	r := newRig(t, nil)
	id := r.twicePaid()
	r.delivered(id)
	erased, err := r.EraseCustomer(t.Context(), "254708374149")
	if err != nil || !slices.Equal(erased.Kept, []int64{id}) || !slices.Equal(erased.Reviews, []int64{id}) {
		t.Fatalf("erased %+v, %v", erased, err)
	}
	at := r.clock.Now()
	r.mustResolve(id, gateway.DecideAsIs, "")
	if erased, err = r.EraseCustomer(t.Context(), "254708374149"); err != nil || erased.Payments != 1 {
		t.Fatalf("erased %+v, %v", erased, err)
	}
	f, _ := gateway.Desk{Store: r.Store}.Payment(t.Context(), id)
	if n := f.Resolutions; len(n) != 1 || n[0].As != gateway.DecideAsIs || n[0].By != "jane" || !n[0].At.Equal(at) || n[0].Note != "" {
		t.Errorf("what is left: %+v", f.Resolutions)
	}
}

// countedReads is a store that counts the look-ups of pushes.
type countedReads struct {
	gateway.Store
	pushes *int
}

func (s countedReads) View(ctx context.Context, f func(gateway.Tx) error) error {
	return s.Store.View(ctx, func(tx gateway.Tx) error { return f(countedTx{tx, s.pushes}) })
}

type countedTx struct {
	gateway.Tx
	pushes *int
}

func (t countedTx) PushesOf(id int64) ([]gateway.Push, error) {
	*t.pushes++
	return t.Tx.PushesOf(id)
}

func (t countedTx) PushesOfAll(ids ...int64) ([]gateway.Push, error) {
	*t.pushes++
	return t.Tx.PushesOfAll(ids...)
}

// The list of reviews looks the pushes of all up together, and each has the mark of its own.
func TestReviewsAreReadTogether(t *testing.T) {
	r := newRig(t, nil)
	first := r.exhausted(r.mustAsk()).ID
	second := r.exhausted(r.mustAsk()).ID
	third := r.unanswered()
	r.called(second, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
	reads := 0
	list, err := gateway.Desk{Store: countedReads{r.Store, &reads}}.Reviews(t.Context(), gateway.ReviewFilter{})
	if err != nil || len(list) != 3 || reads != 1 {
		t.Fatalf("%d reviews with %d look-ups of pushes: %v", len(list), reads, err)
	}
	for i, id := range []int64{first, second, third} {
		if list[i].Payment.ID != id || list[i].Mark != r.mark(id) {
			t.Errorf("review %d is of payment %d with mark %s, want %d with %s", i, list[i].Payment.ID, list[i].Mark, id, r.mark(id))
		}
	}
}
