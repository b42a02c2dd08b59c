package postgres

import (
	"slices"
	"time"
)

// locked is a row that this update has locked: nobody else changes it before the
// commit, so that it is read once and written once, however often it is saved.
type locked[T any] struct {
	row   T
	when  when
	dirty bool // saved and not sent yet
}

// when is how a row stands with the work that is due for it.
type when struct {
	due      time.Time // the domain's
	run      time.Time // when it is to be made a job; zero while it is one, and when nothing is due
	turn     int64     // of its last job
	failures int       // calls in a row that left it due
}

// live reports that a job of the row is queued or runs.
func (w when) live() bool { return !w.due.IsZero() && w.run.IsZero() }

// move gives the row another DueAt and reports whether a job has to be queued for it.
// A save that is not about DueAt leaves a pause alone. A job that is queued or runs
// already will see for itself, so that there are never two.
func (w *when) move(due, now time.Time) (queue bool) {
	due = micros(due)
	if due.Equal(w.due) {
		return false
	}
	live := w.live()
	w.due, w.run, w.failures = due, time.Time{}, 0
	switch {
	case due.IsZero() || live:
	case due.After(now):
		w.run = due
	default:
		w.turn++
		return true
	}
	return false
}

// due is a row's work as an update has left it.
type due struct {
	row rowKey
	when
}

// rowKey names a row that work can be due for.
type rowKey struct {
	kind kind
	id   int64
}

// kind is what a row is.
type kind int

const (
	paymentWork kind = iota
	deliveryWork
	kinds
)

func (k kind) String() string {
	if k == paymentWork {
		return "payment"
	}
	return "delivery"
}

// table is where the rows of a kind are; it is the name of their queue, too.
func (k kind) table() string {
	if k == paymentWork {
		return "payments"
	}
	return "deliveries"
}

// target is the columns that say where a row goes.
func (k kind) target() string {
	if k == paymentWork {
		return "'', ''"
	}
	return "partner, endpoint"
}

// plan moves a row and notes what the commit will bring about.
func (t *tx) plan(row rowKey, w *when, to time.Time) {
	if w.move(to, t.store.clock.Now()) {
		t.jobs = append(t.jobs, job{row: row, turn: w.turn})
	}
	t.dues = append(t.dues, due{row: row, when: *w})
}

// saveLocked sends the rows that were saved, by id.
func (t *tx) saveLocked() {
	for _, id := range dirty(t.payments) {
		t.sendPayment(id, t.payments[id])
	}
	for _, id := range dirty(t.deliveries) {
		t.sendDelivery(id, t.deliveries[id])
	}
}

func dirty[T any](rows map[int64]*locked[T]) []int64 {
	var ids []int64
	for id, l := range rows {
		if l.dirty {
			l.dirty = false
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}
