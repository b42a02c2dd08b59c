package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/testkit"
)

// audited runs an audit command over a folder.
func audited(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(env{ctx: t.Context(), stdout: &out, stderr: &errs}, append([]string{"gateway", "audit"}, args...))
	return code, out.String(), errs.String()
}

func TestAuditCommands(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(t.Context(), sqlite.Config{Dir: dir, Clock: testkit.NewClock(time.Unix(1_800_000_000, 0)), IDs: storetest.CountedIDs()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() // the gateway runs while it is audited
	for range 3 {
		err := s.Update(context.Background(), func(tx gateway.Tx) error { return tx.InsertCallback(&gateway.Callback{Body: []byte("{}")}) })
		if err != nil {
			t.Fatal(err)
		}
	}
	code, out, stderr := audited(t, "head", "--data", dir)
	count, head, ok := strings.Cut(strings.TrimSpace(out), " ")
	if code != 0 || !ok || count != "3" || len(head) != 64 {
		t.Fatalf("head: %d %q %q", code, out, stderr)
	}
	if code, out, stderr := audited(t, "verify", "--data", dir, "--head", head, "--at-least", "3"); code != 0 || out != "ok, 3 entries, head "+head+"\n" {
		t.Errorf("verify: %d %q %q", code, out, stderr)
	}
	other := strings.Repeat("ab", 32)
	if code, out, stderr := audited(t, "verify", "--data", dir, "--head", other); code != 1 || out != "" || !strings.Contains(stderr, other) {
		t.Errorf("another head: %d %q %q", code, out, stderr)
	}
	code, out, _ = audited(t, "verify", "--data", dir, "--at-least", "4", "-o", "json")
	var got auditResult
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 1 || got.OK || got.Rows != 3 || got.Breaks != 1 || len(got.Broken) != 1 {
		t.Errorf("json: %d %s, %v", code, out, err)
	}
	if code, _, _ := audited(t, "verify", "--data", dir, "--head", "abc"); code != exitUsage {
		t.Errorf("half a hash: %d", code)
	}
	if code, _, stderr := audited(t, "verify", "--data", t.TempDir()); code != 1 || !strings.Contains(stderr, "reading the audit log: opening the database in ") || !strings.Contains(stderr, "no gateway.db") {
		t.Errorf("an empty folder: %d %q", code, stderr)
	}
}

func TestDays(t *testing.T) {
	for in, want := range map[string]time.Duration{"0": 0, "90d": 90 * 24 * time.Hour, "36h": 36 * time.Hour} {
		var d dayDuration
		if err := d.UnmarshalText([]byte(in)); err != nil || time.Duration(d) != want {
			t.Errorf("%s is %s, %v", in, time.Duration(d), err)
		}
	}
	for _, in := range []string{"", "d", "-1d", "-1h", "90", "1.5d", "99999999d"} {
		var d dayDuration
		if err := d.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q is %s", in, time.Duration(d))
		}
	}
}
