package sqlite

import (
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/darajabox/darajabox/gateway"
)

// migratedTo makes a file in dir as the release with a version of the tables left it, and
// fills it by SQL.
func migratedTo(t *testing.T, dir string, version int64, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "gateway.db"))
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
			t.Fatal(err)
		}
	}
}

// What an earlier release left for a person is asked about, when it is younger than three
// days and M-PESA can be asked.
func TestUpgradeAsksAboutUnresolvedPayments(t *testing.T) {
	dir := t.TempDir()
	payment := func(id int, state, prompt string, age int) string {
		return fmt.Sprintf(`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, refusal, support, review_reason, created_at)
			VALUES (%d, 'duka', 'collect', '', '254708374149', 100, '', 'https://shop.example/', '%s', 1, 6, '', '%s', '', '', '', '', 0, 'why',
			(unixepoch() - %d * 3600) * 1000000)`, id, state, prompt, age)
	}
	migratedTo(t, dir, 7,
		payment(1, "unresolved", "ws_CO_1", 1), payment(2, "unresolved", "", 1), payment(3, "unresolved", "ws_CO_3", 73),
		payment(4, "review", "ws_CO_4", 1), payment(5, "paid", "ws_CO_5", 1), payment(6, "unresolved", "ws_CO_6", 71))
	s := opened(t, dir, frozen())
	err := s.View(t.Context(), func(tx gateway.Tx) error {
		all, err := tx.Payments(gateway.PaymentFilter{})
		for _, p := range all {
			due := p.ID == 1 || p.ID == 6
			if !p.DueAt.IsZero() != due || (p.Checks == 0) != due || p.ReviewReason != "why" {
				t.Errorf("payment %d is due at %v after %d questions", p.ID, p.DueAt, p.Checks)
			}
		}
		if len(all) != 6 {
			t.Errorf("%d payments", len(all))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
