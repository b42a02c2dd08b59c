package gateway_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// alarm is a clock whose next wait ends when ring is called.
type alarm struct {
	set     chan func()
	stopped chan struct{}
}

func (alarm) Now() time.Time { return time.Time{} }

func (a alarm) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	if d != time.Hour {
		return func() bool { return false }
	}
	a.set <- f
	return func() bool {
		close(a.stopped)
		return true
	}
}

func TestSleepEndsByItsClockOrItsContext(t *testing.T) {
	stopping := errors.New("stopping")
	for name, tt := range map[string]struct {
		end  func(ring func(), cancel context.CancelCauseFunc)
		want error
	}{
		"the time is over": {func(ring func(), _ context.CancelCauseFunc) { ring() }, nil},
		"the context ends": {func(_ func(), cancel context.CancelCauseFunc) { cancel(stopping) }, stopping},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			clock := alarm{set: make(chan func(), 1), stopped: make(chan struct{})}
			slept := make(chan error, 1)
			go func() { slept <- gateway.Sleep(ctx, clock, time.Hour) }()
			ring := <-clock.set
			select {
			case err := <-slept:
				t.Fatalf("it did not wait: %v", err)
			default:
			}
			tt.end(ring, cancel)
			if err := <-slept; !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			<-clock.stopped
		})
	}
}
