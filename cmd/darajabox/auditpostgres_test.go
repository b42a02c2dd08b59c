package main

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/postgres"
	"github.com/darajabox/darajabox/internal/pgtest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// loggedOnPostgres is a database whose raw log has n rows.
func loggedOnPostgres(t *testing.T, n int) (url string) {
	t.Helper()
	return pgtest.NewDatabaseFrom(t, fmt.Sprint("logged ", n), func(url string) error {
		s, err := postgres.Open(context.Background(), postgres.Config{URL: url, Clock: testkit.NewClock(time.Unix(1_800_000_000, 0))})
		if err != nil {
			return err
		}
		defer s.Close()
		return s.Update(context.Background(), func(tx gateway.Tx) error {
			for i := range n {
				if err := tx.InsertCallback(&gateway.Callback{Token: fmt.Sprint("token-", i), Body: fmt.Appendf(nil, `{"n":%d}`, i)}); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// ownerDoes does to a database what its owner can, triggers or not.
func ownerDoes(t *testing.T, url string, statements ...string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, sql := range statements {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

// An auditor of a database that replicas share finds what its owner has done to the
// log.
func TestAuditOnPostgres(t *testing.T) {
	const rows = 250 // more than a page
	tests := []struct {
		name   string
		does   string
		reason string // a part of the message; "" is whole
	}{
		{"nothing", `SELECT 1`, ""},
		{"a body", `UPDATE callbacks SET body = '{"n":0}' WHERE id = 7`, "callback 7: its body was changed"},
		{"a body and its digest", `UPDATE callbacks SET body = '{"n":0}', digest = sha256('{"n":0}') WHERE id = 7`, "callback 7 was changed"},
		{"a row is deleted", `DELETE FROM callbacks WHERE id = 7`, "callback 8 does not follow"},
		{"the end is deleted", `DELETE FROM callbacks WHERE id > 240`, "which was the head"},
		{"the end is deleted and the head put back", `WITH cut AS (DELETE FROM callbacks WHERE id > 240)
			UPDATE callback_head h SET id = c.id, prev = c.prev, hash = c.hash FROM callbacks c WHERE c.id = 240`, "which was the head"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url := loggedOnPostgres(t, rows)
			code, out, stderr := audited(t, "head", "--database", url)
			count, head, ok := strings.Cut(strings.TrimSpace(out), " ")
			if code != exitOK || !ok || count != fmt.Sprint(rows) {
				t.Fatalf("head: %d %q %q", code, out, stderr)
			}
			ownerDoes(t, url, `ALTER TABLE callbacks DISABLE TRIGGER ALL`, tt.does, `ALTER TABLE callbacks ENABLE TRIGGER ALL`)
			code, out, stderr = audited(t, "verify", "--database", url, "--head", head)
			switch {
			case tt.reason == "" && (code != exitOK || out != fmt.Sprintf("ok, %d entries, head %s\n", rows, head)):
				t.Errorf("verify: %d %q %q", code, out, stderr)
			case tt.reason != "" && (code != exitFailed || out != "" || !strings.Contains(stderr, tt.reason)):
				t.Errorf("verify: %d %q %q, want %q", code, out, stderr, tt.reason)
			}
		})
	}
}

// An auditor needs no right to write, and none is used.
func TestAuditorOnPostgresMayOnlyRead(t *testing.T) {
	url := loggedOnPostgres(t, 3)
	role := fmt.Sprintf("auditor_%d", time.Now().UnixNano())
	ownerDoes(t, url, `CREATE ROLE `+role+` LOGIN`, `GRANT SELECT ON callbacks, goose_db_version TO `+role)
	defer ownerDoes(t, url, `DROP OWNED BY `+role, `DROP ROLE `+role)
	as := strings.Replace(url, "darajabox@", role+"@", 1)
	if as == url {
		t.Skip("the server's user has another name")
	}
	if code, out, stderr := audited(t, "verify", "--database", as); code != exitOK || !strings.HasPrefix(out, "ok, 3 entries") {
		t.Errorf("%d %q %q", code, out, stderr)
	}
}

func TestAuditOnPostgresThatFails(t *testing.T) {
	other := loggedOnPostgres(t, 3)
	ownerDoes(t, other, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)`)
	for name, tt := range map[string]struct{ url, reason string }{
		"another release": {other, "the database has version 999"},
		"nothing in it":   {pgtest.NewDatabase(t), "asking for the database's version"},
		"no such person":  {"postgres://auditor:hunter2@127.0.0.1:1/darajabox", "connecting to the database"},
		"no URL":          {"postgres://auditor:hunter2@127.0.0.1:port/darajabox", "malformed"},
	} {
		code, out, stderr := audited(t, "verify", "--database", tt.url)
		if code != exitFailed || out != "" || !strings.Contains(stderr, tt.reason) || strings.Contains(stderr, "hunter2") {
			t.Errorf("%s: %d %q %q, want %q and no password", name, code, out, stderr, tt.reason)
		}
	}
}
