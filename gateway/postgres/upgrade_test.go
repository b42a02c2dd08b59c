package postgres

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/pgtest"
)

// migratedTo brings a database to a version of the tables, as an earlier release left it,
// and fills it by SQL.
func migratedTo(t *testing.T, url string, version int64, statements ...string) {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	must(t, err)
	defer pool.Close()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	files, err := fs.Sub(migrations, "migrations")
	must(t, err)
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	must(t, err)
	_, err = p.UpTo(t.Context(), version)
	must(t, err)
	for _, s := range statements {
		_, err := pool.Exec(context.Background(), s)
		must(t, err)
	}
}

// What an earlier release left for a person is asked about, when it is younger than three
// days and M-PESA can be asked.
func TestUpgradeAsksAboutUnresolvedPayments(t *testing.T) {
	url := pgtest.NewDatabase(t)
	payment := func(id int, state, prompt string, age int) string {
		return fmt.Sprintf(`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, claimed, refusal, support, review_reason, trace, created_at)
			OVERRIDING SYSTEM VALUE VALUES (%d, 'duka', 'collect', '', '254708374149', 100, '', 'https://shop.example/', '%s', 1, 6, '', '%s', '', '', '', '',
			'', false, 'why', '', now() - interval '%d hours')`, id, state, prompt, age)
	}
	migratedTo(t, url, 6,
		payment(1, "unresolved", "ws_CO_1", 1), payment(2, "unresolved", "", 1), payment(3, "unresolved", "ws_CO_3", 73),
		payment(4, "review", "ws_CO_4", 1), payment(5, "paid", "ws_CO_5", 1), payment(6, "unresolved", "ws_CO_6", 71))
	s := opened(t, Config{URL: url, Clock: frozen()})
	must(t, s.View(t.Context(), func(tx gateway.Tx) error {
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
	}))
	var queued int
	must(t, s.db.QueryRow(t.Context(), `SELECT count(*) FROM payments WHERE run_at IS NOT NULL`).Scan(&queued))
	if queued != 2 {
		t.Errorf("%d payments are to be worked on", queued)
	}
}

// A receipt that an earlier release wrote as it came is found as used by M-PESA's
// spelling of it.
func TestUpgradeFindsReceiptsInAnySpelling(t *testing.T) {
	url := pgtest.NewDatabase(t)
	migratedTo(t, url, 7,
		`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, claimed, refusal, support, review_reason, trace)
			OVERRIDING SYSTEM VALUE
			SELECT n, 'acme', 'collect', '', '', 100, '', '', 'paid', 1, 0, '', '', '', '', '', '', '', false, '', '' FROM generate_series(1, 5) n`,
		`INSERT INTO receipts (receipt, payment_id, claimed_at) VALUES
			('rcpt00001', 1, '2026-01-01'), ('Rcpt00001 ', 2, '2026-01-02'), ('RCPT00002', 3, '2026-01-03'), ('rcpt00002', 4, '2025-01-01'), ('<script>', 5, NULL)`)
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

// The pushes of an earlier release are found by their CheckoutRequestIDs, also by one that
// two of them have.
func TestUpgradeFindsPushesByPrompt(t *testing.T) {
	url := pgtest.NewDatabase(t)
	migratedTo(t, url, 9,
		`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, claimed, refusal, support, review_reason, trace)
			OVERRIDING SYSTEM VALUE
			SELECT n, 'acme', 'collect', '', '', 100, '', '', 'paid', 1, 0, '', '', '', '', '', '', '', false, '', '' FROM generate_series(1, 4) n`,
		`INSERT INTO pushes (token, payment_id, number, state, merchant_request_id, checkout_request_id, detail) VALUES
			('a', 1, 1, 'accepted', '', 'ws_CO_1', ''), ('b', 2, 1, 'accepted', '', 'ws_CO_1', ''), ('c', 3, 1, 'begun', '', '', ''), ('d', 4, 1, 'begun', '', '', '')`)
	s := opened(t, Config{URL: url, Clock: frozen()})
	for except, want := range map[int64]int64{1: 2, 2: 1} {
		must(t, s.Update(t.Context(), func(tx gateway.Tx) error {
			owner, err := tx.PromptOwner(except, "ws_CO_1")
			if owner != want {
				t.Errorf("without payment %d the prompt is of %d, want %d", except, owner, want)
			}
			return err
		}))
	}
}

// What an earlier release had M-PESA asked because of callbacks becomes the inquiries of the
// pushes that the callbacks came for.
func TestUpgradeKeepsInquiries(t *testing.T) {
	url := pgtest.NewDatabase(t)
	now := fmt.Sprintf("'%s'::timestamptz", testStart.Format(time.RFC3339))
	var rows []string
	for _, p := range storetest.OldPayments() {
		due := "NULL"
		if p.Due {
			due = now
		}
		rows = append(rows, fmt.Sprintf(`INSERT INTO payments (id, partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, claimed, refusal, support, review_reason, trace, review_at, created_at, due_at)
			OVERRIDING SYSTEM VALUE VALUES (%[1]d, 'duka', 'collect', '', '254708374149', 15000, '', 'https://shop.example/', '%[2]s', %[3]d, %[4]d, '', '%[5]s', '', '', '', '%[6]s',
			'', false, '%[7]s', '', CASE '%[7]s' WHEN '' THEN NULL ELSE %[8]s END, %[8]s, %[9]s)`,
			p.ID, p.State, p.Pushes, p.Checks, storetest.OldPrompt(p.ID, p.Prompt), p.Claimed, p.Reason, now, due))
		for n := 1; n <= p.Pushes; n++ {
			rows = append(rows, fmt.Sprintf(`INSERT INTO pushes (token, payment_id, number, state, merchant_request_id, checkout_request_id, detail, questions, created_at)
				VALUES ('token-%[1]d-%[2]d', %[1]d, %[2]d, 'accepted', '', '%[3]s', '', CASE %[2]d WHEN %[4]d THEN %[5]d ELSE 0 END, %[6]s)`,
				p.ID, n, storetest.OldPrompt(p.ID, n), p.Prompt, p.Questions, now))
		}
	}
	migratedTo(t, url, 11, rows...)
	clock := frozen()
	storetest.UpgradedInquiries(t, opened(t, Config{URL: url, Clock: clock}), clock)
}
