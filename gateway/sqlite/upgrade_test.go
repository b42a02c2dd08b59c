package sqlite

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/darajabox/darajabox/gateway"
)

// A receipt that an earlier release wrote as it came is found as used by M-PESA's
// spelling of it.
func TestUpgradeFindsReceiptsInAnySpelling(t *testing.T) {
	dir := t.TempDir()
	db, err := openDB(filepath.Join(dir, "gateway.db"), "mode=rwc&_pragma=journal_mode(WAL)")
	if err != nil {
		t.Fatal(err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, refusal, support, review_reason)
			SELECT value, 'acme', 'collect', '', '', 100, '', '', 'paid', 1, 0, '', '', '', '', '', '', 0, '' FROM json_each('[1,2,3,4,5]')`,
		`INSERT INTO receipts (receipt, payment_id, claimed_at) VALUES
			('rcpt00001', 1, 10), ('Rcpt00001 ', 2, 20), ('RCPT00002', 3, 30), ('rcpt00002', 4, 5), ('<script>', 5, 40)`,
	} {
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := opened(t, dir, frozen())
	err = s.Update(t.Context(), func(tx gateway.Tx) error {
		for receipt, want := range map[string]int64{"RCPT00001": 1, "RCPT00002": 3, "RCPT00003": 5, "<script>": 5} {
			if owner, err := tx.ClaimReceipt(receipt, 5, testStart); err != nil || owner != want {
				t.Errorf("%s belongs to %d, %v, want %d", receipt, owner, err, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
