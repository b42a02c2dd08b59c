package callback

import (
	"context"
	"fmt"
)

// generation is the time from one Reset to the next. Attempts of one that is over are cut
// off and leave no record. Sender.mu guards it.
type generation struct {
	ctx       context.Context // of its attempts
	end       context.CancelFunc
	waits     context.Context // of attempts while they wait for the clock
	stopWaits context.CancelFunc
	open      int // attempts queued or running
	sleeping  int // those of them that wait for the clock
}

func newGeneration() *generation {
	ctx, end := context.WithCancel(context.Background())
	waits, stopWaits := context.WithCancel(ctx)
	return &generation{ctx: ctx, end: end, waits: waits, stopWaits: stopWaits}
}

// Idle waits until everything that has fallen due is delivered, or has failed to
// be. What is planned for later or held does not count, nor does an attempt that
// waits for the clock before it goes on.
func (s *Sender) Idle(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.generation
	return s.wait(ctx, func() bool { return g.open == g.sleeping })
}

// wait waits until a condition on a generation holds. The caller holds mu, which is
// free meanwhile.
func (s *Sender) wait(ctx context.Context, done func() bool) error {
	defer context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changed.Broadcast()
	})()
	for !done() {
		if ctx.Err() != nil {
			return fmt.Errorf("waiting for callbacks: %w", ctx.Err())
		}
		s.changed.Wait()
	}
	return nil
}

// Reset forgets every callback, cuts off what is running, and waits for its end. None
// of it is recorded from now on. Nothing is held any more.
func (s *Sender) Reset(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	over := s.renew()
	return s.wait(ctx, func() bool { return over.open == 0 })
}

// renew begins a new generation and returns the one that is over. The caller holds mu.
func (s *Sender) renew() *generation {
	s.forget()
	s.latest, s.holding = newLatest(), false
	over := s.generation
	s.generation = newGeneration()
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
	last := s.generation
	last.stopWaits()
	err := s.wait(ctx, func() bool { return last.open == 0 })
	s.mu.Unlock()
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
	if len(s.reorder.all) > 0 {
		s.reorder.stop()
		s.reorder = reorderBuffer{}
	}
	for _, all := range s.queue {
		s.generation.open -= len(all)
	}
	s.queue, s.held = nil, nil
	s.changed.Broadcast()
}
