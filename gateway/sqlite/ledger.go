package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/darajabox/darajabox/gateway"
)

// Ledger returns the id that the database got when it was made, and whether it has no
// payments.
func (s *Store) Ledger(ctx context.Context) (id string, empty bool, err error) {
	err = s.View(ctx, func(g gateway.Tx) error {
		t := g.(*tx)
		if id, err = one(t, "the ledger's id", scanText, `SELECT id FROM ledger`); err != nil {
			return err
		}
		n, err := one(t, "looking for payments", scanCount, `SELECT EXISTS (SELECT 1 FROM payments)`)
		empty = n == 0
		return err
	})
	return id, empty, err
}

func scanText(r row) (s string, err error) {
	err = r.Scan(&s)
	return s, err
}

// Ping implements gateway.Store. It writes, since a full disk can be read well.
func (s *Store) Ping(ctx context.Context) error {
	return s.Update(ctx, func(g gateway.Tx) error {
		return g.(*tx).update("a trial write", `UPDATE ledger SET probed_at = ?`, instant(s.clock.Now()))
	})
}

// mayBegin asks, before anything is made, whether a ledger may begin at path when there
// is none.
func (cfg Config) mayBegin(path string) error {
	info, err := os.Stat(path)
	switch {
	case cfg.MayBegin == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return cfg.MayBegin(path + " is not there")
	case err != nil:
		return fmt.Errorf("looking at the database file: %w", err)
	case info.Size() == 0:
		return cfg.MayBegin(path + " is empty")
	}
	return nil
}

// mayMigrate is mayBegin for a file that is there and has no tables.
func (cfg Config) mayMigrate(ctx context.Context, path string, db *sql.DB) error {
	var tables int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_schema WHERE name = 'payments'`).Scan(&tables); err != nil {
		return fmt.Errorf("looking for the tables: %w", err)
	}
	if tables > 0 || cfg.MayBegin == nil {
		return nil
	}
	return cfg.MayBegin(path + " has no tables")
}
