// Package pgtest gives a test a PostgreSQL database of its own, on a server that
// the first test starts and Main stops.
//
// The server is that of DARAJABOX_TEST_POSTGRES (postgres://…, by a user that may
// create databases), or a throw-away cluster made with the programs of the machine,
// Debian's package postgresql. Where there is neither, the test is skipped; with
// E2E=require it fails.
package pgtest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
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
		_ = run(shared.server, "DROP DATABASE "+template)
	}
	return code
}

// Start returns the connection string of a database with nothing in it, which is
// dropped when the test ends.
func Start(tb testing.TB) string {
	tb.Helper()
	start(tb)
	return create(tb, shared.server, fresh(), "")
}

// StartFrom is Start with a copy of a database that was prepared once in this
// process, under some name: migrating takes longer than copying.
func StartFrom(tb testing.TB, name string, prepare func(url string) error) string {
	tb.Helper()
	start(tb)
	shared.mu.Lock()
	defer shared.mu.Unlock()
	template, ok := shared.templates[name]
	if !ok {
		template = fresh()
		if err := run(shared.server, "CREATE DATABASE "+template); err != nil {
			tb.Fatalf("making a template: %v", err)
		}
		if err := prepare(named(shared.server, template)); err != nil {
			tb.Fatalf("preparing a template: %v", err)
		}
		if shared.templates == nil {
			shared.templates = make(map[string]string)
		}
		shared.templates[name] = template
	}
	return create(tb, shared.server, fresh(), template)
}

// start starts the server for the first test that asks.
func start(tb testing.TB) {
	tb.Helper()
	shared.once.Do(func() {
		if shared.server = os.Getenv("DARAJABOX_TEST_POSTGRES"); shared.server != "" {
			return
		}
		shared.cluster, shared.err = startCluster(Options{})
		if shared.err == nil {
			shared.server = shared.cluster.URL("postgres")
		}
	})
	require(tb, shared.err)
}

func fresh() string {
	return fmt.Sprintf("darajabox_test_%d_%d", os.Getpid(), shared.last.Add(1))
}

// Own starts a server for one test, which may stop it and start it again.
func Own(tb testing.TB, o Options) *Cluster {
	tb.Helper()
	c, err := startCluster(o)
	require(tb, err)
	tb.Cleanup(c.Stop)
	return c
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

// create makes a database, as a copy of another unless that is "".
func create(tb testing.TB, server, name, template string) string {
	tb.Helper()
	if template != "" {
		template = " TEMPLATE " + template
	}
	if err := run(server, "CREATE DATABASE "+name+template); err != nil {
		tb.Fatalf("making a database: %v", err)
	}
	tb.Cleanup(func() {
		if err := run(server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			tb.Logf("dropping the database: %v", err)
		}
	})
	return named(server, name)
}

// run runs a statement on the server.
func run(server, sql string) error {
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

// named is a connection string for another database of the same server.
func named(server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		return strings.Replace(server, "/postgres", "/"+database, 1)
	}
	u.Path = "/" + database
	return u.String()
}

// Options of a cluster.
type Options struct {
	Durable bool // commits wait for the disk, as in service; otherwise they don't
}
