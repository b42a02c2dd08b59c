package sqlite

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/darajabox/darajabox/gateway"
)

// A database of an earlier release lists what waits for a person after its upgrade, and
// not what was settled since.
func TestUpgradeListsReviews(t *testing.T) {
	const before = 9 // the version before reviews
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
	if _, err := p.UpTo(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	var want []int64
	for i, row := range []struct {
		state, reason, checkout string // checkout is of the only push
		waits                   bool
	}{
		{"review", "KES 15.00 was paid, KES 150.00 was asked", "ws_CO_1", true},
		{"unresolved", "no callback, and no answer to 7 queries", "ws_CO_2", true},
		{"paid", "", "ws_CO_3", false},
		{"paid", "a second receipt UA1BBBBBBB for KES 150.00", "ws_CO_4", true},
		{"paid", "no callback, and no answer to 7 queries", "ws_CO_5", false},
		{"paid", "no callback, and no answer to 7 queries; a second receipt UA1BBBBBBB", "ws_CO_6", true},
		{"unknown", "", "", true},
		{"unknown", "", "ws_CO_8", false},
		{"pending", "", "ws_CO_9", false},
		{"failed", "", "", false},
	} {
		id := int64(i + 1)
		if row.waits {
			want = append(want, id)
		}
		for _, query := range []string{
			fmt.Sprintf(`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
				merchant_request_id, checkout_request_id, result_code, result_desc, receipt, refusal, support, review_reason, created_at, updated_at)
				VALUES (%d, 'p', 'collect', '', '', 100, '', '', '%s', 1, 0, '', '', '', '', '', '', 0, '%s', 1, 2)`, id, row.state, row.reason),
			fmt.Sprintf(`INSERT INTO pushes (token, payment_id, number, state, merchant_request_id, checkout_request_id, detail)
				VALUES ('t%d', %[1]d, 1, 'accepted', '', '%s', '')`, id, row.checkout),
		} {
			if _, err := db.ExecContext(t.Context(), query); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := opened(t, dir, frozen())
	var got []int64
	err = s.View(t.Context(), func(tx gateway.Tx) error {
		ps, err := tx.Payments(gateway.PaymentFilter{InReview: true})
		for _, p := range ps {
			got = append(got, p.ID)
			if p.ReviewAt.UnixMicro() != 2 {
				t.Errorf("payment %d waits since %s", p.ID, p.ReviewAt)
			}
		}
		return err
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v wait, %v; want %v", got, err, want)
	}
}
