// Package clock is the time of a simulated world: it runs N times as fast as real time,
// or it is frozen and moved by Advance.
package clock

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// MaxSpeed is the highest speed of a clock. At this speed its time does not overflow for
// ten days of real time.
const MaxSpeed = 10_000

// Why an Advance ends before its time. The error that wraps it says how far the clock came.
var (
	// ErrRunning: the clock runs by itself, so it cannot be advanced.
	ErrRunning = errors.New("the clock is running; freeze it first")
	// ErrStopped: the clock's world is gone.
	ErrStopped = errors.New("the clock is stopped")
	// ErrSet: the clock was set to another time meanwhile.
	ErrSet = errors.New("the clock was set to another time")
)

// Config makes a Clock.
type Config struct {
	Now   func() time.Time                               // the machine's time; nil is for a clock that stays frozen
	After func(time.Duration, func()) (stop func() bool) // the machine's timer, as time.AfterFunc; nil likewise
	Start time.Time                                      // what the clock shows first; zero is Now()
	Speed float64                                        // how many times faster than Now, at most MaxSpeed; 0 is frozen
}

// Clock has a world's time and runs the events that fall due, one at a time, in order of
// time, then of their tie-breaker, then of arrival. Its methods may be called concurrently.
//
// While it runs, events run on a goroutine of the clock. While it is frozen, time stands
// still and events run within Advance only.
type Clock struct {
	base      func() time.Time
	after     func(time.Duration, func()) func() bool
	advancing chan struct{}           // full while an Advance goes on
	reading   atomic.Pointer[reading] // changed under mu

	mu        sync.Mutex // never held while an event runs
	idle      func(context.Context) error
	queue     queue
	added     uint64      // events so far
	running   bool        // an event runs
	byAdvance bool        // the running event is one of an Advance
	ended     *sync.Cond  // an event has ended; of mu
	stopTimer func() bool // of the base timer; nil without one
	armed     time.Time   // the world's time that the base timer waits for
	arms      uint64      // base timers so far; an earlier one that fires late does nothing
	abort     func(error) // of the Advance that is under way; nil without one
	stopped   bool
}

var _ simulator.Clock = (*Clock)(nil)

// New makes a clock. It panics on a speed that Run would refuse, and on one above 0
// without Now and After.
func New(c Config) *Clock {
	start := c.Start
	if start.IsZero() && c.Now != nil {
		start = c.Now()
	}
	clk := &Clock{base: c.Now, after: c.After, advancing: make(chan struct{}, 1)}
	clk.ended = sync.NewCond(&clk.mu)
	clk.reading.Store(&reading{at: start.Round(0)}) // Round takes the monotonic reading off
	if c.Speed != 0 {
		if err := clk.Run(c.Speed); err != nil {
			panic(err)
		}
	}
	return clk
}

// NewFrozen makes a clock that stands at start and cannot run.
func NewFrozen(start time.Time) *Clock { return New(Config{Start: start}) }

// SetIdle sets the function that Advance calls after each event. It returns when the work
// that events have started elsewhere has ended. It is set once, before the clock is used.
func (c *Clock) SetIdle(f func(context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = f
}

// Now implements simulator.Clock.
func (c *Clock) Now() time.Time { return c.reading.Load().now(c.base) }

// Frozen reports whether time stands still.
func (c *Clock) Frozen() bool { return c.Speed() == 0 }

// Speed is how many times faster than real time the clock runs, 0 when it is frozen.
func (c *Clock) Speed() float64 { return c.reading.Load().speed }

// Next is when the earliest event is due, and false when none waits.
func (c *Clock) Next() (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		return time.Time{}, false
	}
	return c.queue[0].at, true
}

// HasEvent reports whether an event waits whose tie-breaker begins with prefix.
func (c *Clock) HasEvent(prefix string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.queue, func(e *event) bool { return strings.HasPrefix(e.tieBreaker, prefix) })
}

// AfterFunc implements simulator.Clock. f never runs within AfterFunc itself: on a
// frozen clock what is due at once waits for an Advance, if only by 0. f must not
// call Freeze, Advance or Stop. After Stop, f is forgotten.
func (c *Clock) AfterFunc(d time.Duration, tieBreaker string, f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return func() bool { return false }
	}
	c.added++
	e := &event{at: c.Now().Add(max(d, 0)), tieBreaker: tieBreaker, seq: c.added, run: f}
	heap.Push(&c.queue, e)
	c.arm()
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.stopped || e.index < 0 {
			return false
		}
		heap.Remove(&c.queue, e.index)
		return true
	}
}

// Freeze stops time. It returns once no event runs any more, except one that an
// Advance runs.
func (c *Clock) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading.Store(&reading{at: c.Now()})
	c.arm()
	for c.running && !c.byAdvance {
		c.ended.Wait()
	}
}

// Run lets time go on by itself from where it is, speed times as fast as real time. It
// ends an Advance that is under way.
func (c *Clock) Run(speed float64) error {
	switch {
	case !(speed > 0): // NaN too
		return fmt.Errorf("speed is %v, it must be above 0", speed)
	case speed > MaxSpeed:
		return fmt.Errorf("speed is %v, it must be above 0 and at most %d", speed, MaxSpeed)
	case c.base == nil || c.after == nil:
		return errors.New("this clock can be advanced only; it cannot run")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reading.Store(&reading{at: c.Now(), mark: c.base(), speed: speed})
	if c.abort != nil {
		c.abort(ErrRunning)
	}
	c.cancelTimer()
	c.arm()
	return nil
}

// Set jumps to t, back or forth, and runs nothing: what waits keeps its time. It ends
// an Advance that is under way.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next := reading{at: t.Round(0), speed: c.Speed()}
	if next.speed != 0 {
		next.mark = c.base()
	}
	c.reading.Store(&next)
	if c.abort != nil {
		c.abort(ErrSet)
	}
	c.cancelTimer()
	c.arm()
}

// Stop ends the clock: what waits never runs, and an Advance that is under way ends.
// It returns once no event runs any more. Now goes on.
func (c *Clock) Stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	c.queue = nil
	c.cancelTimer()
	if c.abort != nil {
		c.abort(ErrStopped)
	}
	for c.running {
		c.ended.Wait()
	}
}
