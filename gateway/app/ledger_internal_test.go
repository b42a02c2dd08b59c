package app

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fresh is a database that was made anew.
type fresh string

func (f fresh) Ledger(context.Context) (string, bool, error) { return string(f), true, nil }

// With all secrets given by variables nothing else makes the data folder, so without it
// the next start would not notice that the database on PostgreSQL is another one.
func TestLedgerOnPostgresIsNotedInTheNamedFolder(t *testing.T) {
	for name, named := range map[string]bool{"--data is given": true, "the default folder": false} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			cfg := Config{Data: filepath.Join(t.TempDir(), "data"), MakeData: named, Database: "postgres://h/d", Log: slog.New(slog.NewTextHandler(&log, nil))}
			start := func(database fresh) error {
				t.Helper()
				before, err := cfg.findEarlier()
				if err != nil {
					t.Fatal(err)
				}
				return cfg.checkLedger(t.Context(), before, database)
			}
			if err := start("one"); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(log.String(), `level=WARN msg="the database has no payments`) {
				t.Errorf("the log has no warning:\n%s", log.String())
			}
			if _, err := os.Stat(cfg.Data); (err == nil) != named {
				t.Errorf("the folder: %v", err)
			}
			if err := start("two"); (err != nil) != named {
				t.Errorf("with another empty database: %v", err)
			}
		})
	}
}
