package control

import (
	"fmt"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of a clock's moves. MaxSpeed is what the clocks take.
const (
	MaxAdvance = 366 * 24 * time.Hour
	MaxSpeed   = 10_000
)

type clockView struct {
	Now    time.Time  `json:"now"`
	Frozen bool       `json:"frozen"`
	Speed  float64    `json:"speed"` // times real time; 0 when it is frozen
	Next   *time.Time `json:"next"`  // when the next thing is due
}

func newClockView(c Clock) clockView {
	v := clockView{Now: c.Now().In(daraja.EAT()), Frozen: c.Frozen(), Speed: c.Speed()}
	if v.Frozen {
		v.Speed = 0
	}
	if next, ok := c.Next(); ok {
		next = next.In(daraja.EAT())
		v.Next = &next
	}
	return v
}

func (s *server) clock(w World, _ *http.Request) (response, error) {
	return response{body: newClockView(w.Clock())}, nil
}

// clockMoved answers a change of a clock, and tells those who listen.
func (s *server) clockMoved(w World) response {
	s.bells.ring(w, eventClock)
	return response{body: newClockView(w.Clock())}
}

func (s *server) freezeClock(w World, r *http.Request) (response, error) {
	w.Clock().Freeze()
	note(w, r, journal.Record{Reason: "the clock was frozen"})
	return s.clockMoved(w), nil
}

func (s *server) runClock(w World, r *http.Request) (response, error) {
	ask := struct {
		Speed float64 `json:"speed"`
	}{Speed: 1}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	if err := checkSpeed(ask.Speed); err != nil {
		return response{}, err
	}
	if err := w.Clock().Run(ask.Speed); err != nil {
		return response{}, mistake(fmt.Errorf("running the clock: %w", err))
	}
	note(w, r, journal.Record{Reason: fmt.Sprintf("the clock runs at %g times real time", ask.Speed)})
	return s.clockMoved(w), nil
}

func checkSpeed(speed float64) error {
	if speed <= 0 || speed > MaxSpeed {
		return refuseField("speed", " is %g; it must be over 0 and at most %d times real time", speed, MaxSpeed)
	}
	return nil
}

func (s *server) advanceClock(w World, r *http.Request) (response, error) {
	var ask struct {
		By *span   `json:"by"`
		To *moment `json:"to"`
	}
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	if (ask.By == nil) == (ask.To == nil) {
		return response{}, refuse(http.StatusBadRequest, `give either by, such as {"by": "90s"}, or to, such as {"to": "2026-11-24T12:00:00+03:00"}`)
	}
	c := w.Clock()
	now := c.Now()
	var target time.Time
	if ask.By != nil {
		target = now.Add(time.Duration(*ask.By))
	} else {
		target = time.Time(*ask.To)
	}
	switch by := target.Sub(now); {
	case by < 0:
		return response{}, refuse(http.StatusBadRequest, "the clock shows %s already; time only goes forward, and snapshots go back", now.In(daraja.EAT()).Format(time.RFC3339))
	case by > MaxAdvance:
		return response{}, refuse(http.StatusBadRequest, "the clock is advanced by at most 366 days (%s) at once", MaxAdvance)
	case !c.Frozen():
		return response{}, refuseCode(http.StatusConflict, codeClockRunning, "the clock is running; freeze it first")
	}
	note(w, r, journal.Record{Reason: fmt.Sprintf("the clock was advanced by %s", target.Sub(now))})
	patiently(r)
	var err error
	if ask.By != nil {
		err = c.Advance(r.Context(), time.Duration(*ask.By))
	} else {
		err = c.AdvanceTo(r.Context(), target)
	}
	if err != nil {
		if r.Context().Err() != nil {
			return response{}, refuse(http.StatusServiceUnavailable, "advancing the clock: %s", stopping)
		}
		return response{}, refuse(http.StatusConflict, "advancing the clock: %s", err) // it was set or run meanwhile
	}
	return s.clockMoved(w), nil
}
