//go:build !windows

package sqlite

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// What is committed into a file that is not in its place is lost at the next start, so
// nothing is acknowledged any more, whichever of the files it is, and until a restart.
func TestNothingIsAcknowledgedIntoFilesThatAreGone(t *testing.T) {
	remove := func(t *testing.T, path string) {
		t.Helper()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	replace := func(t *testing.T, path string) {
		t.Helper()
		b, err := os.ReadFile(path)
		if err == nil {
			err = errors.Join(os.WriteFile(path+".new", b, 0o600), os.Rename(path+".new", path))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, file string
		do         func(t *testing.T, path string)
	}{
		{"database removed", "gateway.db", remove},
		{"database replaced by a copy", "gateway.db", replace},
		{"database cut off in place", "gateway.db", func(t *testing.T, path string) {
			t.Helper()
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		}},
		{"log cut off in place", "gateway.db-wal", func(t *testing.T, path string) {
			t.Helper()
			if err := os.Truncate(path, 0); err != nil {
				t.Fatal(err)
			}
		}},
		{"database written by another program", "gateway.db", func(t *testing.T, path string) {
			t.Helper()
			db, err := openDB(path, writing)
			if err == nil {
				defer db.Close()
				_, err = db.Exec(`UPDATE ledger SET probed_at = probed_at + 1`)
			}
			if err != nil {
				t.Fatal(err)
			}
		}},
		{"log removed", "gateway.db-wal", remove},
		{"log replaced by a copy", "gateway.db-wal", replace},
		{"index of the log removed", "gateway.db-shm", remove},
		{"lock removed, so that another process may start", "gateway.lock", remove},
		{"folder moved away", "", func(t *testing.T, path string) {
			t.Helper()
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			var log strings.Builder
			s, err := Open(t.Context(), Config{Dir: dir, Clock: frozen(), IDs: testIDs(frozen()), Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close() // it may fail, and must not hang
			if err := errors.Join(s.Ping(t.Context()), s.Update(t.Context(), insertKey("before"))); err != nil {
				t.Fatal(err)
			}
			tt.do(t, filepath.Join(dir, tt.file))
			for i := range 3 {
				if err := s.Update(t.Context(), insertKey(fmt.Sprint("after ", i))); !errors.Is(err, ErrMoved) {
					t.Errorf("an update was acknowledged: %v", err)
				}
				if err := s.Ping(t.Context()); !errors.Is(err, ErrMoved) {
					t.Errorf("it is ready: %v", err)
				}
			}
			if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), tt.file) {
				t.Errorf("%d errors in the log, want one that names the file:\n%s", n, log.String())
			}
		})
	}
}

// Those who wait together get no acknowledgement either, and a file that is put back
// changes nothing before the restart.
func TestFilesThatCameBackAreNotTrusted(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Config{Dir: dir, Clock: frozen(), IDs: testIDs(frozen())})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	path := filepath.Join(dir, "gateway.db")
	gone := func(tx gateway.Tx) error { return errors.Join(os.Rename(path, path+".away"), insertKey("1")(tx)) }
	for i, err := range waiting(t, s, insertKey("0"), gone, insertKey("2")) {
		if !errors.Is(err, ErrMoved) {
			t.Errorf("update %d of the batch: %v", i, err)
		}
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Update(t.Context(), insertKey("3"))); !errors.Is(err, ErrMoved) {
		t.Errorf("after it was put back: %v", err)
	}
}

// A store at work moves its files itself: the log grows, is moved into the file and cut
// back. None of that is taken for a loss.
func TestItsOwnWorkIsNoLoss(t *testing.T) {
	dir := t.TempDir()
	s := opened(t, dir, frozen())
	for i := range 3 {
		for j := range 100 {
			if err := s.Update(t.Context(), insertKey(fmt.Sprint(i, "-", j))); err != nil {
				t.Fatal(err)
			}
		}
		s.ask(t, "PRAGMA cache_size")
		if _, err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.writer.session.drop() // as after an error; nothing runs
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

// A log that was cut off is not forgotten by the purge that cuts it too.
func TestPurgeFindsThatTheLogWasCut(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(t.Context(), Config{Dir: dir, Clock: frozen(), IDs: testIDs(frozen())})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() // it may fail, and must not hang
	err = errors.Join(s.Update(t.Context(), insertKey("before")), os.Truncate(filepath.Join(dir, "gateway.db-wal"), 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Purge(t.Context()); !errors.Is(err, ErrMoved) {
		t.Errorf("the purge says %v", err)
	}
}

// Purges beside updates are no loss, and each gets its turn.
func TestPurgeBesideUpdates(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	var both sync.WaitGroup
	both.Go(func() {
		for i := range 200 {
			if err := s.Update(t.Context(), insertKey(fmt.Sprint(i))); err != nil {
				t.Errorf("update %d: %v", i, err)
				return
			}
		}
	})
	both.Go(func() {
		for range 50 {
			if left, err := s.Purge(t.Context()); err != nil || left != "" {
				t.Errorf("a purge: %q, %v", left, err)
				return
			}
		}
	})
	both.Wait()
}

// A purge checks the files beside the writer, while they grow.
func TestChecksBesideEachOther(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gateway.db")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f := &files{log: slog.New(slog.DiscardHandler), known: []os.FileInfo{info}, paths: []string{path}}
	var loops sync.WaitGroup
	for range 2 {
		loops.Go(func() {
			for range 5000 {
				if err := f.check(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	const grown = 20_000
	for size := range grown {
		if err := file.Truncate(int64(size + 1)); err != nil {
			t.Fatal(err)
		}
	}
	loops.Wait()
	if err := f.check(); err != nil || f.size[0].Load() != grown {
		t.Errorf("%v; the size is noted as %d of %d", err, f.size[0].Load(), grown)
	}
	if err := errors.Join(file.Truncate(grown-1), f.check()); !errors.Is(err, ErrMoved) {
		t.Errorf("a file that was cut off afterwards: %v", err)
	}
}

func BenchmarkCheckFiles(b *testing.B) {
	s := opened(b, b.TempDir(), frozen())
	for b.Loop() {
		if err := s.files.check(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAskWhoHasWritten(b *testing.B) {
	s := opened(b, b.TempDir(), frozen())
	if err := s.Ping(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := s.files.alone(s.writer.session); err != nil {
			b.Fatal(err)
		}
	}
}
