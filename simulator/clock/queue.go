package clock

import (
	"cmp"
	"container/heap"
	"strings"
	"time"
)

// event is a function and when it is due.
type event struct {
	at         time.Time
	tieBreaker string
	seq        uint64 // order of arrival
	run        func()
	index      int // in the queue; -1 once it has left
}

// queue is a heap of events, the next one first.
type queue []*event

// due takes the next event out of the queue, if it is due at now.
func (q *queue) due(now time.Time) *event {
	if len(*q) == 0 || (*q)[0].at.After(now) {
		return nil
	}
	return heap.Pop(q).(*event) // pushed by the clock only
}

// Len implements heap.Interface.
func (q queue) Len() int { return len(q) }

// Less implements heap.Interface.
func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if c := a.at.Compare(b.at); c != 0 {
		return c < 0
	}
	return cmp.Or(strings.Compare(a.tieBreaker, b.tieBreaker), cmp.Compare(a.seq, b.seq)) < 0
}

// Swap implements heap.Interface.
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	e := x.(*event) // pushed by the clock only
	e.index = len(*q)
	*q = append(*q, e)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	e.index = -1
	return e
}
