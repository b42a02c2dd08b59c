package sqlite

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/darajabox/darajabox/gateway/storetest"
)

// A database of a release that counted ids goes on: what it has is found, and what
// comes has greater ids.
func TestDatabaseWithCountedIDs(t *testing.T) {
	dir := t.TempDir()
	older(t, dir, 3,
		`INSERT INTO payments (partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, refusal, support, review_reason)
			VALUES ('acme', 'collect', '', '254708374149', 100, '', '', 'paid', 1, 0, '', '', '', '', '', '', 0, '')`,
		`INSERT INTO deliveries (payment_id, partner, url, body, state, attempts) VALUES (1, 'acme', 'http://127.0.0.1/', x'', 'delivered', 1)`)
	storetest.OldIDs(t, opened(t, dir, frozen()), 1, 1)
}

// older makes a database of an earlier version in dir, with some rows.
func older(t *testing.T, dir string, version int64, statements ...string) {
	t.Helper()
	path := filepath.Join(dir, "gateway.db")
	if err := touch(path); err != nil {
		t.Fatal(err)
	}
	db, err := openDB(path, writing)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}
