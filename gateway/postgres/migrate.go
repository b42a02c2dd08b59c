package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/darajabox/darajabox/internal/schema"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock that replicas which start together take turns
// at: "darajabx" in ASCII.
const migrationLock = 0x646172616a616278

// migrate brings the tables up to date, the gateway's and River's, while other
// replicas wait. It refuses a database that a later release has migrated further,
// since it would not know what the rows mean.
func migrate(ctx context.Context, pool *pgxpool.Pool) error {
	lock, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer lock.Release()
	if _, err := lock.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return fmt.Errorf("waiting for other replicas' migration: %w", err)
	}
	defer func() {
		if _, err := lock.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrationLock)); err != nil {
			_ = lock.Conn().Close(context.WithoutCancel(ctx)) // which gives it back as well
		}
	}()
	return errors.Join(migrateGateway(ctx, pool), migrateRiver(ctx, pool))
}

func migrateGateway(ctx context.Context, pool *pgxpool.Pool) error {
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }() // the pool stays
	return schema.Migrate(ctx, goose.DialectPostgres, db, migrations)
}

func migrateRiver(ctx context.Context, pool *pgxpool.Pool) error {
	m, err := rivermigrate.New[pgx.Tx](riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("reading River's migrations: %w", err)
	}
	if _, err := m.ExistingVersions(ctx); err != nil { // of versions that it does not know, too
		return fmt.Errorf("asking for the version of River's tables, which a later release may have migrated further: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrating River's tables: %w", err)
	}
	return nil
}
