// Package clock has the clocks that a simulated world can run on: the machine's,
// one that runs faster, and one that is moved by hand.
package clock

import (
	"math"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// Real is the machine's clock.
type Real struct {
	now   func() time.Time
	after func(time.Duration, func()) *time.Timer
}

var _ simulator.Clock = Real{}

// NewReal makes a Real of time.Now and time.AfterFunc, or of what stands in for
// them.
func NewReal(now func() time.Time, after func(time.Duration, func()) *time.Timer) Real {
	return Real{now: now, after: after}
}

// Now implements simulator.Clock.
func (c Real) Now() time.Time { return c.now() }

// AfterFunc implements simulator.Clock. f runs on its own goroutine.
func (c Real) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return c.after(d, f).Stop
}

// MaxSpeed is the fastest that a Fast clock runs. At this speed its time is a
// Duration from its start for ten days of real time.
const MaxSpeed = 10_000

// Fast runs speed times as fast as another clock, from the time that the other
// shows when Fast is made.
type Fast struct {
	base  simulator.Clock
	start time.Time
	speed float64
}

var _ simulator.Clock = Fast{}

// NewFast makes a Fast over base. speed is above 0, and at most MaxSpeed.
func NewFast(base simulator.Clock, speed float64) Fast {
	return Fast{base: base, start: base.Now(), speed: speed}
}

// Now implements simulator.Clock.
func (c Fast) Now() time.Time {
	return c.start.Add(scale(c.base.Now().Sub(c.start), c.speed))
}

// AfterFunc implements simulator.Clock: f runs after d by this clock, which is
// d/speed by the one below.
func (c Fast) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return c.base.AfterFunc(scale(d, 1/c.speed), f)
}

// scale is d*by, held within what a Duration can say.
func scale(d time.Duration, by float64) time.Duration {
	scaled := float64(d) * by
	if scaled >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(scaled)
}
