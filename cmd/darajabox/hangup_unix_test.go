//go:build unix

package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A terminal that is closed ends `up` as Ctrl-C does: the temporary folder is deleted,
// as the banner says.
func TestClosedTerminalEndsUp(t *testing.T) {
	t.Parallel() // it waits for processes most of the time
	m := up(t, "", nil)
	m.wait(bannersEnd)
	data := m.wait(`^  data +(\S+), deleted when this stops$`)
	if _, err := os.Stat(filepath.Join(data, "gateway.db")); err != nil {
		t.Fatal(err)
	}
	if err := m.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	<-m.ended
	if err := m.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there (%v)", data, err)
	}
}
