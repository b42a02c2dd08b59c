package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ledgerFile names the ledger that the database beside it, or the one on PostgreSQL, had
// at the last start.
const ledgerFile = "gateway.id"

// ledger is what both stores know of the ledger in their database.
type ledger interface {
	Ledger(ctx context.Context) (id string, empty bool, err error)
}

// earlier is what the data folder tells of an earlier start.
type earlier struct {
	folder string
	id     string   // of the ledger; "" when a release from before wrote none
	files  []string // that only a start makes; none at a first start
}

// findEarlier looks for what an earlier start left in the data folder.
func (cfg Config) findEarlier() (e earlier, err error) {
	e.folder = cfg.secretsFolder()
	if e.folder == "" {
		return e, nil
	}
	for _, name := range []string{ledgerFile, masterKeyFile, tokenFile} {
		switch _, err := os.Lstat(filepath.Join(e.folder, name)); {
		case err == nil:
			e.files = append(e.files, name)
		case !errors.Is(err, fs.ErrNotExist):
			return earlier{}, fmt.Errorf("looking for an earlier start: %w", err)
		}
	}
	id, err := os.ReadFile(filepath.Join(e.folder, ledgerFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return earlier{}, fmt.Errorf("looking for an earlier start: %w", err)
	}
	e.id = strings.TrimSpace(string(id))
	return e, nil
}

// mayBegin refuses an empty ledger where there was one before.
func (cfg Config) mayBegin(e earlier, found string) error {
	if cfg.BeginAnew || len(e.files) == 0 {
		return nil
	}
	was := "was"
	if len(e.files) > 1 {
		was = "were"
	}
	return fmt.Errorf("%s, but %s in %s %s made by an earlier start. An empty database knows no earlier payments, used idempotency keys, receipts and API keys, "+
		"so an order that is sent again would be pushed to the customer again. Put the database back from a backup, or name the right one by --database or --data; "+
		"to give the old one up and begin with an empty one, start once with --begin-anew", found, strings.Join(e.files, ", "), e.folder, was)
}

// checkLedger refuses a database that was made anew in the place of the one that the
// data folder names, and notes which one it is now.
func (cfg Config) checkLedger(ctx context.Context, e earlier, store ledger) error {
	id, empty, err := store.Ledger(ctx)
	if err != nil {
		return err
	}
	switch {
	case id == e.id && cfg.BeginAnew:
		cfg.Log.Warn("--begin-anew changes nothing, since the database is the one of the last start; leave it out, or a lost database is not noticed")
	case id == e.id:
	case e.id != "" && empty && !cfg.BeginAnew:
		return fmt.Errorf("the database has no payments and is not the one that %s names: it was made anew. An empty database knows no earlier payments, used idempotency keys, receipts and API keys, "+
			"so an order that is sent again would be pushed to the customer again. Put the old database back, or name the right one by --database or --data; "+
			"to go on with this one, start once with --begin-anew", filepath.Join(e.folder, ledgerFile))
	case e.id != "":
		cfg.Log.Warn("the database is another one than at the last start", "file", filepath.Join(e.folder, ledgerFile))
		cfg.noteLedger(e.folder, id)
	default:
		if empty && onPostgres(cfg.Database) { // where a loss may show nowhere else
			cfg.Log.Warn("the database has no payments; when it should have some, stop the gateway and look at --database")
		}
		cfg.noteLedger(e.folder, id)
	}
	return nil
}

// noteLedger writes down which ledger this is. Without a folder, which a gateway on
// PostgreSQL may not have, there is nothing that could notice its loss.
func (cfg Config) noteLedger(folder, id string) {
	if folder != "" && cfg.MakeData {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			cfg.Log.Warn("the data folder could not be made, so a lost database would not be noticed", "error", err)
			return
		}
	}
	if info, err := os.Stat(folder); folder == "" || err != nil || !info.IsDir() {
		return
	}
	path := filepath.Join(folder, ledgerFile)
	if err := writeOwn(path, id); err != nil {
		cfg.Log.Warn("which ledger this is could not be written down, so a lost database would not be noticed", "file", path, "error", err)
	}
}
