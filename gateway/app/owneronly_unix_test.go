//go:build !windows

package app_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A backup that was put back has the mode of the copy. The first start after it makes files
// on which everybody has rights their owner's alone, and says so once. Rights that only the
// group has are left, and each start names the files.
func TestRestoredFilesAreTightened(t *testing.T) {
	d := newDaraja(t)
	cfg := config(t, d.URL)
	cfg.AdminAddr = "127.0.0.1:0"
	var log bytes.Buffer
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	runOnce(t, cfg, 1)
	modes := map[string]os.FileMode{"gateway.db": 0o644, "gateway.lock": 0o666, "gateway.id": 0o640, "master.key": 0o604, "admin.token": 0o444}
	want := map[string]os.FileMode{"gateway.db": 0o600, "gateway.lock": 0o600, "gateway.id": 0o640, "master.key": 0o600, "admin.token": 0o400}
	for name, mode := range modes {
		if err := os.Chmod(filepath.Join(cfg.Data, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(cfg.Data, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, lines := range []int{1, 0} {
		log.Reset()
		runOnce(t, cfg, 0)
		if got := strings.Count(log.String(), "only its owner can now"); got != lines {
			t.Errorf("%d lines say so, want %d:\n%s", got, lines, log.String())
		}
		if !strings.Contains(log.String(), "keeps them") || !strings.Contains(log.String(), "files=gateway.id") {
			t.Errorf("no line names the file of which the group has rights:\n%s", log.String())
		}
	}
	for name, mode := range want {
		if got := modeOf(t, filepath.Join(cfg.Data, name)); got != mode {
			t.Errorf("%s has mode %o, want %o", name, got, mode)
		}
	}
	if got := modeOf(t, filepath.Join(cfg.Data, "notes.txt")); got != 0o644 {
		t.Errorf("a file of others has mode %o", got)
	}
}

// The files are tightened before the database is looked at.
func TestFilesOfARefusedStartAreTightened(t *testing.T) {
	cfg := config(t, "http://127.0.0.1:1")
	path := filepath.Join(cfg.Data, "gateway.db")
	if err := errors.Join(os.WriteFile(path, []byte("no database, and longer than a header of one"), 0o600), os.Chmod(path, 0o644)); err != nil {
		t.Fatal(err)
	}
	wantStartError(t, cfg, "the database is corrupt")
	if got := modeOf(t, path); got != 0o600 {
		t.Errorf("the database has mode %o", got)
	}
}

func modeOf(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}
