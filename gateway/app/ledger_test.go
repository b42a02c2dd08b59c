package app_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/pgtest"
)

// removeAll removes files of a folder by a pattern; some must be there.
func removeAll(t *testing.T, dir, pattern string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, pattern))
	for _, file := range files {
		err = errors.Join(err, os.Remove(file))
	}
	if err != nil || len(files) == 0 {
		t.Fatalf("removing %s: %v", pattern, err)
	}
}

// runOnce starts a gateway and stops it, with the payments of so many orders.
func runOnce(t *testing.T, cfg app.Config, orders int) {
	t.Helper()
	a := start(t, cfg)
	p := newPartner(t)
	for range orders {
		if got := pay(t, a, p); got.status != 200 {
			t.Fatalf("an order was answered %+v", got)
		}
	}
	stop(t, a)
}

// A lost database is not replaced by an empty one, which would push what was paid
// before, whatever the loss looks like.
func TestLostDatabaseIsNotReplacedByAnEmptyOne(t *testing.T) {
	const master = "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b"
	for _, tt := range []struct {
		name string
		cfg  func(*app.Config)
		lose func(t *testing.T, dir string)
		want string // in the refusal
	}{
		{"removed", nil, func(t *testing.T, dir string) {
			t.Helper()
			removeAll(t, dir, "gateway.db*")
		}, "gateway.db is not there, but gateway.id, master.key"},
		{"removed, and made by a release from before gateway.id", nil, func(t *testing.T, dir string) {
			t.Helper()
			removeAll(t, dir, "gateway.[di]*")
		}, "gateway.db is not there, but master.key"},
		{"of no length", nil, func(t *testing.T, dir string) {
			t.Helper()
			removeAll(t, dir, "gateway.db*")
			if err := os.WriteFile(filepath.Join(dir, app.DatabaseFile), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "gateway.db is empty, but"},
		{"made anew by another gateway", nil, func(t *testing.T, dir string) {
			t.Helper()
			other := config(t, "http://127.0.0.1:1")
			runOnce(t, other, 0)
			removeAll(t, dir, "gateway.db*")
			if err := os.Rename(filepath.Join(other.Data, app.DatabaseFile), filepath.Join(dir, app.DatabaseFile)); err != nil {
				t.Fatal(err)
			}
		}, "it was made anew"},
		{"removed, with the master key given", func(c *app.Config) { c.MasterKey = master }, func(t *testing.T, dir string) {
			t.Helper()
			removeAll(t, dir, "gateway.db*")
		}, "gateway.db is not there, but gateway.id"},
		{"removed, with the token in its folder only", func(c *app.Config) { c.MasterKey, c.AdminAddr = master, "127.0.0.1:0" }, func(t *testing.T, dir string) {
			t.Helper()
			removeAll(t, dir, "gateway.[di]*")
		}, "gateway.db is not there, but admin.token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDaraja(t)
			cfg := config(t, d.URL)
			if tt.cfg != nil {
				tt.cfg(&cfg)
			}
			runOnce(t, cfg, 1)
			tt.lose(t, cfg.Data)
			before := list(t, cfg.Data)
			for range 2 {
				err := tryStart(t, cfg)
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "--begin-anew") {
					t.Fatalf("got %v, want a refusal with %q", err, tt.want)
				}
			}
			if tt.name == "removed" && before != list(t, cfg.Data) {
				t.Errorf("the refused start left %s, there was %s", list(t, cfg.Data), before)
			}
			anew := cfg
			anew.BeginAnew = true
			runOnce(t, anew, 0)
			runOnce(t, cfg, 1) // from now on this one is the ledger
		})
	}
}

