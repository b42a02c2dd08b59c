package callback

import (
	"errors"
	"fmt"
)

// Hold keeps what falls due from now on until Release. What is on its way goes on.
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
	if len(s.held) == 0 {
		return
	}
	all := s.held
	s.held = nil
	s.begin(link(all))
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
	d, ok := s.kept.byID[id]
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
	s.begin(&attempt{delivery: d, copy: d.Plan.Copies + d.resent, at: s.clock.Now(), resent: true})
	return nil
}
