package ops_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway/ops"
	"github.com/darajabox/darajabox/internal/testkit"
)

func TestRecentRunsOnceWithinItsTime(t *testing.T) {
	full := errors.New("the disk is full")
	c := testkit.NewClock(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC))
	var runs int
	var next error
	r := ops.NewRecent(c, 2*time.Second, func(context.Context) error { runs++; return next })
	for _, tt := range []struct {
		name  string
		after time.Duration
		next  error // what a run would return
		want  error
		runs  int
	}{
		{"the first", 0, nil, nil, 1},
		{"at once", 0, full, nil, 1},
		{"just within", 1999 * time.Millisecond, full, nil, 1},
		{"after it", time.Millisecond, full, full, 2},
		{"a failure is kept too", time.Second, nil, full, 2},
		{"it recovers by itself", time.Second, nil, nil, 3},
		{"the clock was set back", -time.Hour, full, full, 4},
	} {
		c.Advance(tt.after)
		next = tt.next
		if err := r.Check(t.Context()); !errors.Is(err, tt.want) || runs != tt.runs {
			t.Errorf("%s: %v after %d runs, want %v after %d", tt.name, err, runs, tt.want, tt.runs)
		}
	}
}

// Many probes at once cost one run, and one that hangs keeps nobody beyond its own time.
func TestRecentIsSharedAndBounded(t *testing.T) {
	c := testkit.NewClock(time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC))
	begun, end := make(chan struct{}, 100), make(chan struct{})
	r := ops.NewRecent(c, time.Second, func(ctx context.Context) error {
		begun <- struct{}{}
		select {
		case <-end:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	cut, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- r.Check(cut) }()
	<-begun
	waits, stop := context.WithCancel(t.Context())
	stop()
	if err := r.Check(waits); !errors.Is(err, context.Canceled) {
		t.Errorf("one whose time is over: %v", err)
	}
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the one that was cut off: %v", err)
	}
	close(end)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := r.Check(t.Context()); err != nil {
				t.Errorf("a later one got what was cut off: %v", err)
			}
		})
	}
	all.Wait()
	if n := len(begun); n != 1 {
		t.Errorf("50 probes at once cost %d runs", n)
	}
}
