package storetest

import (
	"slices"
	"sync"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// Clock is a clock that stands still until it is advanced.
type Clock struct {
	mu     sync.Mutex
	now    time.Time
	timers []*timer
}

var _ gateway.Clock = (*Clock)(nil)

type timer struct {
	at time.Time
	f  func()
}

// NewClock returns a clock that shows start.
func NewClock(start time.Time) *Clock { return &Clock{now: start} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc has f run inside the Advance that reaches d from now, and in a goroutine
// of its own when d has passed already.
func (c *Clock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	if d <= 0 {
		go f()
		return func() bool { return false }
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &timer{at: c.now.Add(d), f: f}
	c.timers = append(c.timers, t)
	return func() bool { return c.remove(t) }
}

func (c *Clock) remove(t *timer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.timers, t)
	if i < 0 {
		return false
	}
	c.timers = slices.Delete(c.timers, i, i+1)
	return true
}

// Advance moves the clock by d. On the way it stops at each timer's time and runs
// it, without holding any lock.
func (c *Clock) Advance(d time.Duration) {
	end := c.Now().Add(d)
	for t := c.next(end); t != nil; t = c.next(end) {
		t.f()
	}
}

// next moves the clock to the first timer up to end and takes it, or moves the clock
// to end and returns nil.
func (c *Clock) next(end time.Time) *timer {
	c.mu.Lock()
	defer c.mu.Unlock()
	var first *timer
	for _, t := range c.timers {
		if !t.at.After(end) && (first == nil || t.at.Before(first.at)) {
			first = t
		}
	}
	if first == nil {
		c.now = end
		return nil
	}
	if first.at.After(c.now) {
		c.now = first.at
	}
	i := slices.Index(c.timers, first)
	c.timers = slices.Delete(c.timers, i, i+1)
	return first
}
