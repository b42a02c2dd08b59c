package ops

import (
	"context"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// Recent is a check that costs something, such as a write to the disk, for callers that
// may ask often: within For all get the result of the last run.
type Recent struct {
	clock gateway.Clock
	keep  time.Duration
	run   func(ctx context.Context) error
	turn  chan struct{} // full while one of them runs or reads; guards what follows

	at  time.Time // of the last run
	err error     // of the last run
}

// NewRecent returns a Recent that runs run at most once within keep.
func NewRecent(clock gateway.Clock, keep time.Duration, run func(ctx context.Context) error) *Recent {
	return &Recent{clock: clock, keep: keep, run: run, turn: make(chan struct{}, 1)}
}

// Check returns what the last run returned, or runs again. A run that ctx cut off says
// nothing to others.
func (r *Recent) Check(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	now := r.clock.Now()
	if since := now.Sub(r.at); !r.at.IsZero() && since >= 0 && since < r.keep {
		return r.err
	}
	err := r.run(ctx)
	if ctx.Err() == nil {
		r.at, r.err = now, err
	}
	return err
}
