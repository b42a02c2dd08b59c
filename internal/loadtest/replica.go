package loadtest

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Replica is one gateway process, which can be killed and started again. It is not safe
// for concurrent use.
type Replica struct {
	Binary  string
	Args    []string  // after `gateway --addr ADDRESS`
	Log     io.Writer // takes the log of the process
	Address string    // host:port, known from the first start on

	cmd   *exec.Cmd
	ended chan struct{}
}

// Start runs the process and waits until it prints its address. Each further start takes
// the same address.
func (r *Replica) Start(ctx context.Context) error {
	args := []string{"gateway", "--addr", cmp.Or(r.Address, "127.0.0.1:0")}
	cmd := exec.Command(r.Binary, append(args, r.Args...)...) //nolint:noctx // Kill ends it
	cmd.Env = append(os.Environ(), "GOMAXPROCS=2")
	cmd.Stderr = r.Log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return fmt.Errorf("starting a replica: %w", err)
	}
	firstLine, ended := make(chan string, 1), make(chan struct{})
	go func() {
		lines := bufio.NewReader(out)
		line, _ := lines.ReadString('\n')
		firstLine <- line
		_, _ = io.Copy(io.Discard, lines)
		_ = cmd.Wait()
		close(ended)
	}()
	r.cmd, r.ended = cmd, ended
	select {
	case line := <-firstLine:
		url, ok := strings.CutPrefix(line, "gateway")
		if !ok {
			return errors.New("starting a replica: it ended at once")
		}
		r.Address = strings.TrimPrefix(strings.TrimSpace(url), "http://")
		return nil
	case <-ctx.Done():
		return fmt.Errorf("starting a replica: %w", ctx.Err())
	}
}

// startUntilReady starts the process, again and again while its database does not answer, for
// at most a minute.
func (r *Replica) startUntilReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := r.Start(ctx)
	for err != nil && pause(ctx, 200*time.Millisecond) == nil {
		err = r.Start(ctx)
	}
	return err
}

// Kill sends SIGKILL and waits until the process has ended.
func (r *Replica) Kill() {
	if r.cmd != nil {
		_ = r.cmd.Process.Kill()
		<-r.ended
	}
}

// Pause stops the process for a while as a machine that hangs does: its connections
// stay, and its clock goes on.
func (r *Replica) Pause(ctx context.Context, d time.Duration) {
	_ = r.cmd.Process.Signal(syscall.SIGSTOP)
	_ = pause(ctx, d)
	_ = r.cmd.Process.Signal(syscall.SIGCONT)
}
