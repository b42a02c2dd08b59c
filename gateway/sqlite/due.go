package sqlite

import (
	"cmp"
	"container/heap"
	"sync"
	"time"
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
}

// changeOf cuts the time as the table does, so that memory and table agree.
func changeOf(k kind, id int64, due time.Time) change {
	if !due.IsZero() {
		due = time.UnixMicro(due.UnixMicro()).UTC()
	}
	return change{kind: k, id: id, due: due}
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

// line is the rows of one kind. Each kind has its own limit, so that a partner that
// hangs can't hold up payments.
type line struct {
	rows    map[int64]*dueRow // all that are due some time, or running
	waiting dueHeap           // those of them that are not running
	limit   int
	running int
}

type dueRow struct {
	id       int64
	due      time.Time // as committed; zero: nothing due
	next     time.Time // when to call: due, or later after a failure
	begun    time.Time // due when the running call began
	running  bool
	failures int // calls in a row that left it due
	place    int // in the heap, -1 outside it
}

func newQueue(limit int) *queue {
	q := &queue{moved: make(chan struct{})}
	for k := range q.lines {
		q.lines[k] = line{rows: make(map[int64]*dueRow), limit: limit}
	}
	return q
}

// apply enters what a commit changed.
func (q *queue) apply(changes []change) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, c := range changes {
		q.lines[c.kind].set(c.id, c.due)
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
		l := &q.lines[k]
		ok = ok && l.running == 0 && (len(l.waiting) == 0 || l.waiting[0].next.After(now))
	}
	return ok, q.moved
}

func (l *line) set(id int64, due time.Time) {
	r := l.rows[id]
	if r == nil {
		if due.IsZero() {
			return
		}
		r = &dueRow{id: id, place: -1}
		l.rows[id] = r
	}
	if r.due.Equal(due) {
		return // a save that was not about it; a pause stays
	}
	r.due = due
	if !r.running { // otherwise finish decides
		l.wait(r, due)
	}
}

// wait puts r into the heap, moves it there, or forgets it when nothing is due.
func (l *line) wait(r *dueRow, next time.Time) {
	r.next = next
	switch {
	case r.due.IsZero():
		if r.place >= 0 {
			heap.Remove(&l.waiting, r.place)
		}
		delete(l.rows, r.id)
	case r.place >= 0:
		heap.Fix(&l.waiting, r.place)
	default:
		heap.Push(&l.waiting, r)
	}
}

// job is one call to be made.
type job struct {
	kind kind
	id   int64
}

// take hands out a row that is due, unless the limit of its kind is reached. Each
// must be given back with finish.
func (q *queue) take(now time.Time) (job, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k := range q.lines {
		l := &q.lines[k]
		if r := l.first(); r != nil && !r.next.After(now) {
			heap.Pop(&l.waiting)
			r.running, r.begun = true, r.due
			l.running++
			return job{kind: kind(k), id: r.id}, true
		}
	}
	return job{}, false
}

// first returns the row that may be handed out next, or nil.
func (l *line) first() *dueRow {
	if l.running >= l.limit || len(l.waiting) == 0 {
		return nil
	}
	return l.waiting[0]
}

// earliest says when take will have something, unless a change or a finish comes
// before.
func (q *queue) earliest() (at time.Time, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for k := range q.lines {
		if r := q.lines[k].first(); r != nil && (!ok || r.next.Before(at)) {
			at, ok = r.next, true
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
	l := &q.lines[j.kind]
	defer q.changed()
	r := l.rows[j.id]
	r.running = false
	l.running--
	next := r.due
	switch {
	case o == interrupted || r.due.IsZero():
	case o == failed || r.due.Equal(r.begun):
		r.failures++
		pause = pauseAfter(r.failures)
		if later := now.Add(pause); later.After(next) {
			next = later
		}
	default:
		r.failures = 0
	}
	l.wait(r, next)
	return pause
}

func pauseAfter(failures int) time.Duration {
	pause := firstPause
	for ; failures > 1 && pause < longestPause; failures-- {
		pause *= 2
	}
	return min(pause, longestPause)
}

// dueHeap has the row to call first on top.
type dueHeap []*dueRow

func (h dueHeap) Len() int { return len(h) }

func (h dueHeap) Less(i, j int) bool {
	return cmp.Or(h[i].next.Compare(h[j].next), cmp.Compare(h[i].id, h[j].id)) < 0
}

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements heap.Interface.
func (h *dueHeap) Push(x any) {
	r := x.(*dueRow)
	r.place = len(*h)
	*h = append(*h, r)
}

// Pop implements heap.Interface.
func (h *dueHeap) Pop() any {
	old := *h
	r := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	r.place = -1
	return r
}
