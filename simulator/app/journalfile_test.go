package app_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/app"
)

// The folder keeps what the memory lets go of, a file for each world, readable by its
// owner only; a second run adds to it.
func TestJournalOnDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "records", "journal")
	url, _ := merchant(t)
	run := func() string {
		s := start(t, app.Config{Frozen: true, StartAt: noon(), JournalDir: dir, JournalSize: 2})
		w := s.create(t, `{"id":"other"}`)
		w.accepted(t, "254712345678", url)
		for n := range 3 {
			s.accepted(t, fmt.Sprintf("25471234567%d", n), url)
		}
		s.advance(t, "1m")
		if p := s.journal(t, ""); len(p.Records) != 2 {
			t.Errorf("%d records in memory", len(p.Records))
		}
		lines := s.ask(t, http.MethodGet, "/journal.jsonl", "")
		if err := s.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		return lines
	}
	latest := run()
	records, err := os.ReadFile(filepath.Join(dir, "default.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(records), "\n"); n != 8 { // a token, three pushes, an advance, three callbacks
		t.Errorf("%d records:\n%s", n, records)
	}
	for line := range strings.Lines(string(records)) {
		if !strings.HasPrefix(line, `{"seq":`) || !strings.Contains(line, `"world":"default"`) || strings.Contains(line, "sandbox:") {
			t.Errorf("line %s", line)
		}
	}
	last := strings.Split(strings.TrimSpace(latest), "\n")
	if _, body, _ := strings.Cut(last[len(last)-1], ","); !strings.Contains(string(records), body) { // all but the number is the same
		t.Errorf("%s\nhas no %s", records, body)
	}
	if other, err := os.ReadFile(filepath.Join(dir, "other.jsonl")); err != nil || strings.Count(string(other), "\n") != 2 {
		t.Errorf("%v %s", err, other)
	}
	for path, want := range map[string]os.FileMode{"default.jsonl": 0o600, "other.jsonl": 0o600, "": 0o700} {
		if info, err := os.Stat(filepath.Join(dir, path)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v", path, info.Mode(), err)
		}
	}
	run()
	again, err := os.ReadFile(filepath.Join(dir, "default.jsonl"))
	if err != nil || !bytes.HasPrefix(again, records) || len(again) != 2*len(records) {
		t.Errorf("the second run left %d bytes of %d: %v", len(again), 2*len(records), err)
	}
}

// A folder that cannot be written to does not stop the simulator: it is logged once,
// and /health tells it.
func TestDiskThatFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "default.jsonl"), 0o700); err != nil { // a folder where the file should be
		t.Fatal(err)
	}
	var log bytes.Buffer
	s := start(t, app.Config{JournalDir: dir, Log: slog.New(slog.NewTextHandler(&log, nil))})
	for range 3 {
		if status, body := s.login(t); status != 200 {
			t.Fatalf("HTTP %d %s", status, body)
		}
	}
	if p := s.journal(t, ""); p.Total != 3 {
		t.Errorf("%d records in memory", p.Total)
	}
	status, body := s.control(t, http.MethodGet, "/health", "")
	if status != 200 || !strings.Contains(body, "opening the journal's file") {
		t.Errorf("health: HTTP %d %s", status, body)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "the journal is not kept on disk"); n != 1 {
		t.Errorf("logged %d times: %s", n, log.String())
	}
	if _, err := app.New(app.Config{JournalDir: filepath.Join(dir, "default.jsonl", "\x00")}); err == nil || !strings.HasPrefix(err.Error(), "simulator: making the folder of the journal:") {
		t.Errorf("error %v", err)
	}
}
