package callback

import (
	"errors"
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of what List shows and Resend can send again: the latest callbacks.
const (
	MaxKept      = 10_000
	MaxKeptBytes = 32 << 20
)

// ErrUnknown: no callback of that id is among the latest.
var ErrUnknown = errors.New("no such callback among the latest")

// Status is the state of a callback in a word.
type Status string

// The states of a callback.
const (
	Planned   Status = "planned"   // it or its next copy is not due yet
	Held      Status = "held"      // due, and waits for Release
	Sending   Status = "sending"   // due, and on its way
	Delivered Status = "delivered" // the latest copy was answered with a 2xx
	Failed    Status = "failed"    // it was answered otherwise, or not at all
	Dropped   Status = "dropped"   // lost on purpose
)

// State is a callback as List shows it, its Body as the journal has it.
type State struct {
	simulator.Callback
	Status     Status
	DueAt      time.Time // of the latest copy, or of the next one
	Attempts   int       // that have ended
	LastStatus int       // HTTP; 0 when there was no answer
	LastError  string
}

// latest are the latest callbacks, bounded in number and in bytes.
type latest struct {
	all   []*delivery // oldest first
	byID  map[string]*delivery
	bytes int
}

func newLatest() latest { return latest{byID: make(map[string]*delivery)} }

func (l *latest) add(d *delivery) {
	l.all = append(l.all, d)
	l.byID[d.ID] = d
	l.bytes += size(d)
	for len(l.all) > MaxKept || l.bytes > MaxKeptBytes && len(l.all) > 1 {
		oldest := l.all[0]
		l.bytes -= size(oldest)
		if l.byID[oldest.ID] == oldest {
			delete(l.byID, oldest.ID)
		}
		l.all[0] = nil
		l.all = l.all[1:]
	}
}

// size is about how many bytes d takes.
func size(d *delivery) int { return 512 + len(d.Body) + len(d.URL) }

// List is the state of the latest callbacks, the newest last.
func (s *Sender) List() []State {
	s.mu.Lock()
	out := make([]State, len(s.latest.all))
	for i, d := range s.latest.all {
		out[i] = State{Callback: d.Callback, Status: d.status, DueAt: d.dueAt.In(daraja.EAT()), Attempts: d.ended, LastStatus: d.code, LastError: d.fault}
	}
	s.mu.Unlock()
	for i := range out {
		out[i].Body = journal.RedactBody(out[i].Body)
	}
	return out
}

// Hold keeps what falls due from now on until Release. What is being sent goes on.
func (s *Sender) Hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = true
}

// Release sends what was held, one after another in the order in which it fell due.
func (s *Sender) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = false
	if all := s.held; len(all) > 0 {
		s.held = nil
		s.enqueue(all...)
	}
}

// Holding reports whether callbacks are held.
func (s *Sender) Holding() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.holding
}

// Resend sends a callback once more, at once, held or not, and without the faults of
// its plan. What is planned for it goes on. The error wraps ErrUnknown when it is not
// among the latest.
func (s *Sender) Resend(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.latest.byID[id]
	switch {
	case !ok:
		return fmt.Errorf("%w; the latest %d are kept", ErrUnknown, MaxKept)
	case s.stopped:
		return errors.New("sending a callback again: the simulator stops")
	case s.waiting() >= MaxWaiting:
		return fmt.Errorf("sending callback %s again: too many callbacks are waiting already", id)
	}
	d.resent++
	if d.status != Planned && d.status != Held {
		d.status = Sending
	}
	s.enqueue(&attempt{delivery: d, copy: d.Plan.Copies + d.resent, at: s.config.Clock.Now(), resent: true})
	return nil
}
