package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// unread is how a payment comes to say something else after a person has read it.
type unread struct {
	begin   func(r *rig) (id int64) // the person reads what this leads to
	comes   func(r *rig, id int64)
	as      gateway.Decision
	receipt string
	now     string // what the payment says then
}

func unreadChanges() map[string]unread {
	otherAmount := func(cb *daraja.STKCallback) { cb.Payment.Amount = 100 * daraja.Shilling }
	noPhone := func(receipt string) []byte {
		w := genuine()
		w.phone, w.receipt = "", fmt.Sprintf("%q", receipt)
		return w.body()
	}
	return map[string]unread{
		"a second receipt": {
			begin: func(r *rig) int64 {
				id, first := r.pushedTwice()
				r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
				r.calledBy(first, gateway.Unproven, r.paid(1, "LIE0000001", otherAmount))
				return id
			},
			comes: func(r *rig, id int64) { r.calledBy(r.tokenOf(id, 1), gateway.Proven, r.paid(1, "UA1AAAAAAA", nil)) },
			as:    gateway.DecideAsIs, now: "a second receipt: receipt UA1AAAAAAA",
		},
		"a contradiction about an unknown push": {
			begin: (*rig).unanswered,
			comes: func(r *rig, id int64) { r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", otherAmount)) },
			as:    gateway.DecideFailed, now: "KES 100.00 was paid",
		},
		"another contradiction": {
			begin: (*rig).contradicted,
			comes: func(r *rig, id int64) { r.called(id, gateway.Proven, r.paid(1, "UA1CCCCCCC", otherAmount)) },
			as:    gateway.DecidePaid, receipt: "UA1AAAAAAA", now: "KES 100.00 was paid",
		},
		"a claim that M-PESA is asked about": {
			begin: func(r *rig) int64 {
				id := r.mustAsk()
				r.called(id, gateway.Proven, r.failed(1, "1032"))
				r.called(id, gateway.Unproven, r.paid(1, "LIE0000001", otherAmount))
				r.settled(id)
				return id
			},
			comes: func(r *rig, id int64) { r.called(id, gateway.Proven, noPhone("UA1AAAAAAA")) },
			as:    gateway.DecideAsIs, now: "LIE0000001",
		},
		"a body that cannot be read": {
			begin: func(r *rig) int64 { return r.exhausted(r.mustAsk()).ID },
			comes: func(r *rig, id int64) { r.called(id, gateway.Proven, []byte(`{"Body":{"stkCallback":{`)) },
			as:    gateway.DecideFailed, now: "no callback",
		},
	}
}

// A decision is about what a person has read. When the payment says something else by then,
// nothing is changed, and the refusal says what it says and the mark of that.
func TestDecisionOnWhatWasNotRead(t *testing.T) {
	for name, tt := range unreadChanges() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			id := tt.begin(r)
			read := r.mark(id)
			tt.comes(r, id)
			before, told := *r.payment(id), r.told(id)
			mark := r.mark(id)
			err := r.resolveSeen(id, read, tt.as, tt.receipt)
			decision := string(tt.as)
			if tt.receipt != "" {
				decision += " --receipt " + tt.receipt
			}
			command := fmt.Sprintf("darajabox gateway review resolve %d --as %s --seen %s --note", id, decision, mark)
			if gateway.CodeOf(err) != gateway.CodeConflict || !strings.Contains(err.Error(), tt.now) || !strings.Contains(err.Error(), command) || mark == read {
				t.Fatalf("read %s, now %s: %v", read, mark, err)
			}
			if p := *r.payment(id); p != before || fmt.Sprint(r.told(id)) != fmt.Sprint(told) {
				t.Errorf("it was %+v, and the refusal left %+v, told %v", before, p, r.told(id))
			}
			if err := r.resolveSeen(id, mark, tt.as, tt.receipt); err != nil {
				t.Errorf("with what it says now: %v", err)
			}
		})
	}
}

// A mark is that of one review: what is listed again with the same words has another one.
func TestMarkOfALaterReview(t *testing.T) {
	r := newRig(t, nil)
	id := r.twicePaid()
	read := r.mark(id)
	r.mustResolve(id, gateway.DecideAsIs, "")
	r.clock.Advance(time.Minute)
	again := append(r.paid(1, "UA1BBBBBBB", nil), ' ') // no copy
	r.called(id, gateway.Proven, again)
	if err := r.resolveSeen(id, read, gateway.DecideAsIs, ""); gateway.CodeOf(err) != gateway.CodeConflict || r.payment(id).ReviewAt.IsZero() {
		t.Errorf("read %s, now %s: %v", read, r.mark(id), err)
	}
}

