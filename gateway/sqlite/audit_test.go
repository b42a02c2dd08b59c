package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// logged is a closed store whose raw log has n rows.
func logged(t *testing.T, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir, Clock: testkit.NewClock(time.Unix(1_800_000_000, 0)), IDs: storetest.CountedIDs()})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx gateway.Tx) error {
		for i := range n {
			err := tx.InsertCallback(&gateway.Callback{
				Token: fmt.Sprint("token-", i), Remote: "196.201.214.200", Body: fmt.Appendf(nil, `{"n":%d}`, i),
				Verdict: gateway.VerdictApplied, ReceivedAt: time.Unix(1_800_000_000+int64(i), 0).UTC(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tamper does to the file what somebody can who has it, triggers or not.
func tamper(t *testing.T, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: filepath.Join(dir, "gateway.db")}).String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range append([]string{"DROP TRIGGER callbacks_keep", "DROP TRIGGER callbacks_keep_all"}, statements...) {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func verify(t *testing.T, dir string, want gateway.Expected) gateway.Audit {
	t.Helper()
	r, err := sqlite.OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := gateway.VerifyLog(t.Context(), r, want)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTamperingIsFound(t *testing.T) {
	const rows = 450 // more than two pages
	tests := []struct {
		name   string
		does   []string
		row    int64  // the first broken one; 0 is the end
		reason string // a part of it
		breaks int64
	}{
		{"a body", []string{`UPDATE callbacks SET body = CAST('{"n":0}' AS BLOB) WHERE id = 7`}, 7, "body was changed", 1},
		{"a body and its digest", []string{`UPDATE callbacks SET body = (SELECT body FROM callbacks WHERE id = 9),
			digest = (SELECT digest FROM callbacks WHERE id = 9) WHERE id = 7`}, 7, "was changed", 1},
		{"a verdict", []string{`UPDATE callbacks SET verdict = 'duplicate' WHERE id = 7`}, 7, "was changed", 1},
		{"a token", []string{`UPDATE callbacks SET token = 'x' WHERE id = 7`}, 7, "was changed", 1},
		{"a time", []string{`UPDATE callbacks SET received_at = received_at + 1 WHERE id = 7`}, 7, "was changed", 1},
		{"an address", []string{`UPDATE callbacks SET remote = '10.0.0.1' WHERE id = 7`}, 7, "was changed", 1},
		{"the first row is deleted", []string{`DELETE FROM callbacks WHERE id = 1`}, 2, "put in or taken out", 2},
		{"a row is deleted", []string{`DELETE FROM callbacks WHERE id = 201`}, 202, "put in or taken out", 2},
		{"the end is deleted", []string{`DELETE FROM callbacks WHERE id > 440`}, 0, "was the head", 2},
		{"everything is deleted", []string{`DELETE FROM callbacks`}, 0, "was the head", 2},
		{"two rows change places", []string{`UPDATE callbacks SET id = -1 WHERE id = 7`, `UPDATE callbacks SET id = 7 WHERE id = 8`,
			`UPDATE callbacks SET id = 8 WHERE id = -1`}, 7, "put in or taken out", 3},
		{"a copy is put at the end", []string{`INSERT INTO callbacks (token, remote, body, verdict, received_at, digest, prev, hash)
			SELECT token, remote, body, verdict, received_at, digest, prev, hash FROM callbacks WHERE id = 7`}, rows + 1, "put in or taken out", 1},
		{"a hash is taken away", []string{`UPDATE callbacks SET hash = x'' WHERE id = 7`}, 7, "was changed", 2},
		{"a body is emptied without a date", []string{`UPDATE callbacks SET body = x'' WHERE id = 7`}, 7, "body was changed", 1},
		{"an erased row has a body", []string{`UPDATE callbacks SET erased_at = 1 WHERE id = 7`}, 7, "marked as erased", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := logged(t, rows)
			whole := verify(t, dir, gateway.Expected{})
			if !whole.OK() || whole.Rows != rows || len(whole.Head) != 32 || whole.LastID != rows {
				t.Fatalf("before: %+v", whole)
			}
			tamper(t, dir, tt.does...)
			got := verify(t, dir, gateway.Expected{Head: whole.Head, Rows: rows})
			if got.OK() || got.Broken[0].ID != tt.row || !strings.Contains(got.Broken[0].Reason, tt.reason) {
				t.Errorf("got %+v", got)
			}
			if got.Breaks != tt.breaks {
				t.Errorf("%d breaks, want %d: %+v", got.Breaks, tt.breaks, got.Broken)
			}
		})
	}
}

// Somebody who knows how hashes are made puts a row in: it is whole in itself, and
// follows a row that it does not follow.
func TestRowWithAHashOfItsOwnIsFound(t *testing.T) {
	dir := logged(t, 20)
	c := gateway.Callback{ID: 21, Token: "t", Body: []byte("{}"), Verdict: gateway.VerdictApplied}
	c.Seal(bytes.Repeat([]byte{1}, 32))
	tamper(t, dir, fmt.Sprintf(`INSERT INTO callbacks (id, token, remote, body, verdict, digest, prev, hash)
		VALUES (21, 't', '', x'7b7d', 'applied', x'%x', x'%x', x'%x')`, c.Digest, c.Prev, c.Hash))
	if got := verify(t, dir, gateway.Expected{}); got.Breaks != 1 || got.Broken[0].ID != 21 {
		t.Errorf("got %+v", got)
	}
}

// A log that is written anew from some row on is whole; only who noted its head
// knows.
func TestHeadThatWasNoted(t *testing.T) {
	before, longer := verify(t, logged(t, 10), gateway.Expected{}), logged(t, 20)
	if got := verify(t, longer, gateway.Expected{Head: before.Head, Rows: 10}); !got.OK() {
		t.Errorf("a log that has grown: %+v", got)
	}
	if got := verify(t, longer, gateway.Expected{Head: bytes.Repeat([]byte{1}, 32)}); got.OK() {
		t.Error("a head that never was is believed")
	}
	if got := verify(t, longer, gateway.Expected{Rows: 21}); got.OK() {
		t.Error("a log that is too short is believed")
	}
	if got := verify(t, logged(t, 0), gateway.Expected{Head: gateway.ChainStart()}); !got.OK() {
		t.Errorf("the head of an empty log: %+v", got)
	}
}

func TestRowsFromBeforeTheChain(t *testing.T) {
	dir := logged(t, 5)
	unchained := `INSERT INTO callbacks (id, token, remote, body, verdict) VALUES (%d, 't', '', x'7b7d', 'applied')`
	tamper(t, dir, fmt.Sprintf(unchained, -2), fmt.Sprintf(unchained, 0)) // ids that are never given
	if got := verify(t, dir, gateway.Expected{}); !got.OK() || got.Rows != 7 || got.Unchained != 2 {
		t.Errorf("before the first id: %+v", got)
	}

	dir = logged(t, 0)
	tamper(t, dir, fmt.Sprintf(unchained, 1), fmt.Sprintf(unchained, 2))
	if got := verify(t, dir, gateway.Expected{}); !got.OK() || got.Rows != 2 || got.Unchained != 2 {
		t.Errorf("before the chain: %+v", got)
	}

	dir = logged(t, 3)
	tamper(t, dir, fmt.Sprintf(unchained, 4))
	if got := verify(t, dir, gateway.Expected{}); got.OK() || got.Broken[0].ID != 4 {
		t.Errorf("after the chain began: %+v", got)
	}
}

// The audit runs beside the gateway, and takes neither its lock nor its time.
func TestReaderBesideTheStore(t *testing.T) {
	dir := t.TempDir()
	s := openStore(t, dir, testkit.NewClock(time.Unix(1_800_000_000, 0)))
	insert := func() error {
		return s.Update(context.Background(), func(tx gateway.Tx) error {
			return tx.InsertCallback(&gateway.Callback{Body: []byte("{}")})
		})
	}
	if err := insert(); err != nil {
		t.Fatal(err)
	}
	r, err := sqlite.OpenReader(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows := 0
	err = gateway.WalkLog(t.Context(), r, func(*gateway.Callback) {
		if rows++; rows < 10 {
			if err := insert(); err != nil { // the log grows while it is read
				t.Error(err)
			}
		}
	})
	if err != nil || rows != 10 {
		t.Errorf("%d rows, %v", rows, err)
	}
	err = r.View(t.Context(), func(tx gateway.Tx) error { return tx.InsertCallback(&gateway.Callback{}) })
	if err == nil {
		t.Error("a reader writes")
	}
}

func TestReaderMakesNothing(t *testing.T) {
	dir := t.TempDir()
	if r, err := sqlite.OpenReader(t.Context(), dir); err == nil {
		r.Close()
		t.Error("an empty folder is a store")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	dir = logged(t, 1)
	tamper(t, dir, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	if r, err := sqlite.OpenReader(t.Context(), dir); err == nil {
		r.Close()
		t.Error("a store of a later release is read")
	}
}
