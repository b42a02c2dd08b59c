// Package pgtest gives a test a PostgreSQL database of its own, on a server that
// the first test starts and Main stops.
//
// The server is that of DARAJABOX_TEST_POSTGRES (postgres://…, by a user that may
// create databases), or a temporary cluster made with the programs of the machine,
// Debian's package postgresql. Where there is neither, the test is skipped; with
// E2E=require it fails.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// shared is the server of this test process.
var shared struct {
	once    sync.Once
	cluster *Cluster
	server  string // connection string of its maintenance database
	err     error
	last    atomic.Int64

	mu        sync.Mutex
	templates map[string]string // database by the name of what prepared it
}

// Main runs the tests of a package, for its TestMain, and then stops the server if
// they have started one. It returns the exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.cluster != nil {
		shared.cluster.Stop()
		return code
	}
	for _, template := range shared.templates {
		_ = execute(shared.server, "DROP DATABASE "+template)
	}
	return code
}

// NewDatabase returns the connection string of an empty database, which is dropped when
// the test ends.
func NewDatabase(tb testing.TB) string {
	tb.Helper()
	startShared(tb)
	return create(tb, shared.server, "")
}

// NewDatabaseFrom is NewDatabase with a copy of a template, which prepare fills once in
// this process for each name: migrating takes longer than copying.
func NewDatabaseFrom(tb testing.TB, name string, prepare func(url string) error) string {
	tb.Helper()
	startShared(tb)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	template, ok := shared.templates[name]
	if !ok {
		template = newName()
		if err := execute(shared.server, "CREATE DATABASE "+template); err != nil {
			tb.Fatalf("making a template: %v", err)
		}
		if err := prepare(withDatabase(tb, shared.server, template)); err != nil {
			tb.Fatalf("preparing a template: %v", err)
		}
		if shared.templates == nil {
			shared.templates = make(map[string]string)
		}
		shared.templates[name] = template
	}
	return create(tb, shared.server, template)
}

// Durable is the setting of a cluster whose commits wait for the disk, as in service.
const Durable = "fsync=on"

// NewCluster starts a server for one test, which may stop it and start it again. Settings
// such as Durable are PostgreSQL's.
func NewCluster(tb testing.TB, settings ...string) *Cluster {
	tb.Helper()
	c, err := startCluster(settings...)
	require(tb, err)
	tb.Cleanup(c.Stop)
	return c
}

// startShared starts the server for the first test that needs it.
func startShared(tb testing.TB) {
	tb.Helper()
	shared.once.Do(func() {
		if shared.server = os.Getenv("DARAJABOX_TEST_POSTGRES"); shared.server != "" {
			return
		}
		if shared.cluster, shared.err = startCluster(); shared.err == nil {
			shared.server = shared.cluster.URL("postgres")
		}
	})
	require(tb, shared.err)
}

// require skips the test when there is no server.
func require(tb testing.TB, err error) {
	tb.Helper()
	switch {
	case err == nil:
	case os.Getenv("E2E") == "require":
		tb.Fatalf("PostgreSQL is needed: %v", err)
	default:
		tb.Skipf("there is no PostgreSQL: %v", err)
	}
}

func newName() string {
	return fmt.Sprintf("darajabox_test_%d_%d", os.Getpid(), shared.last.Add(1))
}

// create makes a database, as a copy of another unless that is "".
func create(tb testing.TB, server, template string) string {
	tb.Helper()
	name := newName()
	sql := "CREATE DATABASE " + name
	if template != "" {
		sql += " TEMPLATE " + template
	}
	if err := execute(server, sql); err != nil {
		tb.Fatalf("making a database: %v", err)
	}
	tb.Cleanup(func() {
		if err := execute(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			tb.Logf("dropping the database: %v", err)
		}
	})
	return withDatabase(tb, server, name)
}

// execute sends a statement to the server.
func execute(server, sql string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// withDatabase is the connection string for another database of the same server.
func withDatabase(tb testing.TB, server, database string) string {
	tb.Helper()
	u, err := url.Parse(server)
	if err != nil {
		tb.Fatalf("the server's connection string: %v", err)
	}
	u.Path = "/" + database
	return u.String()
}
