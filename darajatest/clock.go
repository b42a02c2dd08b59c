package darajatest

import (
	"context"
	"time"

	"github.com/darajabox/darajabox/simulator/control/client"
)

// Clock is the world's clock. It stands still unless RealTime or Speed was asked for.
type Clock struct{ sim *Simulator }

// Now is the world's time, in Nairobi's zone.
func (c *Clock) Now() time.Time {
	c.sim.tb.Helper()
	return c.read().Now
}

// Next is when the next thing falls due, if anything does.
func (c *Clock) Next() (t time.Time, ok bool) {
	c.sim.tb.Helper()
	next := c.read().Next
	if next == nil {
		return time.Time{}, false
	}
	return *next, true
}

// Advance moves the clock, which must stand still, and returns when everything that
// fell due has happened, in its order, and its callbacks were answered.
func (c *Clock) Advance(d time.Duration) {
	c.sim.tb.Helper()
	_, err := c.sim.control.AdvanceClock(context.Background(), d)
	c.sim.check("advancing the clock by "+d.String(), err)
}

// AdvanceTo is Advance until a time.
func (c *Clock) AdvanceTo(t time.Time) {
	c.sim.tb.Helper()
	_, err := c.sim.control.AdvanceClockTo(context.Background(), t)
	c.sim.check("advancing the clock to "+t.Format(time.RFC3339Nano), err)
}

// Freeze stops a clock that runs.
func (c *Clock) Freeze() {
	c.sim.tb.Helper()
	_, err := c.sim.control.FreezeClock(context.Background())
	c.sim.check("freezing the clock", err)
}

// Run lets the clock run, speed times as fast as real time.
func (c *Clock) Run(speed float64) {
	c.sim.tb.Helper()
	_, err := c.sim.control.RunClock(context.Background(), speed)
	c.sim.check("letting the clock run", err)
}

func (c *Clock) read() client.Clock {
	c.sim.tb.Helper()
	state, err := c.sim.control.Clock(context.Background())
	c.sim.check("reading the clock", err)
	return state
}
