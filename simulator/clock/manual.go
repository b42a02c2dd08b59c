package clock

import (
	"container/heap"
	"sync"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// Manual stands still until Advance moves it. Its methods may be called
// concurrently.
type Manual struct {
	advancing sync.Mutex // one Advance at a time

	mu    sync.Mutex // never held while a function runs
	now   time.Time
	queue queue
	added uint64
}

var _ simulator.Clock = (*Manual)(nil)

// NewManual makes a Manual that shows now.
func NewManual(now time.Time) *Manual { return &Manual{now: now} }

// Now implements simulator.Clock.
func (c *Manual) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc implements simulator.Clock. f runs within an Advance that reaches its
// time, never within AfterFunc itself: what is due at once waits for Advance(0).
func (c *Manual) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.added++
	e := &event{at: c.now.Add(max(d, 0)), seq: c.added, run: f}
	heap.Push(&c.queue, e)
	return func() bool { return c.stop(e) }
}

func (c *Manual) stop(e *event) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.index < 0 {
		return false
	}
	heap.Remove(&c.queue, e.index)
	return true
}

// Advance moves the clock by d and runs what falls due, on the caller's goroutine,
// in order of time and then of arrival; what that makes due within d is run too.
// While a function runs, the clock shows the time at which it was due. Advance
// must not be called from such a function.
func (c *Manual) Advance(d time.Duration) {
	c.advancing.Lock()
	defer c.advancing.Unlock()
	target := c.Now().Add(max(d, 0))
	for {
		run := c.next(target)
		if run == nil {
			return
		}
		run()
	}
}

// next moves the clock to the next event up to target and returns what to run, or
// moves it to target and returns nil.
func (c *Manual) next(target time.Time) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 || c.queue[0].at.After(target) {
		c.now = target
		return nil
	}
	e := heap.Pop(&c.queue).(*event) // the queue holds nothing else
	c.now = e.at
	return e.run
}

// event is a function and when it is due.
type event struct {
	at    time.Time
	seq   uint64 // order of arrival
	run   func()
	index int // in the queue; -1 once it has left
}

// queue is a heap of events, the next one first.
type queue []*event

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].seq < q[j].seq
	}
	return q[i].at.Before(q[j].at)
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	e := x.(*event) // called by AfterFunc only
	e.index = len(*q)
	*q = append(*q, e)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	e.index = -1
	return e
}
