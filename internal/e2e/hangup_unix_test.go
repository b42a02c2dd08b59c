//go:build unix

package e2e

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
)

// A terminal that is closed ends `up` as Ctrl-C does: the temporary folder is deleted,
// as the banner says.
func TestClosedTerminalEndsUp(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("SIGHUP is ignored, as under nohup, and programs go on when their terminal closes")
	}
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
