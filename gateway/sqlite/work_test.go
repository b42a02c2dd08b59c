package sqlite

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// realClock is the machine's.
type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

type paymentWorker func(ctx context.Context, id int64) error

func (w paymentWorker) WorkPayment(ctx context.Context, id int64) error { return w(ctx, id) }

func (w paymentWorker) WorkDelivery(context.Context, int64) error {
	return errors.New("no deliveries here")
}

// working runs Work until the test ends, and returns what it returned.
func working(t *testing.T, s *Store, w gateway.Worker) <-chan error {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done, ended := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(ended)
		done <- s.Work(ctx, w)
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return done
}

func TestWorkByTheRealClock(t *testing.T) {
	s := opened(t, t.TempDir(), realClock{})
	called := make(chan time.Time, 100)
	working(t, s, paymentWorker(func(ctx context.Context, id int64) error {
		now := time.Now()
		err := s.Update(ctx, func(tx gateway.Tx) error {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			if p.DueAt.After(now) {
				t.Errorf("called %v before it was due", p.DueAt.Sub(now))
			}
			p.Checks++
			p.DueAt = now.Add(5 * time.Millisecond)
			if p.Checks == 5 {
				p.DueAt = time.Time{}
			}
			return tx.SavePayment(p)
		})
		called <- now
		return err
	}))
	for i := range 4 {
		p := samplePayment("")
		p.DueAt = time.Now().Add(time.Duration(i-1) * 10 * time.Millisecond)
		if err := s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertPayment(p) }); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 * 5 {
		<-called
	}
}

func TestWorkIsDoneOnce(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	p := samplePayment("")
	p.DueAt = testStart
	if err := s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertPayment(p) }); err != nil {
		t.Fatal(err)
	}
	begun := make(chan struct{})
	w := paymentWorker(func(ctx context.Context, _ int64) error { close(begun); <-ctx.Done(); return ctx.Err() })
	done := working(t, s, w)
	<-begun
	if err := s.Work(t.Context(), w); err == nil || errors.Is(err, gateway.ErrClosed) {
		t.Errorf("a second Work returned %v, want a refusal", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, gateway.ErrClosed) {
		t.Errorf("Work returned %v after Close, want ErrClosed", err)
	}
}

// A clock that is advanced while a timer is being set must not make it late.
func TestClockMovesWhileTimerIsSet(t *testing.T) {
	clock := &movingClock{Clock: frozen(), by: 7 * time.Second}
	s := opened(t, t.TempDir(), clock)
	s.due.apply([]change{changeOf(paymentWork, 1, at(10*time.Second))})
	s.setTimer(timer{stop: func() bool { return true }})
	clock.Clock.(interface{ Advance(time.Duration) }).Advance(3 * time.Second)
	select {
	case <-s.wake:
	default:
		t.Error("the timer has not come 10s after the start, when the row is due")
	}
}

// movingClock is advanced by somebody else in the middle of the first AfterFunc.
type movingClock struct {
	gateway.Clock
	by time.Duration
}

func (c *movingClock) AfterFunc(d time.Duration, f func()) func() bool {
	c.Clock.(interface{ Advance(time.Duration) }).Advance(c.by)
	c.by = 0
	return c.Clock.AfterFunc(d, f)
}
