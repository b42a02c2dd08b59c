package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// idlePause is between two looks at the tables for somebody who waits until nothing
// is due.
const idlePause = 5 * time.Millisecond

// Idle waits until nothing runs and nothing is due, on whatever replica, so that a
// clock that is moved by hand may go on. It never returns nil while nobody calls Work.
func (s *Store) Idle(ctx context.Context) error {
	for {
		idle, err := s.isIdle(ctx)
		switch {
		case err != nil:
			return fmt.Errorf("waiting for the store's work: %w", err)
		case idle:
			return nil
		}
		select {
		case <-s.closing:
			return gateway.ErrClosed
		default:
		}
		wait(ctx, nil, idlePause)
		if ctx.Err() != nil {
			return fmt.Errorf("waiting for the store's work: %w", ctx.Err())
		}
	}
}

func (s *Store) isIdle(ctx context.Context) (bool, error) {
	done, err := s.begin()
	if err != nil {
		return false, err
	}
	defer done()
	ready, version := s.sweeper.ready()
	running, _ := s.calls.count()
	if !ready || running > 0 {
		return false, nil
	}
	now := s.clock.Now()
	var busy bool
	err = s.db.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM payments WHERE due_at IS NOT NULL AND run_at IS NULL)
		OR EXISTS (SELECT 1 FROM deliveries WHERE due_at IS NOT NULL AND run_at IS NULL)
		OR EXISTS (SELECT 1 FROM payments WHERE run_at <= $1) OR EXISTS (SELECT 1 FROM deliveries WHERE run_at <= $1)`, now).Scan(&busy)
	if err != nil {
		return false, plain(err)
	}
	still, again := s.sweeper.ready()
	running, _ = s.calls.count()
	return !busy && still && again == version && running == 0, nil
}
