package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Ledger returns the id that the database got when it was made, and whether it has no
// payments.
func (s *Store) Ledger(ctx context.Context) (id string, empty bool, err error) {
	done, err := s.enter(ctx)
	if err != nil {
		return "", false, err
	}
	defer done()
	err = s.db.QueryRow(ctx, `SELECT id, NOT EXISTS (SELECT FROM payments) FROM ledger`).Scan(&id, &empty)
	if err != nil {
		return "", false, fmt.Errorf("the ledger's id: %w", plain(err))
	}
	return id, empty, nil
}

// Ping implements gateway.Store. It writes, since a server whose disk is full, or that
// takes no writes for another reason, can be read well.
func (s *Store) Ping(ctx context.Context) error {
	done, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	if _, err := s.db.Exec(ctx, `UPDATE ledger SET probed_at = $1`, instant(s.clock.Now())); err != nil {
		return fmt.Errorf("a trial write: %w", plain(err))
	}
	return nil
}

// mayBegin asks whether a ledger may begin in a database without the gateway's tables.
func (cfg Config) mayBegin(ctx context.Context, pool *pgxpool.Pool) error {
	var found bool
	if err := pool.QueryRow(ctx, `SELECT to_regclass('payments') IS NOT NULL`).Scan(&found); err != nil {
		return fmt.Errorf("looking for the tables: %w", err)
	}
	if found || cfg.MayBegin == nil {
		return nil
	}
	return cfg.MayBegin("the PostgreSQL database has no tables of the gateway")
}
