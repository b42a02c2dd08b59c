package control

import (
	"fmt"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of a clock's moves. MaxSpeed is what the clocks take.
const (
	MaxAdvance = 366 * 24 * time.Hour
	MaxSpeed   = 10_000
)

func newClockView(c Clock) client.Clock {
	v := client.Clock{Now: c.Now().In(daraja.EAT()), Frozen: c.Frozen(), Speed: c.Speed()}
	if v.Frozen {
		v.Speed = 0
	}
	if next, ok := c.Next(); ok {
		next = next.In(daraja.EAT())
		v.Next = &next
	}
	return v
}

func (s *server) clock(w World, _ *http.Request) (any, error) {
	return newClockView(w.Clock()), nil
}

// publish sends a change to the streams of a world that the domain has no event for.
func publish(w World, kind simulator.EventKind) {
	w.Publish(simulator.Event{Kind: kind, At: w.Clock().Now()})
}

// publishClock publishes a change of a clock and returns the clock.
func publishClock(w World) client.Clock {
	publish(w, eventClock)
	return newClockView(w.Clock())
}

func (s *server) freezeClock(w World, r *http.Request) (any, error) {
	w.Clock().Freeze()
	recordAction(w, r, journal.Record{Reason: "the clock was frozen"})
	return publishClock(w), nil
}

func (s *server) runClock(w World, r *http.Request, body client.RunClock) (any, error) {
	if err := checkSpeed(body.Speed); err != nil {
		return nil, err
	}
	if err := w.Clock().Run(body.Speed); err != nil {
		return nil, badRequest(fmt.Errorf("running the clock: %w", err))
	}
	recordAction(w, r, journal.Record{Reason: fmt.Sprintf("the clock runs at %g times real time", body.Speed)})
	return publishClock(w), nil
}

func checkSpeed(speed float64) error {
	if speed <= 0 || speed > MaxSpeed {
		return refuseField("speed", " is %g; it must be over 0 and at most %d times real time", speed, MaxSpeed)
	}
	return nil
}

func (s *server) advanceClock(w World, r *http.Request, body client.AdvanceClock) (any, error) {
	if (body.By == nil) == (body.To == nil) {
		return nil, refuse(http.StatusBadRequest, `give either by, such as {"by": "90s"}, or to, such as {"to": "2026-11-24T12:00:00+03:00"}`)
	}
	c := w.Clock()
	now := c.Now()
	var by time.Duration
	if body.By != nil {
		by = time.Duration(*body.By)
	} else {
		by = body.To.Sub(now)
	}
	switch {
	case by < 0:
		return nil, refuse(http.StatusBadRequest, "the clock shows %s already; time only goes forward, and snapshots go back", now.In(daraja.EAT()).Format(time.RFC3339))
	case by > MaxAdvance:
		return nil, refuse(http.StatusBadRequest, "the clock is advanced by at most 366 days (%s) at once", MaxAdvance)
	case !c.Frozen():
		return nil, refuseCode(http.StatusConflict, codeClockRunning, "the clock is running; freeze it first")
	}
	recordAction(w, r, journal.Record{Reason: fmt.Sprintf("the clock was advanced by %s", by)})
	var err error
	if body.By != nil {
		err = c.Advance(r.Context(), by)
	} else {
		err = c.AdvanceTo(r.Context(), *body.To)
	}
	switch {
	case err == nil:
		return publishClock(w), nil
	case r.Context().Err() != nil:
		return nil, refuse(http.StatusServiceUnavailable, "advancing the clock: %s", stopping)
	default: // it was set or run meanwhile
		return nil, refuse(http.StatusConflict, "advancing the clock: %s", err)
	}
}
