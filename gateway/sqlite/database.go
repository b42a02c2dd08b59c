package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	sqlite3 "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

//go:embed migrations/*.sql
var migrations embed.FS

// oldest is the first SQLite whose write-ahead log can't be corrupted by two
// connections that checkpoint and write at once.
const oldest = "3.51.3"

// The settings of the two kinds of connection. A commit is durable when it returns
// (synchronous=FULL). The log is moved into the file every 16 MiB or so, and its own
// file is cut back when a burst has made it longer than 64 MiB. What is freed is
// overwritten with zeros, so that what was erased is not left in the file.
const (
	writing = "mode=rw&_txlock=immediate" +
		"&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(1)&_pragma=wal_autocheckpoint(4000)&_pragma=journal_size_limit(67108864)" +
		"&_pragma=secure_delete(1)&_pragma=cache_size(-16384)&_pragma=temp_store(MEMORY)&_pragma=trusted_schema(0)&_dqs=0"
	reading = "mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)&_pragma=trusted_schema(0)&_dqs=0"
)

// name is what the driver calls the file at path, opened by settings.
func name(path, settings string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // C:/…
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: settings}
	return u.String()
}

// openDB opens the file at path for what is done once: one connection.
func openDB(path, settings string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", name(path, settings))
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func checkSQLite(ctx context.Context, db *sql.DB) error {
	var version string
	if err := db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version); err != nil {
		return fmt.Errorf("asking SQLite for its version: %w", err)
	}
	return checkVersion(version)
}

// checkVersion refuses a SQLite older than the oldest that is safe.
func checkVersion(version string) error {
	got, err := parseVersion(version)
	if err != nil {
		return err
	}
	want, err := parseVersion(oldest)
	if err != nil {
		return err
	}
	for i := range got {
		if got[i] != want[i] {
			if got[i] < want[i] {
				return fmt.Errorf("SQLite %s can corrupt its log; %s or later is needed", version, oldest)
			}
			break
		}
	}
	return nil
}

// parseVersion reads 3.51 or 3.51.3, and no more than the first three numbers.
func parseVersion(s string) (v [3]int, err error) {
	parts := strings.Split(s, ".")
	if len(parts) < 2 {
		return v, fmt.Errorf("SQLite version %q is not a version", s)
	}
	for i := range min(len(parts), len(v)) {
		if v[i], err = strconv.Atoi(parts[i]); err != nil {
			return v, fmt.Errorf("SQLite version %q is not a version", s)
		}
	}
	return v, nil
}

// truncateLog moves the whole log into the file, so that one file holds it all.
func truncateLog(db *sql.DB) error {
	var busy, frames, moved int
	err := db.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &moved)
	if err != nil {
		return fmt.Errorf("checkpointing: %w", err)
	}
	return nil
}

// isConstraint reports a row that the schema refuses; SQLite undoes the statement
// and nothing else.
func isConstraint(err error) bool {
	var e *sqlite3.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_CONSTRAINT
}

// isTaken reports a row whose primary key another row has.
func isTaken(err error) bool {
	var e *sqlite3.Error
	return errors.As(err, &e) && e.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY
}

// isDuplicate reports a row whose like is in a unique index.
func isDuplicate(err error) bool {
	var e *sqlite3.Error
	return errors.As(err, &e) && (e.Code() == lib.SQLITE_CONSTRAINT_UNIQUE || e.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY)
}
