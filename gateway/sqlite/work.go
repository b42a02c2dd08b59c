package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// slack is how late a timer may be set. It forgives a real clock the time between
// two readings, and not a manual clock that was advanced between them.
const slack = time.Millisecond

// loadDue fills the queue from the tables.
func (s *Store) loadDue(ctx context.Context) error {
	return s.View(ctx, func(g gateway.Tx) error {
		t := g.(*tx)
		for k, query := range [kinds]string{
			paymentWork:  `SELECT id, due_at, '', '' FROM payments WHERE due_at IS NOT NULL`,
			deliveryWork: `SELECT id, due_at, partner, endpoint FROM deliveries WHERE due_at IS NOT NULL`,
		} {
			due, err := list(t, "what is due", func(r row) (change, error) {
				c := change{kind: kind(k)}
				err := r.Scan(&c.id, intoTime{&c.due}, &c.to.partner, &c.to.endpoint)
				return c, err
			}, query)
			if err != nil {
				return err
			}
			s.due.apply(due)
		}
		return nil
	})
}

// committed is told by the writer what each commit changed.
func (s *Store) committed(changes []change) {
	if len(changes) == 0 {
		return
	}
	s.due.apply(changes)
	s.ring()
}

// ring wakes Work. It never blocks, so that a clock may call it from anywhere.
func (s *Store) ring() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Work implements gateway.Store. It returns nil when ctx has ended and the last
// call has returned, gateway.ErrClosed when Close ended it; either way the context
// of the calls is cancelled. Only one Work runs at a time.
func (s *Store) Work(ctx context.Context, w gateway.Worker) error {
	select {
	case <-s.closing:
		return gateway.ErrClosed
	default:
	}
	if !s.working.CompareAndSwap(false, true) {
		return errors.New("the store's work is already being done")
	}
	defer s.working.Store(false)

	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	timer := noTimer()
	defer func() { timer.stop() }()

	for ctx.Err() == nil {
		version := s.due.version()
		s.handOut(ctx, w, &running)
		timer = s.setTimer(timer)
		s.due.arm(version)
		select {
		case <-s.wake:
		case <-ctx.Done():
		case <-s.closing:
			return gateway.ErrClosed
		}
	}
	return nil
}

// Idle waits until nothing runs and nothing is due, so that a clock that is moved by
// hand may go on. It never returns nil while nobody calls Work.
func (s *Store) Idle(ctx context.Context) error {
	for {
		ok, moved := s.due.idle(s.clock.Now())
		if ok {
			return nil
		}
		select {
		case <-moved:
		case <-s.closing:
			return gateway.ErrClosed
		case <-ctx.Done():
			return fmt.Errorf("waiting for the store's work: %w", ctx.Err())
		}
	}
}

// handOut starts a call for each row that is due.
func (s *Store) handOut(ctx context.Context, w gateway.Worker, running *sync.WaitGroup) {
	now := s.clock.Now()
	for {
		j, ok := s.due.take(now)
		if !ok {
			return
		}
		running.Go(func() { s.do(ctx, w, j) })
	}
}

// timer wakes Work at a time; the zero time is never.
type timer struct {
	at    time.Time
	fired *atomic.Bool // it has rung, too early when the clock was put back meanwhile
	stop  func() bool
}

func noTimer() timer { return timer{fired: new(atomic.Bool), stop: func() bool { return true }} }

// setTimer has Work woken when the next row is due, in place of an earlier timer. One
// that is right already stays, so that whoever has seen the store idle can rely on
// it.
func (s *Store) setTimer(earlier timer) timer {
	at, ok := s.due.earliest()
	if now := s.clock.Now(); ok && at.Equal(earlier.at) && at.After(now) && !earlier.fired.Load() {
		return earlier
	}
	earlier.stop()
	set := noTimer()
	for ok {
		now := s.clock.Now()
		if !at.After(now) {
			s.ring()
			break
		}
		fired := new(atomic.Bool)
		set = timer{at: at, fired: fired, stop: s.clock.AfterFunc(at.Sub(now), func() {
			fired.Store(true)
			s.ring()
		})}
		if s.clock.Now().Sub(now) < slack {
			break
		}
		set.stop() // time has passed, and the timer would be late by as much
	}
	return set
}

// do makes one call and gives the row back, even when the call panics or ends its
// goroutine.
func (s *Store) do(ctx context.Context, w gateway.Worker, j job) {
	err := errors.New("the call ended its goroutine")
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		o := worked
		switch {
		case err != nil && ctx.Err() != nil:
			o = interrupted
		case err != nil:
			o = failed
		}
		pause := s.due.finish(j, o, s.clock.Now())
		if pause > 0 {
			s.throttled.Warn("due work is left undone", "kind", j.kind.String(), "id", j.id, "again_in", pause, "error", err)
		}
		s.ring()
	}()
	if j.kind == paymentWork {
		err = w.WorkPayment(ctx, j.id)
	} else {
		err = w.WorkDelivery(ctx, j.id)
	}
}
