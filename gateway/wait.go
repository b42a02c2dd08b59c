package gateway

import (
	"context"
	"time"
)

// Sleep waits by a clock. It returns ctx's cause when ctx ends before.
func Sleep(ctx context.Context, clock Clock, d time.Duration) error {
	over := make(chan struct{})
	stop := clock.AfterFunc(d, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
