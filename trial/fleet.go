package trial

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Replica is one gateway process. It can be killed and started again.
type Replica struct {
	binary string
	args   []string
	log    io.Writer

	mu      sync.Mutex
	cmd     *exec.Cmd
	gone    chan struct{}
	address string
}

// NewReplica describes a process: the binary, and what comes after `gateway`. What it
// logs goes to log.
func NewReplica(binary string, log io.Writer, args ...string) *Replica {
	return &Replica{binary: binary, args: args, log: log}
}

// Start runs the process and waits until it says where it is. From the second time on
// it takes the same address.
func (r *Replica) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	address := r.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	args := append([]string{"gateway", "--addr", address}, r.args...)
	cmd := exec.Command(r.binary, args...) //nolint:noctx // Kill ends it
	cmd.Env = append(os.Environ(), "GOMAXPROCS=2")
	cmd.Stderr = r.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("starting a replica: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting a replica: %w", err)
	}
	gone := make(chan struct{})
	said := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(out)
		line, _ := lines.ReadString('\n')
		said <- line
		_, _ = io.Copy(io.Discard, lines)
		_ = cmd.Wait()
		close(gone)
	}()
	r.cmd, r.gone = cmd, gone
	select {
	case line := <-said:
		url, ok := strings.CutPrefix(line, "gateway")
		if !ok {
			return fmt.Errorf("starting a replica: it ended at once")
		}
		r.address = strings.TrimPrefix(strings.TrimSpace(url), "http://")
		return nil
	case <-ctx.Done():
		return fmt.Errorf("starting a replica: %w", ctx.Err())
	}
}

// Address is where it listens, host:port.
func (r *Replica) Address() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.address
}

// Kill sends SIGKILL and waits until the process is gone.
func (r *Replica) Kill() { r.end(syscall.SIGKILL) }

// Stop asks the process to end and waits until it has.
func (r *Replica) Stop() { r.end(syscall.SIGTERM) }

func (r *Replica) end(s syscall.Signal) {
	r.mu.Lock()
	cmd, gone := r.cmd, r.gone
	r.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(s)
	<-gone
}

// Pause stops the process for a while as a machine that hangs does: its connections
// stay, and its clock goes on.
func (r *Replica) Pause(ctx context.Context, d time.Duration) {
	r.mu.Lock()
	process := r.cmd.Process
	r.mu.Unlock()
	_ = process.Signal(syscall.SIGSTOP)
	_ = pause(ctx, d)
	_ = process.Signal(syscall.SIGCONT)
}
