package sqlite_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/sqlite"
	"github.com/darajabox/darajabox/gateway/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, clock gateway.Clock, newIDs func() gateway.IDs) storetest.Opened {
		t.Helper()
		dir := t.TempDir()
		return storetest.Opened{
			Store: openStoreWith(t, sqlite.Config{Dir: dir, Clock: clock, IDs: newIDs()}),
			Reopen: func(t *testing.T) gateway.Store {
				t.Helper()
				left := t.TempDir()
				copyFolder(t, dir, left)
				return openStoreWith(t, sqlite.Config{Dir: left, Clock: clock, IDs: newIDs()})
			},
		}
	})
}

func openStore(t testing.TB, dir string, clock gateway.Clock) *sqlite.Store {
	t.Helper()
	return openStoreWith(t, sqlite.Config{Dir: dir, Clock: clock, IDs: gateway.NewIDs(clock, storetest.NewDice())})
}

func openStoreWith(t testing.TB, cfg sqlite.Config) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), cfg)
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

// copyFolder copies a store's files as a crash would leave them. Nothing may be
// written meanwhile. The index of the log lives in memory and does not survive.
func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	for _, name := range []string{"gateway.db", "gateway.db-wal"} {
		in, err := os.Open(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(filepath.Join(to, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(out, in); err != nil {
			t.Fatal(err)
		}
		in.Close()
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
