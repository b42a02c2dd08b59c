package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/app"
)

func (w *world) snapshot(t *testing.T, name string) string {
	t.Helper()
	var s struct{ ID, Name string }
	if err := json.Unmarshal([]byte(w.ask(t, http.MethodPost, "/snapshots", fmt.Sprintf(`{"name":%q}`, name))), &s); err != nil || s.ID == "" || s.Name != name {
		t.Fatalf("%+v, %v", s, err)
	}
	return s.ID
}

// look is everything that a tester sees of a world, but the journal's own numbers.
func (w *world) look(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, path := range []string{"/clock", "/phones", "/organisations", "/ledger", "/settings", "/queue", "/callbacks", "/scenario", "/journal.jsonl"} {
		status, body := w.control(t, http.MethodGet, path, "")
		fmt.Fprintf(&all, "%s %d %s\n", path, status, body)
	}
	return all.String()
}

// A snapshot is the whole world: who has what, what is planned, what happened, the
// scenario with how often its rules have decided, and the time.
func TestSnapshotAndRestore(t *testing.T) {
	s := start(t, app.Config{Frozen: true, StartAt: noon(), ScenarioSource: []byte("name: first\nrules:\n  - times: 3\n    then: {sequence: [0, 1032, 2001], callback: {delay: 10s}}\n")})
	url, received := merchant(t)
	s.accepted(t, "254712000001", url)
	s.advance(t, "1m")
	<-received
	s.accepted(t, "254712000002", url) // open when the snapshot is taken
	s.ask(t, http.MethodPost, "/queue", `{"phone":"254712000009","then":{"result":1019}}`)
	id := s.snapshot(t, "before")
	before := s.look(t)

	future := func() string {
		s.advance(t, "1m")
		s.accepted(t, "254712000003", url)
		s.accepted(t, "254712000009", url)
		s.advance(t, "1m")
		var got []string
		for len(received) > 0 {
			got = append(got, compact(t, <-received))
		}
		return strings.Join(got, "\n") + s.look(t)
	}
	first := future()
	if n := strings.Count(first, `{"Body":{"stkCallback"`); n < 3 {
		t.Fatalf("%d callbacks: %s", n, first)
	}
	s.ask(t, http.MethodDelete, "/scenario", "")
	s.ask(t, http.MethodPost, "/reset", "")
	s.ask(t, http.MethodPost, "/callbacks/hold", "")
	s.ask(t, http.MethodPost, "/snapshots/"+id+"/restore", "")
	s.ask(t, http.MethodPost, "/callbacks/release", "")
	if after := withoutAction(s.look(t)); after != withoutAction(before) {
		t.Errorf("restored: %s", difference(withoutAction(before), after))
	}
	if again := withoutAction(future()); again != withoutAction(first) {
		t.Errorf("the future after the restore: %s", difference(withoutAction(first), again))
	}
}

// withoutAction leaves out what the tester did, which is recorded too, and the
// numbers of records, which it shifts.
func withoutAction(s string) string {
	var out []string
	for _, line := range strings.Split(s, "\n") {
		switch {
		case strings.Contains(line, `"kind":"action"`):
		case strings.HasPrefix(line, "/journal.jsonl"):
			out = append(out, "/journal.jsonl")
			line = strings.TrimPrefix(line, "/journal.jsonl 200 ")
			fallthrough
		case strings.HasPrefix(line, `{"seq":`):
			_, line, _ = strings.Cut(line, ",")
			fallthrough
		default:
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// On a clock that runs, what was planned has as long to wait as it had.
func TestRestoreOnARunningClock(t *testing.T) {
	s := start(t, app.Config{Frozen: true, StartAt: noon(), ScenarioSource: []byte("rules:\n  - then: {result: 0, after: 10h}\n")})
	url, received := merchant(t)
	s.accepted(t, "254712000001", url)
	s.advance(t, "9h")
	id := s.snapshot(t, "")
	s.advance(t, "2h")
	<-received
	s.ask(t, http.MethodPost, "/clock/run", `{"speed":1}`)
	s.ask(t, http.MethodPost, "/snapshots/"+id+"/restore", "")
	if clock := s.ask(t, http.MethodGet, "/clock", ""); !strings.Contains(clock, `"frozen":false`) || !strings.Contains(clock, `"now":"2026-11-24T23:`) {
		t.Errorf("clock %s", clock)
	}
	s.ask(t, http.MethodPost, "/clock/freeze", "")
	s.advance(t, "58m")
	if len(received) != 0 {
		t.Error("too early")
	}
	s.advance(t, "2m")
	if len(received) != 1 {
		t.Error("the payment that was open came to nothing")
	}
}

func TestSnapshotsAreBounded(t *testing.T) {
	s := start(t, app.Config{Frozen: true})
	for range app.MaxSnapshots {
		s.snapshot(t, "again")
	}
	if status, body := s.control(t, http.MethodPost, "/snapshots", `{}`); status != 409 || !strings.Contains(body, "drop one first") {
		t.Errorf("HTTP %d %s", status, body)
	}
	s.ask(t, http.MethodDelete, "/snapshots/s-1", "")
	if id := s.snapshot(t, "new"); id != "s-101" {
		t.Errorf("id %s", id)
	}
	for path, method := range map[string]string{"/snapshots/s-1/restore": http.MethodPost, "/snapshots/s-1": http.MethodDelete} {
		if status, body := s.control(t, method, path, ""); status != 404 {
			t.Errorf("%s: HTTP %d %s", path, status, body)
		}
	}
	if list := s.ask(t, http.MethodGet, "/snapshots", ""); strings.Count(list, `"id"`) != app.MaxSnapshots || !strings.Contains(list, `"snapshots":[{"id":"s-2"`) {
		t.Errorf("list %.200s", list)
	}
}
