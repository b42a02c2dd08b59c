package postgres

import (
	"context"
	"io/fs"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/postgres/pgtest"
)

// A receipt that an earlier release wrote as it came is found as used by M-PESA's
// spelling of it.
func TestUpgradeFindsReceiptsInAnySpelling(t *testing.T) {
	url := pgtest.Start(t)
	must(t, earlierRelease(t.Context(), url,
		`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, claimed, refusal, support, review_reason, trace)
			OVERRIDING SYSTEM VALUE
			SELECT n, 'acme', 'collect', '', '', 100, '', '', 'paid', 1, 0, '', '', '', '', '', '', '', false, '', '' FROM generate_series(1, 5) n`,
		`INSERT INTO receipts (receipt, payment_id, claimed_at) VALUES
			('rcpt00001', 1, '2026-01-01'), ('Rcpt00001 ', 2, '2026-01-02'), ('RCPT00002', 3, '2026-01-03'), ('rcpt00002', 4, '2025-01-01'), ('<script>', 5, NULL)`))
	s := opened(t, Config{URL: url, Clock: frozen()})
	for receipt, want := range map[string]int64{"RCPT00001": 1, "RCPT00002": 3, "RCPT00003": 5, "<script>": 5} {
		must(t, s.Update(t.Context(), func(tx gateway.Tx) error {
			owner, err := tx.ClaimReceipt(receipt, 5, testStart)
			if owner != want {
				t.Errorf("%s belongs to %d, want %d", receipt, owner, want)
			}
			return err
		}))
	}
}

// earlierRelease makes the tables as they were before receipts had one spelling, and
// fills them.
func earlierRelease(ctx context.Context, url string, queries ...string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer func() { _ = db.Close() }()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, 7); err != nil {
		return err
	}
	for _, query := range queries {
		if _, err := db.ExecContext(ctx, query); err != nil {
			return err
		}
	}
	return nil
}
