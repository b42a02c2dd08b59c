// Command mutants plants the faults of internal/loadtest/mutant one by one, makes the
// chaos run with each, and prints by which rule the checker found it. First it runs
// without a fault, which must pass. It fails when a fault is not found.
//
//	go run ./internal/loadtest/mutant/run             # all
//	go run ./internal/loadtest/mutant/run -short      # those that CI runs
//	go run ./internal/loadtest/mutant/run -only chain # those whose name matches
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/darajabox/darajabox/internal/loadtest"
	"github.com/darajabox/darajabox/internal/loadtest/mutant"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "mutants: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("mutants", flag.ContinueOnError)
	short := f.Bool("short", false, "the faults of the short form only")
	list := f.Bool("list", false, "list the faults and the rules that must find them")
	only := f.String("only", "", "faults whose name matches this regular expression")
	parallel := f.Int("p", 2, "runs at a time; most of a run is waiting")
	length := f.Duration("for", 10*time.Second, "how long faults are injected in a run")
	settle := f.Duration("settle", 3*time.Minute, "how long everything may take to settle")
	if err := f.Parse(args); err != nil {
		return err
	}
	faults, err := selectFaults(*only, *short)
	if err != nil {
		return err
	}
	if *list {
		for _, m := range faults {
			fmt.Fprintf(out, "%s\n    %q\n", m.Name, m.Breaks)
		}
		return nil
	}
	dir, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r := runner{dir: dir, binary: filepath.Join(dir, "loadtest.test"), flags: []string{
		"-test.v", "-test.timeout", "10m", "-chaos.for", length.String(), "-chaos.settle", settle.String(),
		"-chaos.orders", "400", "-chaos.speed", "120", "-chaos.pace", "700ms", "-chaos.seed", "7",
	}}
	build := exec.CommandContext(ctx, "go", "test", "-c", "-o", r.binary, "./internal/loadtest")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the chaos run: %w\n%s", err, output)
	}
	return r.runAll(ctx, max(1, *parallel), faults, out)
}

func selectFaults(only string, short bool) ([]mutant.Mutant, error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	faults := slices.DeleteFunc(mutant.List(), func(m mutant.Mutant) bool {
		return short && !m.Short || !pattern.MatchString(m.Name)
	})
	if len(faults) == 0 {
		return nil, fmt.Errorf("no fault has such a name; -list shows all")
	}
	return faults, nil
}

// runner makes chaos runs.
type runner struct {
	dir    string
	binary string   // the test of package loadtest
	flags  []string // of the test
}

// runAll makes every run and prints a line for each as it ends.
func (r runner) runAll(ctx context.Context, parallel int, faults []mutant.Mutant, out io.Writer) error {
	var mu sync.Mutex
	failed := 0
	slots := make(chan struct{}, parallel)
	var group sync.WaitGroup
	for _, m := range append([]mutant.Mutant{{Name: "no fault"}}, faults...) {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			start := time.Now()
			result, ok := r.check(ctx, m)
			mu.Lock()
			defer mu.Unlock()
			mark := "ok  "
			if !ok {
				mark = "FAIL"
				failed++
			}
			fmt.Fprintf(out, "%s %4.0f s  %s\n             %s\n", mark, time.Since(start).Seconds(), m.Name, result)
		})
	}
	group.Wait()
	if failed > 0 {
		return fmt.Errorf("%d of %d runs did not end as they must", failed, len(faults)+1)
	}
	fmt.Fprintf(out, "all %d faults were found\n", len(faults))
	return nil
}

// check makes the run of a mutant. ok is that one of its rules was broken, or none when
// it has no fault.
func (r runner) check(ctx context.Context, m mutant.Mutant) (result string, ok bool) {
	output, err := r.run(ctx, m)
	violations := firstViolations(output)
	for _, rule := range m.Breaks {
		if text, broken := violations[rule]; broken {
			return text, true
		}
	}
	switch {
	case len(m.Edits) == 0 && err == nil:
		return "clean", true
	case len(m.Edits) == 0:
		return fmt.Sprintf("it must pass: %v, %v\n%s", err, violations, tail(output)), false
	case err == nil:
		return fmt.Sprintf("not found: the run was clean\n%s", tail(output)), false
	case len(violations) > 0:
		return fmt.Sprintf("not found by %q, but by %v", m.Breaks, violations), false
	default:
		return fmt.Sprintf("the run broke off: %v\n%s", err, tail(output)), false
	}
}

func (r runner) run(ctx context.Context, m mutant.Mutant) (output []byte, err error) {
	test := "^TestChaosSQLite$"
	if m.Postgres {
		test = "^TestChaosPostgres$"
	}
	args := append([]string{"-test.run", test}, r.flags...)
	if len(m.Edits) > 0 {
		dir, err := os.MkdirTemp(r.dir, "overlay-")
		if err != nil {
			return nil, err
		}
		overlay, err := m.Plant(".", dir)
		if err != nil {
			return nil, err
		}
		args = append(args, "-chaos.overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, r.binary, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = "internal/loadtest"
	return cmd.CombinedOutput()
}

// firstViolations is the first violation of each rule that a run has printed.
func firstViolations(output []byte) map[loadtest.Rule]string {
	all := make(map[loadtest.Rule]string)
	for line := range bytes.Lines(output) {
		for _, r := range loadtest.Rules() {
			if _, text, ok := strings.Cut(string(line), string(r)+": "); ok && all[r] == "" {
				all[r] = string(r) + ": " + strings.TrimSpace(text)
			}
		}
	}
	return all
}

// tail is the output of the test itself, without logs, at most the last 2000 bytes of it.
func tail(output []byte) []byte {
	var rest []byte
	for line := range bytes.Lines(output) {
		if !bytes.Contains(line, []byte("level=")) {
			rest = append(rest, line...)
		}
	}
	return rest[max(0, len(rest)-2000):]
}
