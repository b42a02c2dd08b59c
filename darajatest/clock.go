package darajatest

import (
	"net/http"
	"time"
)

// Clock is the world's clock. It stands still unless RealTime or Speed was asked for.
type Clock struct{ sim *Simulator }

// clockState is the clock as the control API describes it.
type clockState struct {
	Now  time.Time  `json:"now"`
	Next *time.Time `json:"next"`
}

// Now is the world's time, in Nairobi's zone.
func (c *Clock) Now() time.Time {
	c.sim.helper()
	return c.ask(http.MethodGet, "/clock", nil, "reading the clock").Now
}

// Next is when the next thing falls due, if anything does.
func (c *Clock) Next() (t time.Time, ok bool) {
	c.sim.helper()
	next := c.ask(http.MethodGet, "/clock", nil, "reading the clock").Next
	if next == nil {
		return time.Time{}, false
	}
	return *next, true
}

// Advance moves the clock, which must stand still, and returns when everything that
// fell due has happened, in its order, and its callbacks were answered.
func (c *Clock) Advance(d time.Duration) {
	c.sim.helper()
	c.ask(http.MethodPost, "/clock/advance", map[string]string{"by": d.String()}, "advancing the clock by "+d.String())
}

// AdvanceTo is Advance until a time.
func (c *Clock) AdvanceTo(t time.Time) {
	c.sim.helper()
	to := t.Format(time.RFC3339Nano)
	c.ask(http.MethodPost, "/clock/advance", map[string]string{"to": to}, "advancing the clock to "+to)
}

// Freeze stops a clock that runs.
func (c *Clock) Freeze() {
	c.sim.helper()
	c.ask(http.MethodPost, "/clock/freeze", nil, "freezing the clock")
}

// Run lets the clock run, speed times as fast as real time.
func (c *Clock) Run(speed float64) {
	c.sim.helper()
	c.ask(http.MethodPost, "/clock/run", map[string]float64{"speed": speed}, "letting the clock run")
}

func (c *Clock) ask(method, path string, body any, doing string) clockState {
	c.sim.helper()
	var state clockState
	if err := c.sim.control.do(method, path, body, &state); err != nil {
		c.sim.fail(doing, err)
	}
	return state
}
