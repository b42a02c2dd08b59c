package callback

import (
	"context"
	"fmt"
)

// era lasts from one Reset to the next. What belongs to one that is over is cut
// off and leaves no record. Sender.mu guards it.
type era struct {
	ctx     context.Context // lasts as long as the era
	end     context.CancelFunc
	nap     context.Context // lasts as long as an attempt may wait for the clock
	wake    context.CancelFunc
	open    int // attempts queued or running
	asleep  int // those of them that wait for the clock
	waiters []waiter
}

// waiter is told when no attempt is left that it waits for.
type waiter struct {
	asleep bool // waits for those that wait for the clock, too
	none   chan struct{}
}

func newEra() *era {
	ctx, cancel := context.WithCancel(context.Background())
	nap, wake := context.WithCancel(ctx)
	return &era{ctx: ctx, end: cancel, nap: nap, wake: wake}
}

// left counts what a waiter waits for.
func (e *era) left(asleep bool) int {
	if asleep {
		return e.open
	}
	return e.open - e.asleep
}

// tell tells the waiters, after open or asleep has changed.
func (e *era) tell() {
	if e.open > e.asleep || len(e.waiters) == 0 {
		return
	}
	kept := e.waiters[:0]
	for _, w := range e.waiters {
		if e.left(w.asleep) > 0 {
			kept = append(kept, w)
			continue
		}
		close(w.none)
	}
	e.waiters = kept
}

// Idle waits until everything that has fallen due is delivered, or has failed to
// be. What is planned for later or held does not count, nor does an attempt that
// waits for the clock before it goes on. On a frozen clock this is when the merchants
// have been told all there is to tell so far.
func (s *Sender) Idle(ctx context.Context) error {
	s.mu.Lock()
	current := s.era
	s.mu.Unlock()
	return s.idle(ctx, current, false)
}

func (s *Sender) idle(ctx context.Context, e *era, asleep bool) error {
	s.mu.Lock()
	if e.left(asleep) == 0 {
		s.mu.Unlock()
		return nil
	}
	w := waiter{asleep: asleep, none: make(chan struct{})}
	e.waiters = append(e.waiters, w)
	s.mu.Unlock()
	select {
	case <-w.none:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for callbacks: %w", ctx.Err())
	}
}

// Reset forgets every callback, cuts off what is running, and waits for its end. None
// of it is recorded from now on. Nothing is held any more.
func (s *Sender) Reset(ctx context.Context) error {
	s.mu.Lock()
	over := s.renew()
	s.mu.Unlock()
	return s.idle(ctx, over, true)
}

// renew begins a new era and returns the one that is over. The caller holds mu.
func (s *Sender) renew() *era {
	s.forget()
	s.kept, s.holding = newKept(), false
	over := s.era
	s.era = newEra()
	over.end()
	return over
}

// Stop forgets what is planned, held and due, cuts off what waits for the clock, and
// waits for what is running; when ctx ends first, that is cut off too and the error
// says so. Nothing is delivered any more.
func (s *Sender) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	s.forget()
	last := s.era
	s.mu.Unlock()
	last.wake()
	err := s.idle(ctx, last, true)
	last.end()
	s.ended.Wait() // at once: what was still running is cut off
	s.pool.close()
	if err != nil {
		return fmt.Errorf("stopping the sender of callbacks: %w", err)
	}
	return nil
}

// forget drops what is planned, held and due. The caller holds mu.
func (s *Sender) forget() {
	for d := range s.planned {
		d.stop()
		delete(s.planned, d)
	}
	if len(s.shuffled.all) > 0 {
		s.shuffled.stop()
		s.shuffled = shuffled{}
	}
	for _, a := range s.queue {
		for ; a != nil; a = a.then {
			a.era.open--
		}
	}
	s.queue, s.held = nil, nil
	s.era.tell()
}
