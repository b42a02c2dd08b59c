package callback

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// pieces is how many a slow body comes in.
const pieces = 10

// postBadly sends a as its plan demands, on a connection of its own: spread over time,
// or cut off by a reset in the middle.
func (s *Sender) postBadly(a *attempt, m message) answer {
	dialling, cancel := context.WithTimeout(a.era.ctx, s.wait)
	defer cancel()
	c, err := s.pool.dial(dialling, m.URL)
	if err != nil {
		return answer{err: s.reason(dialling, 0, err)}
	}
	defer func() { _ = c.Close() }() // a reset has closed it already
	head, body := m.bytes[:m.body], m.bytes[m.body:]
	if a.Plan.Reset {
		body = body[:len(body)/2]
	}
	if err := s.trickle(a, c, head, body); err != nil {
		return answer{err: err}
	}
	if a.Plan.Reset {
		c.reset()
		return answer{err: fmt.Errorf("reset on purpose after %d of %d bytes of the body", len(body), len(a.Body))}
	}
	var said answer
	said.err = s.within(a, c, func() (int, error) {
		said, _ = c.answer()
		return said.status, said.err
	})
	return said
}

// trickle sends a request whose body comes in pieces over the time of the plan, all at
// once without one. The first piece comes with the head, the last at the end of the
// time.
func (s *Sender) trickle(a *attempt, c *conn, head, body []byte) error {
	n := 1
	if a.Plan.SlowBody > 0 {
		n = max(2, min(len(body), pieces))
	}
	passed := time.Duration(0)
	for i := range n {
		piece := body[len(body)*i/n : len(body)*(i+1)/n]
		if i == 0 {
			piece = slices.Concat(head, piece)
		} else {
			at := a.Plan.SlowBody * time.Duration(i) / time.Duration(n-1)
			if err := s.sleep(a, at-passed); err != nil {
				return err
			}
			passed = at
		}
		err := s.within(a, c, func() (int, error) {
			_, err := c.Write(piece)
			return 0, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// within bounds one step of an attempt by the time-out, and tells why it failed. The
// step returns the status of the answer, if it has one.
func (s *Sender) within(a *attempt, c *conn, step func() (int, error)) error {
	ctx, cancel := context.WithTimeout(a.era.ctx, s.wait)
	defer cancel()
	release := c.guard(ctx)
	defer release()
	status, err := step()
	return s.reason(ctx, status, err)
}

// sleep waits on the world's clock. Meanwhile a counts for Idle no more than what is
// planned, and another attempt may go on in its place.
func (s *Sender) sleep(a *attempt, d time.Duration) error {
	woken := make(chan struct{})
	awake := false // guarded by mu, as is what wake changes
	wake := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if !awake {
			awake = true
			a.era.asleep -= a.inLine()
			s.workers++
			close(woken)
		}
	}
	s.mu.Lock()
	stop := s.clock.AfterFunc(d, a.ID, wake)
	a.era.asleep += a.inLine()
	s.workers--
	s.employ()
	a.era.tell()
	s.mu.Unlock()
	select {
	case <-woken:
		return nil
	case <-a.era.nap.Done():
		stop()
		wake()
		return errCutOff()
	}
}

// inLine counts a and those that go after it, which wait as long as it does.
func (a *attempt) inLine() int {
	n := 0
	for ; a != nil; a = a.then {
		n++
	}
	return n
}
