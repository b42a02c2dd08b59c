package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

var testStart = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

// opened is an open store in dir, closed when the test ends.
func opened(t testing.TB, dir string, clock gateway.Clock) *Store {
	t.Helper()
	s, err := Open(context.Background(), Config{Dir: dir, Clock: clock, IDs: testIDs(clock)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func testIDs(clock gateway.Clock) gateway.IDs { return gateway.NewIDs(clock, storetest.NewDice()) }

// readOnly opens the file as readers do.
func (s *Store) readOnly(t *testing.T) *sql.DB {
	t.Helper()
	session := <-s.readers.idle
	defer func() { s.readers.idle <- session }()
	db, err := sql.Open("sqlite", session.name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func frozen() *testkit.Clock { return testkit.NewClock(testStart) }

// samplePayment is what an update inserts when it doesn't matter what.
func samplePayment(key string) *gateway.Payment {
	return &gateway.Payment{Partner: "acme", Direction: gateway.Collect, IdempotencyKey: key, Phone: "254708374149",
		Amount: 100, State: gateway.Pending, CreatedAt: testStart, UpdatedAt: testStart}
}

func TestFolderIsLocked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a folder?", "50% #1")
	s := opened(t, dir, frozen())
	_, err := Open(context.Background(), Config{Dir: dir, Clock: frozen()})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("second Open: %v; want ErrInUse and the folder's name", err)
	}
	if err := s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertPayment(samplePayment("")) }); err != nil {
		t.Fatalf("the first store was disturbed: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	opened(t, dir, frozen())
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are inherited from the folder above")
	}
	dir := filepath.Join(t.TempDir(), "data")
	opened(t, dir, frozen())
	for name, want := range map[string]os.FileMode{
		"": 0o700, "gateway.db": 0o600, "gateway.db-wal": 0o600, "gateway.lock": 0o600,
	} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, want %o", name, got, want)
		}
	}
}

func TestCloseLeavesOneFile(t *testing.T) {
	dir := t.TempDir()
	if err := opened(t, dir, frozen()).Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, "gateway.db-wal")); err == nil && info.Size() > 0 {
		t.Errorf("Close left %d bytes in the log", info.Size())
	}
}

func TestMigrationsAreMadeOnce(t *testing.T) {
	dir := t.TempDir()
	schema := func() (sql string, migrated int) {
		s := opened(t, dir, frozen())
		defer s.Close()
		for query, to := range map[string]any{
			`SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)`: &sql,
			`SELECT count(*) FROM goose_db_version`:                                            &migrated,
		} {
			if err := s.readOnly(t).QueryRow(query).Scan(to); err != nil {
				t.Fatal(err)
			}
		}
		return sql, migrated
	}
	first, n := schema()
	for range 2 {
		if again, m := schema(); again != first || m != n {
			t.Errorf("opening again changed the schema, or migrated again (%d, then %d)", n, m)
		}
	}
}

func TestLaterReleasesFileIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, frozen())
	if _, err := s.writeDBForTest(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Config{Dir: dir, Clock: frozen()})
	if err == nil || !strings.Contains(err.Error(), "later release") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestCheckVersion(t *testing.T) {
	for version, ok := range map[string]bool{
		"3.51.3": true, "3.51.10": true, "3.52.0": true, "3.54.1": true, "4.0": true, "3.51.3.1": true, "10.0.0": true,
		"3.51.2": false, "3.51": false, "3.50.4": false, "3.9.99": false, "2.99.99": false,
		"": false, "3": false, "three.one.two": false, "3.x.1": false,
	} {
		if err := checkVersion(version); (err == nil) != ok {
			t.Errorf("SQLite %q: %v, want accepted %t", version, err, ok)
		}
	}
}

func TestSettings(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	for query, want := range map[string]string{
		"PRAGMA journal_mode": "wal", "PRAGMA synchronous": "2", "PRAGMA foreign_keys": "1", "PRAGMA busy_timeout": "5000",
	} {
		if got := s.ask(t, query); got != want {
			t.Errorf("%s is %s, want %s", query, got, want)
		}
	}
	if _, err := s.readOnly(t).Exec(`DELETE FROM attempts`); err == nil {
		t.Error("a reader's connection writes")
	}
}

func TestEvidenceIsAppendOnly(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	err := s.Update(t.Context(), func(tx gateway.Tx) error {
		p := samplePayment("")
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
		_, err := tx.ClaimReceipt("R", p.ID, testStart)
		return errors.Join(err, tx.InsertCallback(&gateway.Callback{Body: []byte("{}")}))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`UPDATE callbacks SET body = x'00'`, `DELETE FROM callbacks`, `UPDATE receipts SET payment_id = 1`, `DELETE FROM receipts`,
	} {
		if _, err := s.writeDBForTest(query); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v, want a refusal", query, err)
		}
	}
}

func TestLookupsUseAnIndex(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	db := s.readOnly(t)
	for query, index := range map[string]string{
		`SELECT * FROM payments WHERE partner = 'p' AND idempotency_key = 'k'`:                                                      "payments_key",
		`SELECT * FROM payments WHERE state = 's' ORDER BY id`:                                                                      "payments_state",
		`SELECT id, due_at FROM payments WHERE due_at IS NOT NULL`:                                                                  "payments_due",
		`SELECT id, due_at FROM deliveries WHERE due_at IS NOT NULL`:                                                                "deliveries_due",
		`SELECT * FROM deliveries WHERE payment_id = 1 ORDER BY id`:                                                                 "deliveries_payment",
		`SELECT * FROM callbacks WHERE payment_id IS NULL ORDER BY id`:                                                              "callbacks_payment",
		`SELECT * FROM pushes WHERE token = 't'`:                                                                                    "sqlite_autoindex_pushes_1",
		`SELECT * FROM pushes WHERE payment_id = 1 ORDER BY number`:                                                                 "sqlite_autoindex_pushes_2",
		`SELECT * FROM attempts WHERE delivery_id = 1 ORDER BY number`:                                                              "PRIMARY KEY",
		`SELECT * FROM ` + openReviews + ` WHERE id > 7 AND review_at IS NOT NULL ORDER BY id LIMIT 100`:                            "payments_review",
		`SELECT state, count(*), min(review_at) FROM ` + openReviews + ` WHERE review_at IS NOT NULL GROUP BY state ORDER BY state`: "COVERING INDEX payments_review",
		`SELECT count(*) FROM payments WHERE phone = '254' AND refused = 0 AND created_at >= 1`:                                     "payments_phone (phone=? AND refused=? AND created_at>?)",
		`SELECT * FROM payments WHERE phone = '254' ORDER BY id`:                                                                    "payments_phone (phone=?)",
	} {
		var id, parent, unused int
		var plan string
		if err := db.QueryRow("EXPLAIN QUERY PLAN "+query).Scan(&id, &parent, &unused, &plan); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, index) {
			t.Errorf("%s: %s, want %s", query, plan, index)
		}
	}
}
