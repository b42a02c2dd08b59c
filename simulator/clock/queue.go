package clock

import (
	"container/heap"
	"strings"
	"time"
)

// event is a function and when it is due.
type event struct {
	at    time.Time
	rank  string
	seq   uint64 // order of arrival
	run   func()
	index int // in the queue; -1 once it has left
}

// before reports whether e runs before other.
func (e *event) before(other *event) bool {
	if c := e.at.Compare(other.at); c != 0 {
		return c < 0
	}
	if c := strings.Compare(e.rank, other.rank); c != 0 {
		return c < 0
	}
	return e.seq < other.seq
}

// queue is a heap of events, the next one first.
type queue []*event

func (q *queue) push(e *event) { heap.Push((*events)(q), e) }

func (q *queue) remove(e *event) { heap.Remove((*events)(q), e.index) }

// due takes the next event out of the queue, if it is due at now.
func (q *queue) due(now time.Time) *event {
	if len(*q) == 0 || (*q)[0].at.After(now) {
		return nil
	}
	e := (*q)[0]
	q.remove(e)
	return e
}

func (q *queue) clear() {
	for _, e := range *q {
		e.index = -1
	}
	*q = nil
}

// events are a queue as container/heap wants it.
type events queue

func (q events) Len() int { return len(q) }

func (q events) Less(i, j int) bool { return q[i].before(q[j]) }

func (q events) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push implements heap.Interface.
func (q *events) Push(x any) {
	e := x.(*event) // pushed by queue only
	e.index = len(*q)
	*q = append(*q, e)
}

// Pop implements heap.Interface.
func (q *events) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	e.index = -1
	return e
}
