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
	due     int             // attempts queued or running
	waiters []chan struct{} // told when due is 0
}

func newEra() *era {
	ctx, cancel := context.WithCancel(context.Background())
	return &era{ctx: ctx, end: cancel}
}

// done takes n attempts off what is due.
func (e *era) done(n int) {
	e.due -= n
	if e.due > 0 {
		return
	}
	for _, w := range e.waiters {
		close(w)
	}
	e.waiters = nil
}

// Idle waits until everything that has fallen due is delivered, or has failed to
// be. What is planned for later does not count. On a clock that is moved by hand
// this is when the merchants have been told all there is to tell so far.
func (s *Sender) Idle(ctx context.Context) error {
	s.mu.Lock()
	current := s.era
	s.mu.Unlock()
	return s.idle(ctx, current)
}

func (s *Sender) idle(ctx context.Context, e *era) error {
	s.mu.Lock()
	if e.due == 0 {
		s.mu.Unlock()
		return nil
	}
	none := make(chan struct{})
	e.waiters = append(e.waiters, none)
	s.mu.Unlock()
	select {
	case <-none:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for callbacks: %w", ctx.Err())
	}
}

// Reset forgets what is planned and due, cuts off what is running, and waits for
// its end. None of it is recorded from now on.
func (s *Sender) Reset(ctx context.Context) error {
	s.mu.Lock()
	s.forget()
	over := s.era
	s.era = newEra()
	s.mu.Unlock()
	over.end()
	return s.idle(ctx, over)
}

// Stop forgets what is planned and due, and waits for what is running; when ctx
// ends first, that is cut off and the error says so. Nothing is delivered any
// more.
func (s *Sender) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.stopped = true
	s.forget()
	last := s.era
	s.mu.Unlock()
	err := s.idle(ctx, last)
	last.end()
	s.ended.Wait() // at once: what was still running is cut off
	if err != nil {
		return fmt.Errorf("stopping the sender of callbacks: %w", err)
	}
	return nil
}

// forget drops what is planned and due. The caller holds mu.
func (s *Sender) forget() {
	for d, stop := range s.planned {
		stop()
		delete(s.planned, d)
	}
	s.era.done(len(s.queue))
	s.queue = nil
}
