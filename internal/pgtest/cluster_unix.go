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
)

// timeout is how long PostgreSQL's programs may take, and so the server to answer.
const timeout = time.Minute

// Cluster is a PostgreSQL server that listens on a socket in a folder of its own.
type Cluster struct {
	dir           string
	bin           string // folder of PostgreSQL's programs
	account       *syscall.Credential
	settings      []string
	watchdog      *exec.Cmd
	watchdogInput io.Closer
}

// URL returns the connection string of a database of the cluster.
func (c *Cluster) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("darajabox"), Path: "/" + database,
		RawQuery: url.Values{"host": {c.dir}}.Encode()}
	return u.String()
}

// Database creates a database, which exists as long as the cluster.
func (c *Cluster) Database(tb testing.TB) string {
	tb.Helper()
	return create(tb, c.URL("postgres"), "")
}

func startCluster(settings ...string) (*Cluster, error) {
	bin, err := findPrograms()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pg") // short, since it is part of a socket's path
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	c := &Cluster{dir: dir, bin: bin, settings: append([]string{"listen_addresses=", "unix_socket_directories=" + dir, "fsync=off",
		"max_connections=200", "shared_buffers=256MB", "max_wal_size=4GB", "log_min_messages=fatal"}, settings...)}
	if err = c.initdb(); err == nil {
		err = c.startWatchdog()
	}
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

// findPrograms returns the folder with initdb and postgres. Debian keeps them out of PATH.
func findPrograms() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errors.New("initdb is not installed (Debian: apt-get install postgresql)")
	}
	return filepath.Dir(path), nil
}

// initdb makes the data folder. PostgreSQL refuses to run as root, so root runs it as
// an unprivileged user.
func (c *Cluster) initdb() error {
	if os.Geteuid() == 0 {
		account, err := unprivileged()
		if err != nil {
			return err
		}
		c.account = account
		if err := os.Chown(c.dir, int(account.Uid), int(account.Gid)); err != nil {
			return fmt.Errorf("changing the folder's owner: %w", err)
		}
	}
	return c.run("initdb", "--username", "darajabox", "--auth", "trust", "--no-sync", "--encoding", "UTF8", "--locale", "C")
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

// run runs one of PostgreSQL's programs on the data folder, and waits until it has ended.
func (c *Cluster) run(program string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := c.command(ctx, filepath.Join(c.bin, program), append(args, "--pgdata", filepath.Join(c.dir, "data"))...)
	if err := cmd.Run(); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
		return fmt.Errorf("running %s: %w\n%s", program, err, log)
	}
	return nil
}

// command is a command whose output is appended to the log. The log is a file, since the
// server keeps it open when the command has ended.
func (c *Cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", `exec "$0" "$@" >>log 2>&1`, name}, args...)...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: c.account}
	return cmd
}

// watchdogScript runs until its standard input ends, which is at Stop or when the test
// process has ended. Then it stops the server at once and removes the folder.
const watchdogScript = `cat >/dev/null; "$0" stop --mode immediate --pgdata "$1/data"; cd /; rm -rf "$1"`

func (c *Cluster) startWatchdog() (err error) {
	c.watchdog = c.command(context.Background(), "/bin/sh", "-c", watchdogScript, filepath.Join(c.bin, "pg_ctl"), c.dir)
	if c.watchdogInput, err = c.watchdog.StdinPipe(); err != nil {
		return err
	}
	return c.watchdog.Start()
}

// Start starts the server, which must be stopped, and waits until it answers.
func (c *Cluster) Start() error {
	return c.run("pg_ctl", "start", "--wait", "--options", "-c "+strings.Join(c.settings, " -c "))
}

// Kill stops the server at once, as a crash does: it recovers at the next Start.
func (c *Cluster) Kill() {
	_ = c.run("pg_ctl", "stop", "--mode", "immediate") // it fails when the server is stopped
}

// Suspend stops the processes of the server, as a machine that hangs does: connections
// stay open and get no answer. It needs Linux.
func (c *Cluster) Suspend() (resume func()) {
	server := c.PID()
	_ = syscall.Kill(server, syscall.SIGSTOP) // first, so that it starts no more processes
	stopped := []int{server}
	children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", server, server))
	for _, child := range strings.Fields(string(children)) {
		if pid, err := strconv.Atoi(child); err == nil {
			_ = syscall.Kill(pid, syscall.SIGSTOP)
			stopped = append(stopped, pid)
		}
	}
	return func() {
		for _, pid := range stopped {
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	}
}

// PID is the process of the server, 0 when it is stopped.
func (c *Cluster) PID() int {
	file, _ := os.ReadFile(filepath.Join(c.dir, "data", "postmaster.pid"))
	line, _, _ := strings.Cut(string(file), "\n")
	pid, _ := strconv.Atoi(line)
	return pid
}

// Stop stops the server and removes the cluster.
func (c *Cluster) Stop() {
	if c.watchdogInput != nil {
		_ = c.watchdogInput.Close()
		_ = c.watchdog.Wait()
	}
	_ = os.RemoveAll(c.dir)
}
