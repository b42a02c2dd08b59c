package sqlite

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/testkit"
)

// When Idle returns, all that was due is done and the timer is set for what comes
// next: a clock that is moved straight to it misses nothing.
func TestIdleMeansThatTheClockMayGoOn(t *testing.T) {
	clock := &countingClock{Clock: frozen()}
	s := opened(t, t.TempDir(), clock)
	calls := 0 // read only while the store is idle
	working(t, s, paymentWorker(func(ctx context.Context, id int64) error {
		return s.Update(ctx, func(tx gateway.Tx) error {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			calls++
			p.DueAt = clock.Now().Add(time.Hour)
			return tx.SavePayment(p)
		})
	}))
	p := samplePayment("")
	p.DueAt = testStart
	if err := s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertPayment(p) }); err != nil {
		t.Fatal(err)
	}
	for hour := 1; hour <= 100; hour++ {
		if err := s.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if calls != hour {
			t.Fatalf("after %d hours there were %d calls", hour-1, calls)
		}
		if n := clock.waiting.Load(); n != 1 {
			t.Fatalf("%d timers are set for the next call", n)
		}
		clock.Advance(time.Hour)
	}
}

// countingClock knows how many timers are set.
type countingClock struct {
	*testkit.Clock
	waiting atomic.Int32
}

func (c *countingClock) AfterFunc(d time.Duration, f func()) func() bool {
	c.waiting.Add(1)
	stop := c.Clock.AfterFunc(d, func() { c.waiting.Add(-1); f() })
	return func() bool {
		stopped := stop()
		if stopped {
			c.waiting.Add(-1)
		}
		return stopped
	}
}

func TestIdleEnds(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	s.due.apply([]change{changeOf(paymentWork, 1, at(0))}) // due, and nobody works
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Idle(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Idle returned %v when its context had ended", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Idle(t.Context()); !errors.Is(err, gateway.ErrClosed) {
		t.Errorf("Idle returned %v after Close, want ErrClosed", err)
	}
}