func list(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// What is no loss starts as ever, with no flag.
func TestDatabasesThatAreNotLost(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, cfg *app.Config){
		"the first start": func(*testing.T, *app.Config) {},
		"the first start, in a folder that is there": func(t *testing.T, cfg *app.Config) {
			t.Helper()
			if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"the first start, after one that was cut off": func(t *testing.T, cfg *app.Config) {
			t.Helper()
			if err := errors.Join(os.MkdirAll(cfg.Data, 0o700), os.WriteFile(filepath.Join(cfg.Data, "gateway.lock"), nil, 0o600),
				os.WriteFile(filepath.Join(cfg.Data, app.DatabaseFile), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		},
		"before any payment": func(t *testing.T, cfg *app.Config) {
			t.Helper()
			runOnce(t, *cfg, 0)
		},
		"after payments": func(t *testing.T, cfg *app.Config) {
			t.Helper()
			runOnce(t, *cfg, 2)
		},
		"of a release before gateway.id": func(t *testing.T, cfg *app.Config) {
			t.Helper()
			runOnce(t, *cfg, 0)
			removeAll(t, cfg.Data, "gateway.id")
		},
		"restored into an empty folder": func(t *testing.T, cfg *app.Config) {
			t.Helper()
			runOnce(t, *cfg, 1)
			to := t.TempDir()
			for _, name := range []string{app.DatabaseFile, "master.key"} {
				if err := os.Rename(filepath.Join(cfg.Data, name), filepath.Join(to, name)); err != nil {
					t.Fatal(err)
				}
			}
			cfg.Data = to
		},
		"another ledger with payments, put there on purpose": func(t *testing.T, cfg *app.Config) {
			t.Helper()
			other := *cfg
			other.Data = t.TempDir()
			runOnce(t, *cfg, 1)
			runOnce(t, other, 1)
			if err := os.Rename(filepath.Join(other.Data, app.DatabaseFile), filepath.Join(cfg.Data, app.DatabaseFile)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDaraja(t)
			cfg := config(t, d.URL)
			cfg.Data = filepath.Join(t.TempDir(), "data")
			prepare(t, &cfg)
			runOnce(t, cfg, 1)
			runOnce(t, cfg, 0)
			if !strings.Contains(list(t, cfg.Data), "gateway.id") {
				t.Error("the ledger's id is not written down")
			}
		})
	}
}

// The flag would hide the next loss, so it is not left in silence.
func TestBeginAnewIsForOneStart(t *testing.T) {
	d := newDaraja(t)
	var log bytes.Buffer
	cfg := config(t, d.URL)
	cfg.BeginAnew, cfg.Log = true, slog.New(slog.NewTextHandler(&log, nil))
	runOnce(t, cfg, 0)
	if strings.Contains(log.String(), "leave it out") {
		t.Errorf("at the first start:\n%s", log.String())
	}
	runOnce(t, cfg, 0)
	if !strings.Contains(log.String(), "--begin-anew changes nothing") {
		t.Errorf("at the second start:\n%s", log.String())
	}
}

// A data folder that was used with a database on PostgreSQL notices an empty one too, and
// one that was used with SQLite. Replicas without a folder cannot.
func TestLostDatabaseOnPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL")
	}
	d := newDaraja(t)
	cfg := config(t, d.URL)
	cfg.MasterKey = strings.Repeat("6b", 32)
	cfg.Database = pgtest.NewDatabase(t)
	runOnce(t, cfg, 1)
	runOnce(t, cfg, 0)
	lost := cfg
	lost.Database = pgtest.NewDatabase(t)
	if err := tryStart(t, lost); err == nil || !strings.Contains(err.Error(), "has no tables of the gateway, but gateway.id in") {
		t.Errorf("on an empty database: %v", err)
	}
	forgotten := cfg
	forgotten.Database = ""
	if err := tryStart(t, forgotten); err == nil || !strings.Contains(err.Error(), "gateway.db is not there, but gateway.id in") {
		t.Errorf("without --database: %v", err)
	}
	replica := lost
	replica.Data = filepath.Join(t.TempDir(), "none")
	runOnce(t, replica, 0)
	if err := tryStart(t, lost); err == nil || !strings.Contains(err.Error(), "made anew") {
		t.Errorf("on a database that another replica has made anew: %v", err)
	}
	lost.BeginAnew = true
	runOnce(t, lost, 0)
}

// The first start says that it begins with a new database, and where; no other does.
func TestNewDatabaseIsNamedOnce(t *testing.T) {
	d := newDaraja(t)
	cfg := config(t, d.URL)
	var log bytes.Buffer
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	for i, want := range []int{1, 0} {
		log.Reset()
		runOnce(t, cfg, 0)
		if got := strings.Count(log.String(), "new database in "+filepath.Join(cfg.Data, app.DatabaseFile)); got != want {
			t.Errorf("start %d: %d lines name a new database, want %d:\n%s", i, got, want, log.String())
		}
	}
}
