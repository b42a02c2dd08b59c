//go:build unix

package pgtest

import (
	"bytes"
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
	leash io.Closer // the server is killed when it closes, or when this process dies
	ended chan struct{}
	log   *bytes.Buffer
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
	return create(tb, c.URL("postgres"), fmt.Sprintf("darajabox_test_%d", shared.last.Add(1)))
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

// leashed runs a command and kills it with SIGQUIT, PostgreSQL's immediate shutdown,
// when standard input ends: then its owner has let go, or is dead.
const leashed = `"$@" & server=$!; (cat >/dev/null; kill -QUIT $server 2>/dev/null) <&0 & wait $server; kill $! 2>/dev/null`

// Start starts the server, which must be down, and waits until it answers.
func (c *Cluster) Start() error {
	durable := "off"
	if c.options.Durable {
		durable = "on"
	}
	cmd := c.command(context.Background(), "/bin/sh", "-c", leashed, "sh",
		filepath.Join(c.bin, "postgres"), "-D", filepath.Join(c.dir, "data"), "-k", c.dir, "-c", "listen_addresses=",
		"-c", "fsync="+durable, "-c", "full_page_writes="+durable, "-c", "max_connections=200",
		"-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB", "-c", "log_min_messages=fatal")
	leash, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	c.log = &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = c.log, c.log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting PostgreSQL: %w", err)
	}
	ended := make(chan struct{})
	c.leash, c.ended = leash, ended
	go func() {
		defer close(ended)
		_ = cmd.Wait()
	}()
	return c.answers()
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
			return fmt.Errorf("PostgreSQL has not started: %s", c.log)
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
	if c.leash == nil {
		return
	}
	_ = c.leash.Close()
	<-c.ended
	c.leash = nil
}

// Stop takes the server down and removes the cluster.
func (c *Cluster) Stop() {
	c.Kill()
	_ = os.RemoveAll(c.dir)
}
