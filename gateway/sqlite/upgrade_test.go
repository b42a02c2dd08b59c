package sqlite

import (
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/storetest"
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

// A receipt that an earlier release wrote as it came is found as used by M-PESA's
// spelling of it.
func TestUpgradeFindsReceiptsInAnySpelling(t *testing.T) {
	dir := t.TempDir()
	migratedTo(t, dir, 8,
		`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, refusal, support, review_reason)
			SELECT value, 'acme', 'collect', '', '', 100, '', '', 'paid', 1, 0, '', '', '', '', '', '', 0, '' FROM json_each('[1,2,3,4,5]')`,
		`INSERT INTO receipts (receipt, payment_id, claimed_at) VALUES
			('rcpt00001', 1, 10), ('Rcpt00001 ', 2, 20), ('RCPT00002', 3, 30), ('rcpt00002', 4, 5), ('<script>', 5, 40)`)
	s := opened(t, dir, frozen())
	err := s.Update(t.Context(), func(tx gateway.Tx) error {
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

// The pushes of an earlier release are found by their CheckoutRequestIDs, also by one that
// two of them have, and by an index.
func TestUpgradeFindsPushesByPrompt(t *testing.T) {
	dir := t.TempDir()
	migratedTo(t, dir, 10,
		`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, refusal, support, review_reason)
			SELECT value, 'acme', 'collect', '', '', 100, '', '', 'paid', 1, 0, '', '', '', '', '', '', 0, '' FROM json_each('[1,2,3,4]')`,
		`INSERT INTO pushes (token, payment_id, number, state, merchant_request_id, checkout_request_id, detail) VALUES
			('a', 1, 1, 'accepted', '', 'ws_CO_1', ''), ('b', 2, 1, 'accepted', '', 'ws_CO_1', ''), ('c', 3, 1, 'begun', '', '', ''), ('d', 4, 1, 'begun', '', '', '')`)
	s := opened(t, dir, frozen())
	err := s.View(t.Context(), func(view gateway.Tx) error {
		for except, want := range map[int64]int64{1: 2, 2: 1} {
			if owner, err := view.PromptOwner(except, "ws_CO_1"); err != nil || owner != want {
				t.Errorf("without payment %d the prompt is of %d, %v, want %d", except, owner, err, want)
			}
		}
		plan, err := list(view.(*tx), "plan", scanPlan, `EXPLAIN QUERY PLAN `+promptOwner(2), "ws_CO_1", 3, "ws_CO_2", 3)
		if searches := strings.Join(plan, ", "); !strings.Contains(searches, "USING INDEX pushes_checkout") || strings.Contains(searches, "SCAN") {
			t.Errorf("the plan is %q", plan)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func scanPlan(r row) (detail string, err error) {
	var id, parent, unused int64
	err = r.Scan(&id, &parent, &unused, &detail)
	return detail, err
}

// What an earlier release had M-PESA asked because of callbacks becomes the inquiries of the
// pushes that the callbacks came for.
func TestUpgradeKeepsInquiries(t *testing.T) {
	dir := t.TempDir()
	var rows []string
	for _, p := range storetest.OldPayments() {
		due := "NULL"
		if p.Due {
			due = fmt.Sprint(testStart.UnixMicro())
		}
		rows = append(rows, fmt.Sprintf(`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, claimed, refusal, support, review_reason, review_at, created_at, due_at)
			VALUES (%[1]d, 'duka', 'collect', '', '254708374149', 15000, '', 'https://shop.example/', '%[2]s', %[3]d, %[4]d, '', '%[5]s', '', '', '', '%[6]s', '', 0,
			'%[7]s', iif('%[7]s' = '', NULL, %[8]d), %[8]d, %[9]s)`, p.ID, p.State, p.Pushes, p.Checks, storetest.OldPrompt(p.ID, p.Prompt), p.Claimed, p.Reason, testStart.UnixMicro(), due))
		for n := 1; n <= p.Pushes; n++ {
			rows = append(rows, fmt.Sprintf(`INSERT INTO pushes (token, payment_id, number, state, merchant_request_id, checkout_request_id, detail, questions, created_at)
				VALUES ('token-%[1]d-%[2]d', %[1]d, %[2]d, 'accepted', '', '%[3]s', '', iif(%[2]d = %[4]d, %[5]d, 0), %[6]d)`,
				p.ID, n, storetest.OldPrompt(p.ID, n), p.Prompt, p.Questions, testStart.UnixMicro()))
		}
	}
	migratedTo(t, dir, 12, rows...)
	clock := frozen()
	storetest.UpgradedInquiries(t, opened(t, dir, clock), clock)
}
