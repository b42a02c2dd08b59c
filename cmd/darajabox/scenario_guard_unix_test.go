//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// pipe makes a named pipe.
func pipe(t *testing.T, name string) {
	t.Helper()
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
}

// inTime fails the test when do waits for a pipe's other end.
func inTime(t *testing.T, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	select {
	case <-done:
	case <-ctx.Done():
		t.Fatal("it waits")
	}
}

// A pipe in the place of the file, or of one that is included, holds nothing up.
func TestPipeInThePlaceOfAScenario(t *testing.T) {
	file := shopFile(t)
	more := filepath.Join(filepath.Dir(file), "more.yaml")
	write(t, more, cancels)
	write(t, file, "include: [more.yaml]\n"+pays)
	ed := editing(t, file)
	for _, name := range []string{more, file} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		pipe(t, name)
		inTime(t, func() {
			if said := ed.looks(); name == file && !strings.Contains(said, "is a pipe, not an ordinary file; the rules stay as they were") {
				t.Errorf("%s: the watcher says %q", name, said)
			}
			if status, _ := ed.ask(http.MethodGet, "/scenario", ""); status != http.StatusOK {
				t.Errorf("%s: HTTP %d", name, status)
			}
			want := map[string]int{more: http.StatusBadRequest, file: http.StatusConflict}[name]
			text := map[string]string{more: "include: [more.yaml]\n" + pays, file: pays}[name]
			if status, a := ed.save(text, "", "&overwrite=1"); status != want || !strings.Contains(a.Error, "is a pipe, not an ordinary file") {
				t.Errorf("%s: HTTP %d %+v", name, status, a)
			}
		})
	}
}

func TestIncludedPipeIsRefused(t *testing.T) {
	file := shopFile(t)
	name := filepath.Join(filepath.Dir(file), "pipe")
	pipe(t, name)
	write(t, file, "include: [./pipe]\n"+pays)
	inTime(t, func() {
		if v := validate(file); v.OK || len(v.Faults) != 1 || !strings.Contains(v.Faults[0].Text, "is a pipe, not an ordinary file") {
			t.Errorf("%+v", v)
		}
	})
}

// A pipe on the command line is read once, and neither watched nor written.
func TestPipeOnTheCommandLine(t *testing.T) {
	name := filepath.Join(t.TempDir(), "shop.yaml")
	pipe(t, name)
	feed := func(text string) {
		f, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Close()); err != nil {
			t.Error(err)
		}
	}
	inTime(t, func() {
		go feed(pays)
		c, w, err := worldFlags{Scenario: name}.config(&env{ctx: t.Context(), stdout: io.Discard, stderr: io.Discard})
		if err != nil || string(c.ScenarioSource) != pays || w != nil || c.ScenarioStore != nil {
			t.Errorf("%q %v %v %v", c.ScenarioSource, w, c.ScenarioStore, err)
		}
		go feed("naem: x\n")
		if _, _, err := (worldFlags{Scenario: name}).config(&env{ctx: t.Context(), stdout: io.Discard, stderr: io.Discard}); err == nil {
			t.Error("a pipe's text is not checked")
		}
		go feed(pays)
		if v := validate(name); !v.OK || v.Rules != 1 {
			t.Errorf("%+v", v)
		}
	})
}

func inode(t *testing.T, file string) (ino uint64, links uint64, uid, gid int) {
	t.Helper()
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Skip("no inodes here")
	}
	return s.Ino, uint64(s.Nlink), int(s.Uid), int(s.Gid) //nolint:unconvert // its type differs
}

// A file keeps its other names, and its owner when another user, such as root in a
// container, saves it.
func TestSaveKeepsNamesAndOwner(t *testing.T) {
	ed := editing(t, shopFile(t))
	other := filepath.Join(t.TempDir(), "other.yaml")
	if err := os.Link(ed.file, other); err != nil {
		t.Skip("no hard links here:", err)
	}
	_, _, owner, group := inode(t, ed.file)
	if os.Geteuid() == 0 { // only root may give files away
		owner, group = 1000, 1001
		if err := os.Chown(ed.file, owner, group); err != nil {
			t.Fatal(err)
		}
	}
	before, _, _, _ := inode(t, ed.file)
	if status, a := ed.save(pays, "", "&overwrite=1"); status != http.StatusOK || reading(t, ed.file) != pays || reading(t, other) != pays {
		t.Errorf("HTTP %d %+v, the other name says %q", status, a, reading(t, other))
	}
	if after, links, uid, gid := inode(t, ed.file); after != before || links != 2 || uid != owner || gid != group {
		t.Errorf("it has %d links and is of %d:%d", links, uid, gid)
	}
}

// A pipe at the standard input is read by the name -, too.
func TestStandardInputOnTheCommandLine(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString(pays); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	before := os.Stdin
	t.Cleanup(func() { os.Stdin = before; _ = r.Close() })
	os.Stdin = r
	if v := validate(standardInput); !v.OK || v.Rules != 1 {
		t.Errorf("%+v", v)
	}
}
