package sqlite

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// fill inserts payments with their callbacks, in so many commits.
func fill(t *testing.T, s *Store, prefix string, n int) {
	t.Helper()
	for i := range n {
		if err := s.Update(t.Context(), func(tx gateway.Tx) error { return wholeOrder(tx, fmt.Sprint(prefix, i)) }); err != nil {
			t.Fatal(err)
		}
	}
}

// copyFiles copies files of a folder.
func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = errors.Join(os.MkdirAll(to, 0o700), os.WriteFile(filepath.Join(to, name), b, 0o600))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// restoredBesideAnOldLog is a folder with a backup of gateway.db, and the log of a store
// that was killed later.
func restoredBesideAnOldLog(t *testing.T) (dir string) {
	t.Helper()
	live, dir := t.TempDir(), filepath.Join(t.TempDir(), "restored")
	s := opened(t, live, frozen())
	fill(t, s, "before ", 20)
	if err := s.files.cut(func() error { return truncateLog(s.db) }); err != nil {
		t.Fatal(err)
	}
	copyFiles(t, live, dir, "gateway.db")
	fill(t, s, "after ", 50)
	if err := s.files.cut(func() error { return truncateLog(s.db) }); err != nil {
		t.Fatal(err)
	}
	fill(t, s, "last ", 5)
	copyFiles(t, live, dir, "gateway.db-wal")
	return dir
}

// A backup that is put back beside an old log is not opened, and is not changed, so that
// removing the log is enough.
func TestBackupBesideAnOldLogIsRefused(t *testing.T) {
	dir := restoredBesideAnOldLog(t)
	path := filepath.Join(dir, "gateway.db")
	backup, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		s, err := Open(t.Context(), Config{Dir: dir, Clock: frozen(), IDs: testIDs(frozen())})
		if err == nil {
			t.Fatal("it is open", s.Close())
		}
		for _, want := range []string{"corrupt", "remove gateway.db, gateway.db-wal and gateway.db-shm", dir} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v: want %q", err, want)
			}
		}
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, backup) {
		t.Errorf("the refused start changed the backup: %v", err)
	}
	if err := errors.Join(os.Remove(path+"-wal"), os.Remove(path+"-shm")); err != nil {
		t.Fatal(err)
	}
	s := opened(t, dir, frozen())
	wantStored(t, s, map[string]bool{"before 19": true, "after 0": false, "last 0": false})
}

func TestDamagedFilesAreRefused(t *testing.T) {
	for name, damage := range map[string]func(b []byte){
		"no database":          func(b []byte) { copy(b, "<html>not found</html>") },
		"pages that are zeros": func(b []byte) { clear(b[8192:40960]) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := opened(t, dir, frozen())
			fill(t, s, "", 5)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(dir, "gateway.db")
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			damage(b)
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err = Open(t.Context(), Config{Dir: dir, Clock: frozen()})
			if err == nil || !strings.Contains(err.Error(), "corrupt") || !strings.Contains(err.Error(), "gateway.db-wal") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A database that becomes corrupt while the store runs acknowledges nothing more, nor is
// it ready, whether a view or an update has found it.
func TestNothingIsAcknowledgedIntoACorruptDatabase(t *testing.T) {
	read := func(s *Store) error {
		return s.View(t.Context(), func(tx gateway.Tx) error {
			_, err := tx.Payments(gateway.PaymentFilter{})
			return err
		})
	}
	write := func(s *Store) error {
		return s.Update(t.Context(), func(tx gateway.Tx) error {
			_, err := tx.Payments(gateway.PaymentFilter{})
			return errors.Join(insertKey("found")(tx), err)
		})
	}
	swallowed := func(s *Store) error {
		return s.Update(t.Context(), func(tx gateway.Tx) error {
			_, _ = tx.Payments(gateway.PaymentFilter{})
			return nil
		})
	}
	for name, find := range map[string]func(*Store) error{"a view": read, "an update": write, "an update that goes on": swallowed} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := opened(t, dir, frozen())
			fill(t, s, "", 50)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			var log strings.Builder
			s, err := Open(t.Context(), Config{Dir: dir, Clock: frozen(), IDs: testIDs(frozen()), Log: slog.New(slog.NewTextHandler(&log, nil))})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close() // it may fail, and must not hang
			corruptInPlace(t, s, filepath.Join(dir, "gateway.db"))
			if err := find(s); !errors.Is(err, ErrCorrupt) {
				t.Errorf("got %v", err)
			}
			for range 2 {
				if err := s.Ping(t.Context()); !errors.Is(err, ErrCorrupt) {
					t.Errorf("it is ready: %v", err)
				}
				if err := s.Update(t.Context(), insertKey("after")); !errors.Is(err, ErrCorrupt) {
					t.Errorf("an update was acknowledged: %v", err)
				}
			}
			if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "gateway.db-wal") {
				t.Errorf("%d errors in the log:\n%s", n, log.String())
			}
		})
	}
}

// corruptInPlace overwrites all pages of the table of payments but none of the others.
func corruptInPlace(t *testing.T, s *Store, path string) {
	t.Helper()
	root := s.ask(t, "SELECT rootpage FROM sqlite_schema WHERE name = 'payments'")
	if err := s.files.cut(func() error { return truncateLog(s.db) }); err != nil {
		t.Fatal(err)
	}
	var page int64
	if _, err := fmt.Sscan(root, &page); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	const size = 4096
	_, err = f.WriteAt(bytes.Repeat([]byte{0xff}, size), (page-1)*size)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	s.writer.session.drop() // what it has in its cache; nothing runs
}
