// Command mutants plants the faults of trial/mutant one by one, has the chaos run judge
// each, and lists by which rule it was found. First it runs without a fault, which must
// be clean. It fails when a fault is not found.
//
//	go run ./trial/mutant/run             # all
//	go run ./trial/mutant/run -short      # those that CI runs
//	go run ./trial/mutant/run -only chain # those whose name matches
package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
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

	"github.com/darajabox/darajabox/trial"
	"github.com/darajabox/darajabox/trial/mutant"
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

// options are the flags.
type options struct {
	short, list bool
	only        string
	at          int
	flags       []string // further flags of the chaos run
}

func parse(args []string) (o options, err error) {
	f := flag.NewFlagSet("mutants", flag.ContinueOnError)
	f.BoolVar(&o.short, "short", false, "the faults of the short form only")
	f.BoolVar(&o.list, "list", false, "list the faults and the rules that must find them")
	f.StringVar(&o.only, "only", "", "faults whose name matches this regular expression")
	f.IntVar(&o.at, "p", 2, "runs at a time; most of a run is waiting")
	length := f.Duration("for", 10*time.Second, "how long things are broken in a run")
	settle := f.Duration("settle", 3*time.Minute, "how long everything may take to settle")
	err = f.Parse(args)
	o.flags = []string{"-chaos.for", length.String(), "-chaos.settle", settle.String(), "-chaos.orders", "400", "-chaos.speed", "120", "-chaos.pace", "700ms", "-chaos.seed", "7"}
	return o, err
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	faults, err := o.faults()
	if err != nil {
		return err
	}
	if o.list {
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
	l := lab{options: o, dir: dir, binary: filepath.Join(dir, "trial.test")}
	if err := l.build(ctx); err != nil {
		return err
	}
	return l.all(ctx, faults, out)
}

func (o options) faults() ([]mutant.Mutant, error) {
	pattern, err := regexp.Compile(o.only)
	if err != nil {
		return nil, err
	}
	faults := slices.DeleteFunc(mutant.List(), func(m mutant.Mutant) bool {
		return o.short && !m.Short || !pattern.MatchString(m.Name)
	})
	if len(faults) == 0 {
		return nil, errors.New("no fault has such a name; -list shows all")
	}
	return faults, nil
}

// lab is where the runs are made.
type lab struct {
	options
	dir    string
	binary string // the test of package trial
}

func (l lab) build(ctx context.Context) error {
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-o", l.binary, "./trial").CombinedOutput(); err != nil {
		return fmt.Errorf("building the chaos run: %w\n%s", err, out)
	}
	return nil
}

// all makes every run and prints a line for each as it ends.
func (l lab) all(ctx context.Context, faults []mutant.Mutant, out io.Writer) error {
	var mu sync.Mutex
	failed := 0
	say := func(name string, took time.Duration, verdict string, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		mark := "ok  "
		if !ok {
			mark = "FAIL"
			failed++
		}
		fmt.Fprintf(out, "%s %4.0f s  %s\n             %s\n", mark, took.Seconds(), name, verdict)
	}
	places := make(chan struct{}, max(1, l.at))
	var group sync.WaitGroup
	for _, m := range append([]mutant.Mutant{{Name: "no fault"}}, faults...) {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			began := time.Now()
			verdict, ok := l.judge(ctx, m)
			say(m.Name, time.Since(began), verdict, ok)
		})
	}
	group.Wait()
	if failed > 0 {
		return fmt.Errorf("%d of %d runs did not end as they must", failed, len(faults)+1)
	}
	fmt.Fprintf(out, "all %d faults were found\n", len(faults))
	return nil
}

// judge makes the run of a mutant. ok is that one of its rules was broken, or none when
// it has no fault.
func (l lab) judge(ctx context.Context, m mutant.Mutant) (verdict string, ok bool) {
	output, err := l.chaos(ctx, m)
	violations := found(output)
	if len(m.Edits) == 0 {
		if err != nil {
			return fmt.Sprintf("it must pass: %v, %v\n%s", err, violations, tail(output)), false
		}
		return "clean", true
	}
	for _, r := range m.Breaks {
		if text, broken := violations[r]; broken {
			return text, true
		}
	}
	switch {
	case err == nil:
		return fmt.Sprintf("not found: the run was clean\n%s", tail(output)), false
	case len(violations) > 0:
		return fmt.Sprintf("not found by %q, but by %v", m.Breaks, violations), false
	default:
		return fmt.Sprintf("the run broke off: %v\n%s", err, tail(output)), false
	}
}

func (l lab) chaos(ctx context.Context, m mutant.Mutant) (output []byte, err error) {
	store := cmp.Or(m.Store, mutant.SQLite)
	args := append([]string{"-test.run", "^TestChaos" + string(store) + "$", "-test.v", "-test.timeout", "10m"}, l.flags...)
	if len(m.Edits) > 0 {
		dir, err := os.MkdirTemp(l.dir, "overlay-")
		if err != nil {
			return nil, err
		}
		overlay, err := m.Plant(".", dir)
		if err != nil {
			return nil, err
		}
		args = append(args, "-chaos.overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, l.binary, args...) //nolint:gosec // its own binary, with flags of its own
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = "trial"
	return cmd.CombinedOutput()
}

// found is the first violation of each rule that a run has printed.
func found(output []byte) map[trial.Rule]string {
	all := make(map[trial.Rule]string)
	for line := range bytes.Lines(output) {
		for _, r := range trial.Rules() {
			if _, text, ok := strings.Cut(string(line), string(r)+": "); ok && all[r] == "" {
				all[r] = string(r) + ": " + strings.TrimSpace(text)
			}
		}
	}
	return all
}

// tail is what the test itself says in its output, at most the last 2000 bytes of it.
func tail(output []byte) []byte {
	var said []byte
	for line := range bytes.Lines(output) {
		if !bytes.Contains(line, []byte("level=")) {
			said = append(said, line...)
		}
	}
	return said[max(0, len(said)-2000):]
}
