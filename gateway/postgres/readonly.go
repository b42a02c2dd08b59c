package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/schema"
)

// Reader looks into a store's tables from outside. It takes no lock and writes
// nothing, so that the gateways may run meanwhile and a user of the database who may
// only read is enough.
type Reader struct{ pool *pgxpool.Pool }

var _ gateway.AuditLog = (*Reader)(nil)

// OpenReader opens the store at url for reading. It neither makes nor migrates
// anything; a store of another release is refused.
func OpenReader(ctx context.Context, url string) (*Reader, error) {
	r, err := openReader(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", plain(err))
	}
	return r, nil
}

func openReader(ctx context.Context, url string) (*Reader, error) {
	cfg, err := parse(url)
	if err != nil {
		return nil, err
	}
	cfg = serving(cfg)
	cfg.ConnConfig.RuntimeParams["default_transaction_read_only"] = "on"
	pool, err := connect(ctx, cfg, 1)
	if err != nil {
		return nil, err
	}
	if err := checkMigrated(ctx, pool); err != nil {
		pool.Close()
		return nil, err
	}
	return &Reader{pool}, nil
}

// checkMigrated refuses a database whose tables are not those of this release.
func checkMigrated(ctx context.Context, pool *pgxpool.Pool) error {
	var has int64
	if err := pool.QueryRow(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&has); err != nil {
		return fmt.Errorf("asking for the database's version: %w", plain(err))
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
	return view(ctx, r.pool, nil, f)
}

// Close ends the reading. No View may run.
func (r *Reader) Close() error {
	r.pool.Close()
	return nil
}
