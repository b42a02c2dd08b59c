package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/schema"
)

// Reader looks into a store's file from outside. It takes no lock and writes
// nothing, so that the gateway may run meanwhile.
type Reader struct {
	pool *pool
}

var _ gateway.AuditLog = (*Reader)(nil)

// OpenReader opens the store in dir for reading. It neither makes nor migrates
// anything; a store of another release is refused.
func OpenReader(ctx context.Context, dir string) (*Reader, error) {
	path, err := filepath.Abs(filepath.Join(dir, "gateway.db"))
	if err != nil {
		return nil, fmt.Errorf("opening the database in %s: %w", dir, err)
	}
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("opening the database in %s: there is no gateway.db that can be read: %w", dir, errors.Unwrap(err))
	}
	db, err := openDB(path, reading)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkMigrated(ctx, db), db.Close()); err != nil {
		return nil, fmt.Errorf("opening the database in %s: %w", dir, err)
	}
	return &Reader{newPool(name(path, reading), 1)}, nil
}

// checkMigrated refuses a file whose tables are not those of this release.
func checkMigrated(ctx context.Context, db *sql.DB) error {
	var has int64
	if err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version").Scan(&has); err != nil {
		return fmt.Errorf("asking for the database's version: %w", err)
	}
	knows, err := schema.Newest(migrations)
	if err != nil {
		return err
	}
	if has != knows {
		return fmt.Errorf("the database has version %d, this release knows %d; a start of its gateway brings an older one up to date", has, knows)
	}
	return nil
}

// View implements gateway.AuditLog.
func (r *Reader) View(ctx context.Context, f func(gateway.Tx) error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case s := <-r.pool.idle:
		defer func() { r.pool.idle <- s }()
		return view(ctx, s, f)
	}
}

// Close ends the reading. No View may run.
func (r *Reader) Close() error {
	r.pool.close()
	return nil
}