// A decision without a mark is refused, and the refusal says where the mark is shown.
func TestDecisionWithoutAMark(t *testing.T) {
	r := newRig(t, nil)
	id := r.twicePaid()
	err := r.resolveSeen(id, "", gateway.DecideAsIs, "")
	if where := fmt.Sprintf("darajabox gateway review show %d", id); gateway.CodeOf(err) != gateway.CodeInvalid || !strings.Contains(err.Error(), where) || r.payment(id).ReviewAt.IsZero() {
		t.Error(err)
	}
}

// The mark of a review is the same in the list and beside the payment, as long as the
// payment says the same: a callback that is repeated does not change it, nor do queries
// without an answer.
func TestMarkStaysWhileNothingIsNew(t *testing.T) {
	r := newRig(t, nil)
	id := r.exhausted(r.mustAsk()).ID
	read := r.mark(id)
	for range 3 {
		r.work(id)
	}
	if got := r.mark(id); got != read || len(got) != 8 {
		t.Errorf("without an answer it becomes %q from %q", got, read)
	}
	other := r.mustAsk()
	r.called(other, gateway.Proven, r.paid(2, "UA1AAAAAAA", nil))
	r.called(other, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
	read = r.mark(other)
	for range 3 {
		r.called(other, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
	}
	if got := r.mark(other); got != read {
		t.Errorf("repeated callbacks make it %q from %q", got, read)
	}
	list, err := gateway.Desk{Store: r.Store}.Reviews(t.Context(), gateway.ReviewFilter{})
	if err != nil || len(list) != 2 || list[0].Mark != r.mark(list[0].Payment.ID) || list[1].Mark != r.mark(list[1].Payment.ID) || list[0].Mark == list[1].Mark {
		t.Errorf("the list has %+v, %v", list, err)
	}
}

// The proof of what a person has read without it is news.
func TestProofIsNews(t *testing.T) {
	r := newRig(t, nil)
	id, first := r.pushedTwice()
	r.called(id, gateway.Proven, r.paid(2, "UA1AAAAAAA", nil))
	r.calledBy(first, gateway.Unproven, r.paid(1, "UA1BBBBBBB", nil))
	read := r.mark(id)
	r.calledBy(first, gateway.Proven, r.paid(1, "UA1BBBBBBB", nil))
	if err := r.resolveSeen(id, read, gateway.DecideAsIs, ""); gateway.CodeOf(err) != gateway.CodeConflict {
		t.Errorf("closed unread: %v, reason %q", err, r.payment(id).ReviewReason)
	}
}

// A decision that does not fit the payment any more, or whose receipt is another payment's, is
// refused for that: with another mark it would be refused all the same.
func TestRefusalOffersNoCommandThatCannotWork(t *testing.T) {
	r := newRig(t, nil)
	settled := r.unanswered()
	read := r.mark(settled)
	r.called(settled, gateway.Proven, r.paid(7, "UA1AAAAAAA", nil))
	r.called(settled, gateway.Proven, r.paid(7, "UA1BBBBBBB", nil))
	open := r.exhausted(r.mustAsk()).ID
	for name, tt := range map[string]struct {
		id      int64
		as      gateway.Decision
		receipt string
		want    string
	}{
		"settled meanwhile": {settled, gateway.DecideFailed, "", `it can't become failed; close its review with the decision "is"`},
		"not settled":       {open, gateway.DecideAsIs, "", `decide "paid" or "failed"`},
		"another's receipt": {open, gateway.DecidePaid, "UA1AAAAAAA", fmt.Sprintf("belongs to payment %d already", settled)},
	} {
		err := r.resolveSeen(tt.id, read, tt.as, tt.receipt)
		if gateway.CodeOf(err) != gateway.CodeConflict || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "--seen") {
			t.Errorf("%s: %v", name, err)
		}
	}
	const free = "UA1CCCCCCC"
	if err := r.resolveSeen(open, read, gateway.DecidePaid, free); gateway.CodeOf(err) != gateway.CodeConflict || !strings.Contains(err.Error(), "--seen "+r.mark(open)) {
		t.Errorf("a receipt of no payment: %v", err)
	}
	if err := r.resolve(r.exhausted(r.mustAsk()).ID, gateway.DecidePaid, free); err != nil { // the refused decision has not taken it
		t.Error(err)
	}
}

// Where a callback has come that leaves the reason as it was, the refusal says what came.
func TestRefusalSaysWhatCame(t *testing.T) {
	r := newRig(t, nil)
	id := r.exhausted(r.mustAsk()).ID
	read, reason := r.mark(id), r.payment(id).ReviewReason
	r.called(id, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
	err := r.resolveSeen(id, read, gateway.DecideFailed, "")
	at := r.clock.Now().UTC().Format(time.RFC3339)
	if now := r.payment(id).ReviewReason; now != reason || err == nil || !strings.Contains(err.Error(), "the last entry of its log is of "+at+" (malformed") {
		t.Errorf("the reason was %q and is %q: %v", reason, now, err)
	}
}
