package postgres

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/logthrottle"
	"github.com/darajabox/darajabox/internal/pgtest"
)

// The database is gone for a while: updates fail soon, nothing is acknowledged, and
// the work goes on by itself when it is back.
func TestOutage(t *testing.T) {
	cluster := pgtest.NewCluster(t, pgtest.Durable)
	warned := &lineCounter{lines: make(map[string]int)}
	s := opened(t, Config{URL: cluster.Database(t), Clock: machine{}, JobWithin: 2 * time.Second, Log: slog.New(slog.NewTextHandler(warned, &slog.HandlerOptions{
		Level: slog.LevelWarn,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key != slog.MessageKey {
				return slog.Attr{}
			}
			return a
		},
	}))})
	called := make(chan int64, 100)
	working(t, s, calling{payment: func(_ context.Context, id int64) error {
		err := clearPayment(s, id)
		if err == nil {
			called <- id
		}
		return err
	}})
	insert := func() (int64, error) {
		p := samplePayment("")
		p.DueAt = time.Now()
		err := s.Update(context.Background(), func(tx gateway.Tx) error { return tx.InsertPayment(p) })
		return p.ID, err
	}
	first, err := insert()
	must(t, err)
	if got := receive(t, called, "the first call"); got != first {
		t.Errorf("payment %d, want %d", got, first)
	}
	cluster.Kill()
	begun := time.Now()
	if _, err := insert(); err == nil {
		t.Error("an update was acknowledged without a database")
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("Ping says that the database is there")
	}
	if took := time.Since(begun); took > 3*acquireWithin {
		t.Errorf("it took %v to say that the database is gone", took)
	}
	must(t, cluster.Start())
	again, err := insert() // over connections that are dead, some of them
	must(t, err)
	for got := int64(0); got != again; {
		got = receive(t, called, "the work to go on")
	}
	most := 1 + int(time.Since(begun)/logthrottle.Every)
	for text, n := range warned.read() {
		if n > most {
			t.Errorf("%d times in %s: %s", n, time.Since(begun), text)
		}
	}
}

// lineCounter counts equal lines of a log.
type lineCounter struct {
	mu    sync.Mutex
	lines map[string]int
}

func (c *lineCounter) Write(line []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines[strings.TrimSpace(string(line))]++
	return len(line), nil
}

func (c *lineCounter) read() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.lines)
}

// Work that begins while the database is gone waits for it.
func TestWorkWaitsForTheDatabase(t *testing.T) {
	cluster := pgtest.NewCluster(t)
	s := opened(t, Config{URL: cluster.Database(t), Clock: machine{}})
	id := insertDue(t, s, time.Now())
	cluster.Kill()
	called := make(chan int64, 1)
	working(t, s, calling{payment: func(_ context.Context, id int64) error {
		defer func() { called <- id }()
		return clearPayment(s, id)
	}})
	_ = s.Ping(t.Context())
	must(t, cluster.Start())
	if got := receive(t, called, "the work to begin"); got != id {
		t.Errorf("payment %d, want %d", got, id)
	}
}

// ways are the two ways that an update takes, by what it does first.
var ways = map[string]func(gateway.Tx) error{
	"in a group": func(gateway.Tx) error { return nil },
	"alone": func(tx gateway.Tx) error {
		_, err := tx.Partners() // is not served in groups
		return err
	},
}

// When the connection is lost before the answer to a commit, nobody knows, and the
// error says so, in a group and alone; it is not tried again over another connection.
func TestLostCommitIsNotKnown(t *testing.T) {
	for name, first := range ways {
		t.Run(name, func(t *testing.T) {
			url := migrated(t)
			proxy := newProxy(t, url)
			s := opened(t, Config{URL: proxy.url + "&pool_max_conns=1", Clock: frozen()})
			id := insertPayment(t, s, samplePayment(""))
			update := func(cut bool) error {
				return s.Update(t.Context(), func(tx gateway.Tx) error {
					if err := errors.Join(first(tx), countUp(id)(tx)); err != nil {
						return err
					}
					proxy.cut.Store(cut)
					return nil
				})
			}
			must(t, update(false)) // so that the connection knows the statements
			if err := update(true); err == nil || !strings.Contains(err.Error(), "not known") {
				t.Errorf("got %v, want an error that says that nobody knows", err)
			}
			if proxy.cut.Load() {
				t.Error("nothing was cut")
			}
			after := opened(t, Config{URL: url, Clock: frozen()})
			if got := after.checksOf(t, id); got != 2 { // this time it was
				t.Errorf("%d checks, want 2", got)
			}
		})
	}
}

// An update with a callback is on disk when it is acknowledged, although it does not
// commit to it. Whatever else the server writes may be behind, so most tries count.
func TestAcknowledgedCallbackIsOnDisk(t *testing.T) {
	const tries = 9
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	durable := 0
	for range tries {
		must(t, s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertCallback(&gateway.Callback{}) }))
		var flushed bool
		must(t, s.db.QueryRow(t.Context(), `SELECT pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn()`).Scan(&flushed))
		if flushed {
			durable++
		}
	}
	if durable <= tries/2 {
		t.Errorf("%d of %d callbacks were on disk when they were acknowledged", durable, tries)
	}
}

// Without the flush that others share, an update that left the disk to it is not
// acknowledged.
func TestCallbackWithoutAFlushIsNotAcknowledged(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	s.stopFlusher()
	err := s.Update(t.Context(), func(tx gateway.Tx) error {
		return errors.Join(ways["alone"](tx), tx.InsertCallback(&gateway.Callback{}))
	})
	if err == nil || !strings.Contains(err.Error(), "not known") {
		t.Errorf("got %v, want an error that says that nobody knows", err)
	}
}

// A connection that has died in the pool is no reason for an update to fail.
func TestDeadConnectionsAreReplaced(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	insertPayment(t, s, samplePayment(""))
	other := opened(t, Config{URL: s.cfg.URL, Clock: frozen()})
	_, err := other.db.Exec(t.Context(), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	must(t, err)
	insertPayment(t, s, samplePayment(""))
}

// proxy stands before a server's socket. When it is to cut, the next answer does not
// come back, and its connection is over.
type proxy struct {
	url string
	cut atomic.Bool
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	u, err := url.Parse(server)
	must(t, err)
	dir, err := os.MkdirTemp("", "px") //nolint:usetesting // t.TempDir is too long for a socket
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	const socket = ".s.PGSQL.5432"
	l, err := net.Listen("unix", filepath.Join(dir, socket))
	must(t, err)
	t.Cleanup(func() { l.Close() })
	to := filepath.Join(u.Query().Get("host"), socket)
	u.RawQuery = url.Values{"host": {dir}}.Encode()
	p := &proxy{url: u.String()}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go p.forward(client, to)
		}
	}()
	return p
}

func (p *proxy) forward(client net.Conn, to string) {
	defer client.Close()
	server, err := net.Dial("unix", to)
	if err != nil {
		return
	}
	defer server.Close()
	go func() { _, _ = io.Copy(server, client) }()
	for buf := make([]byte, 1<<16); ; {
		n, err := server.Read(buf)
		if err != nil || p.cut.CompareAndSwap(true, false) {
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}
