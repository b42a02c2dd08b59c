package sqlite

import (
	"sync"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// kind is what a due row is.
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

// A row whose work failed, or that is still due after it, waits before the next
// call: firstPause, doubled with each failure up to longestPause.
const (
	firstPause   = time.Second
	longestPause = time.Minute
)

// change is a row's DueAt as it was committed; the zero time is "nothing due".
type change struct {
	kind kind
	id   int64
	due  time.Time
	to   target // of a delivery
}

// changeOf cuts the time as the table does, so that memory and table agree.
func changeOf(k kind, id int64, due time.Time) change {
	return change{kind: k, id: id, due: cut(due)}
}

func changeOfDelivery(d *gateway.Delivery) change {
	c := changeOf(deliveryWork, d.ID, d.DueAt)
	c.to = target{d.Partner, d.Endpoint}
	return c
}

// queue knows what is due when: it mirrors the due_at columns. This process alone
// writes them, and each commit is entered here before it is answered, so it never
// has to ask the tables.
type queue struct {
	mu    sync.Mutex
	lines [kinds]line

	changes uint64        // grows with each change of what is due or running
	armed   uint64        // changes when the timer was last set for them
	moved   chan struct{} // closed and made anew when changes or armed grow
}

// newQueue makes a queue that hands out so many payments at a time. Deliveries may be
// eight times as many, since they mostly wait for others; an endpoint has a sixteenth
// of them at most.
func newQueue(payments int) *queue {
	deliveries := 8 * payments
	return &queue{moved: make(chan struct{}), lines: [kinds]line{
		paymentWork:  newLine(payments, payments, false),
		deliveryWork: newLine(deliveries, max(1, deliveries/16), true),
	}}
}

// apply enters what a commit changed.
func (q *queue) apply(changes []change) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range changes {
		q.lines[c.kind].set(c.id, c.to, c.due)
	}
	q.changed()
}

// changed is called with mu held.
func (q *queue) changed() {
	q.changes++
	q.tell()
}

func (q *queue) tell() {
	close(q.moved)
	q.moved = make(chan struct{})
}

// version names the state of the queue, for arm.
func (q *queue) version() uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.changes
}

// arm tells that what is due at a version has been handed out, and the timer set
// for the rest.
func (q *queue) arm(version uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.armed = version
	q.tell()
}

// idle reports whether nothing runs, nothing is due by now, and the timer is set
// for what will be; otherwise moved is closed when it is worth asking again.
func (q *queue) idle(now time.Time) (ok bool, moved <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ok = q.armed == q.changes
	for k := range q.lines {
		ok = ok && q.lines[k].idle(now)
	}
	return ok, q.moved
}

// job is one call to be made.
type job struct {
	kind kind
	id   int64
}

// take hands out a row that is due, unless a limit is reached. Each must be given
// back with finish.
func (q *queue) take(now time.Time) (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k := range q.lines {
		if r := q.lines[k].take(now); r != nil {
			return job{kind: kind(k), id: r.id}, true
		}
	}
	return job{}, false
}

// earliest says when take will have something, unless a change or a finish comes
// before.
func (q *queue) earliest() (at time.Time, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k := range q.lines {
		if next, some := q.lines[k].earliest(); some && (!ok || next.Before(at)) {
			at, ok = next, true
		}
	}
	return at, ok
}

// outcome is how a call went.
type outcome int

const (
	worked      outcome = iota
	failed              // it returned an error
	interrupted         // it was told to stop; not its fault
)

// finish gives a row back. It returns the pause before the next call, 0 when the
// row goes by its DueAt.
func (q *queue) finish(j job, o outcome, now time.Time) (pause time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer q.changed()
	l := &q.lines[j.kind]
	return l.finish(l.rows[j.id], o, now)
}

func pauseAfter(failures int) time.Duration {
	pause := firstPause
	for ; failures > 1 && pause < longestPause; failures-- {
		pause *= 2
	}
	return min(pause, longestPause)
}
