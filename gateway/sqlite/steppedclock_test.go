package sqlite

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/testkit"
)

// steppedClock is a clock that is put back: Now moves, timers do not.
type steppedClock struct {
	*testkit.Clock
	mu  sync.Mutex
	by  time.Duration
	set chan time.Duration // what timers are set for
}

func (c *steppedClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Clock.Now().Add(c.by)
}

func (c *steppedClock) step(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by = by
}

func (c *steppedClock) AfterFunc(d time.Duration, f func()) func() bool {
	defer func() { c.set <- d }()
	return c.Clock.AfterFunc(d, f)
}

// timer waits for a timer that is set for d.
func (c *steppedClock) timer(t *testing.T, d time.Duration) {
	t.Helper()
	for {
		select {
		case got := <-c.set:
			if got == d {
				return
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("no timer is set for %v", d)
		}
	}
}

// A timer that rings too early, because the clock was put back meanwhile, is set anew.
func TestClockIsPutBackWhileATimerRuns(t *testing.T) {
	clock := &steppedClock{Clock: testkit.NewClock(testStart), set: make(chan time.Duration, 100)}
	s := opened(t, t.TempDir(), clock)
	called := make(chan time.Time, 1)
	working(t, s, paymentWorker(func(ctx context.Context, id int64) error {
		called <- clock.Now()
		return s.Update(ctx, func(tx gateway.Tx) error {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			p.DueAt = time.Time{}
			return tx.SavePayment(p)
		})
	}))
	p := samplePayment("")
	p.DueAt = clock.Now().Add(time.Minute)
	if err := s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertPayment(p) }); err != nil {
		t.Fatal(err)
	}
	clock.timer(t, time.Minute)
	clock.step(-time.Second)
	clock.Advance(time.Minute)
	clock.timer(t, time.Second)
	clock.Advance(time.Second)
	select {
	case at := <-called:
		if !at.Equal(p.DueAt) {
			t.Errorf("called at %v, due at %v", at, p.DueAt)
		}
	case <-time.After(10 * time.Second):
		t.Error("what is due is not done")
	}
}
