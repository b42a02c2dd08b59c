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
}

// Main runs the tests of a package, for its TestMain, and then stops the server if
// they have started one. It returns the exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if shared.cluster != nil {
		shared.cluster.Stop()
	}
	return code
}

// Start returns the connection string of a database with nothing in it, which is
// dropped when the test ends.
func Start(tb testing.TB) string {
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
	return create(tb, shared.server, fmt.Sprintf("darajabox_test_%d_%d", os.Getpid(), shared.last.Add(1)))
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

// create makes a database.
func create(tb testing.TB, server, name string) string {
	tb.Helper()
	run := func(sql string) error {
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
	if err := run("CREATE DATABASE " + name); err != nil {
		tb.Fatalf("making a database: %v", err)
	}
	tb.Cleanup(func() {
		if err := run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			tb.Logf("dropping the database: %v", err)
		}
	})
	return named(server, name)
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
