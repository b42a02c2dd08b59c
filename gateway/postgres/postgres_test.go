package postgres

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/storetest"
	"github.com/darajabox/darajabox/internal/pgtest"
	"github.com/darajabox/darajabox/internal/testkit"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T, clock gateway.Clock, newIDs func() gateway.IDs) storetest.Opened {
		t.Helper()
		url := migrated(t)
		return storetest.Opened{
			Store: opened(t, Config{URL: url, Clock: clock, IDs: newIDs()}),
			Reopen: func(t *testing.T) gateway.Store {
				t.Helper()
				return opened(t, Config{URL: url, Clock: clock, IDs: newIDs()})
			},
		}
	})
}

// migrated is a database whose tables are there.
func migrated(t testing.TB) string {
	t.Helper()
	return pgtest.NewDatabaseFrom(t, "migrated", func(url string) error {
		s, err := Open(context.Background(), Config{URL: url, Clock: frozen()})
		if err != nil {
			return err
		}
		return s.Close()
	})
}

var testStart = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

func frozen() *testkit.Clock { return testkit.NewClock(testStart) }

// opened is an open store, closed when the test ends.
func opened(t testing.TB, cfg Config) *Store {
	t.Helper()
	if cfg.IDs == (gateway.IDs{}) {
		cfg.IDs = gateway.NewIDs(cfg.Clock, rand.Reader)
	}
	s, err := Open(context.Background(), cfg)
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
