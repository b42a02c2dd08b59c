//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// startWithin is how long a server may take to answer.
const startWithin = time.Minute

// Cluster is a server of PostgreSQL that listens on a socket in a folder of its own.
type Cluster struct {
	dir     string
	bin     string // folder of PostgreSQL's programs
	account *syscall.Credential
	options Options

	// of the running server, nil when it is down
	server *exec.Cmd
	ended  chan struct{}
	watch  *exec.Cmd
	leash  io.Closer
}

// URL returns the connection string of a database of the cluster.
func (c *Cluster) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("darajabox"), Path: "/" + database,
		RawQuery: url.Values{"host": {c.dir}}.Encode()}
	return u.String()
}

// Database makes a database that is gone with the cluster.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	return create(tb, c.URL("postgres"), fresh(), "")
}

func startCluster(o Options) (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg") // short, since it is part of a socket's path
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	c := &Cluster{dir: dir, bin: bin, options: o}
	if err := c.init(); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	if err := c.Start(); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// programs finds the folder with initdb and postgres. Debian keeps them out of PATH.
func programs() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("initdb is not installed (Debian: apt-get install postgresql)")
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", fmt.Errorf("finding initdb: %w", err)
	}
	return filepath.Dir(path), nil
}

// init makes the data folder. PostgreSQL refuses to run as root, so root runs it as
// the package's user, or as nobody.
func (c *Cluster) init() error {
	if os.Geteuid() == 0 {
		account, err := unprivileged()
		if err != nil {
			return err
		}
		c.account = account
		if err := os.Chown(c.dir, int(account.Uid), int(account.Gid)); err != nil {
			return fmt.Errorf("giving the folder away: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	cmd := c.command(ctx, filepath.Join(c.bin, "initdb"), "--pgdata", filepath.Join(c.dir, "data"), "--username", "darajabox",
		"--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("making a cluster: %w\n%s", err, out)
	}
	return nil
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("there is no unprivileged user to run PostgreSQL as")
}

func (c *Cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.account}
	return cmd
}

// watch takes the server down, as SIGQUIT does at once, and removes the folder when
// standard input ends: then the test process is dead.
const watch = `cat >/dev/null; kill -QUIT "$1"; sleep 1; rm -rf "$2"`

// Start starts the server, which must be down, and waits until it answers.
func (c *Cluster) Start() error {
	durable := "off"
	if c.options.Durable {
		durable = "on"
	}
	server := c.command(context.Background(), filepath.Join(c.bin, "postgres"), "-D", filepath.Join(c.dir, "data"),
		"-k", c.dir, "-c", "listen_addresses=", "-c", "fsync="+durable, "-c", "full_page_writes="+durable,
		"-c", "max_connections=200", "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB", "-c", "log_min_messages=fatal")
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	defer func() { _ = log.Close() }() // the server has its own
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	ended := make(chan struct{})
	c.server, c.ended = server, ended
	go func() {
		defer close(ended)
		_ = server.Wait()
	}()
	c.watch = c.command(context.Background(), "/bin/sh", "-c", watch, "sh", strconv.Itoa(server.Process.Pid), c.dir)
	if c.leash, err = c.watch.StdinPipe(); err == nil {
		err = c.watch.Start()
	}
	return errors.Join(err, c.answers())
}

func (c *Cluster) answers() error {
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			_ = conn.Close(ctx)
			return nil
		}
		pause, done := context.WithTimeout(ctx, 20*time.Millisecond)
		select {
		case <-c.ended:
			done()
			return fmt.Errorf("PostgreSQL has not started: %s", c.log())
		case <-pause.Done():
			done()
		}
		if ctx.Err() != nil {
			return fmt.Errorf("PostgreSQL does not answer: %w", err)
		}
	}
}

// Kill takes the server down at once, as a crash does: it recovers at the next Start.
func (c *Cluster) Kill() {
	if c.server == nil {
		return
	}
	if c.watch.Process != nil {
		_ = c.watch.Process.Kill()
		_ = c.watch.Wait()
		_ = c.leash.Close()
	}
	_ = c.server.Process.Signal(syscall.SIGQUIT)
	<-c.ended
	c.server = nil
}

// Hang stops the server in its tracks, as a machine that hangs does: its connections
// stay open and nothing comes. The returned function lets it go on. It needs Linux.
func (c *Cluster) Hang() (goOn func()) {
	var stopped []int
	found, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range found {
		stat, _ := os.ReadFile(name)
		var pid, parent int
		_, rest, _ := strings.Cut(string(stat), ") ")
		if _, err := fmt.Sscanf(string(stat), "%d", &pid); err != nil {
			continue
		}
		if _, err := fmt.Sscanf(rest, "%1s %d", new(string), &parent); err == nil && (pid == c.PID() || parent == c.PID()) {
			stopped = append(stopped, pid)
			_ = syscall.Kill(pid, syscall.SIGSTOP)
		}
	}
	return func() {
		for _, pid := range stopped {
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	}
}

// PID is the process of the server, 0 when it is down.
func (c *Cluster) PID() int {
	if c.server == nil {
		return 0
	}
	return c.server.Process.Pid
}

// Stop takes the server down and removes the cluster.
func (c *Cluster) Stop() {
	c.Kill()
	_ = os.RemoveAll(c.dir)
}

func (c *Cluster) log() []byte {
	out, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	return out
}
