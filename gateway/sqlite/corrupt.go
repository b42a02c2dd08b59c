package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/darajabox/darajabox/gateway"
	sqlite3 "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// ErrCorrupt says that the database is corrupt. It is final: what is committed then may be
// lost, so nothing is acknowledged until the store is opened with a good database.
var ErrCorrupt = errors.New("the database is corrupt; nothing is written any more until the gateway is started with a good copy")

// restoring is what helps against a corrupt database.
const restoring = "stop the gateway, remove gateway.db, gateway.db-wal and gateway.db-shm, and put a backup in the place of gateway.db; " +
	"a copy that is put back while an old gateway.db-wal is there becomes corrupt; docs/gateway.md has the steps"

// isCorrupt reports an error of SQLite that says that the file is damaged, or is no
// database.
func isCorrupt(err error) bool {
	var e *sqlite3.Error
	return errors.As(err, &e) && (e.Code()&0xff == lib.SQLITE_CORRUPT || e.Code()&0xff == lib.SQLITE_NOTADB)
}

// isReadOnly reports that a connection that only reads can't do what has to be done.
func isReadOnly(err error) bool {
	var e *sqlite3.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_READONLY
}

// checkWhole refuses a corrupt database. It reads every page, by a connection that writes
// nothing: one that writes would move an old log into a copy that was put back.
func checkWhole(ctx context.Context, path string, clock gateway.Clock, log *slog.Logger) error {
	began := clock.Now()
	db, err := openDB(path, reading)
	if err != nil {
		return err
	}
	var found string
	err = db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found)
	err = errors.Join(err, db.Close())
	switch {
	case isReadOnly(err): // a first start was cut off; only the writer can undo what it began
		return nil
	case isCorrupt(err):
		return fmt.Errorf("the database is corrupt (%w): %s", err, restoring)
	case err != nil:
		return fmt.Errorf("checking the database: %w", err)
	case found != "ok":
		return fmt.Errorf("the database is corrupt (%.200s): %s", found, restoring)
	}
	log.Info("the database was checked", "file", path, "took", clock.Now().Sub(began))
	return nil
}
