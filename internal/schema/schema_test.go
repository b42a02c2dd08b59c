package schema_test

import (
	"database/sql"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite"

	"github.com/darajabox/darajabox/internal/schema"
)

// release has n migrations, each of which makes a table.
func release(n int) fs.FS {
	files := fstest.MapFS{}
	for i := range n {
		files[fmt.Sprintf("migrations/%05d_table.sql", i+1)] = &fstest.MapFile{Data: fmt.Appendf(nil, "-- +goose Up\nCREATE TABLE t%d (x INTEGER);\n", i+1)}
	}
	return files
}

func TestMigrate(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, step := range []struct {
		name    string
		release int
		tables  int
		err     string
	}{
		{"a new database", 1, 1, ""},
		{"the same release", 1, 1, ""},
		{"a later release", 3, 3, ""},
		{"an earlier release", 2, 3, "the database has version 3, written by a later release; this one knows 2"},
	} {
		err := schema.Migrate(t.Context(), goose.DialectSQLite3, db, release(step.release))
		if (err == nil) != (step.err == "") || err != nil && err.Error() != step.err {
			t.Errorf("%s: %v", step.name, err)
		}
		var tables int
		if err := db.QueryRow(`SELECT count(*) FROM sqlite_master WHERE name GLOB 't[0-9]'`).Scan(&tables); err != nil || tables != step.tables {
			t.Errorf("%s: %d tables, %v", step.name, tables, err)
		}
	}
}

func TestNewest(t *testing.T) {
	if got, err := schema.Newest(release(12)); got != 12 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	if got, err := schema.Newest(fstest.MapFS{"migrations/x.sql": {}}); err == nil || !strings.HasPrefix(err.Error(), "reading the migrations: ") {
		t.Errorf("%d, %v", got, err)
	}
}
