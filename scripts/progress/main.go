// Command progress runs `go test` and says how far it is: a line for each package as it
// ends, with its seconds and how many are left, and what is running when none ended for
// a while. Its exit code and its lines for packages are those of go test.
//
//	progress go test -race ./...
//
// gotestsum prints packages as they end too, but neither how many are left nor what is
// running.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// module is this one, whose packages may be named in full.
const module = "github.com/darajabox/darajabox"

// quiet is how long there may be no line before progress says what is running.
const quiet = 30 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "progress: %v\n", err)
	}
	os.Exit(code)
}

// run runs args, which are `go test` with its flags and packages, and returns the exit
// code of go test.
func run(ctx context.Context, args []string, out io.Writer) (code int, err error) {
	if len(args) < 3 || args[1] != "test" {
		return 2, errors.New("usage: progress go test [FLAGS] PACKAGES")
	}
	all, err := packages(ctx, args)
	if err != nil {
		return 1, err
	}
	cmd := exec.CommandContext(ctx, args[0], append([]string{"test", "-json"}, args[2:]...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return 1, fmt.Errorf("reading what go test prints: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("starting go test: %w", err)
	}
	p := &printer{out: out, total: len(all), now: time.Now, running: map[string]time.Time{}, kept: map[string]*packageOutput{}}
	p.begin()
	p.follow(events, time.NewTicker(quiet))
	err = cmd.Wait()
	p.end()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return max(exit.ExitCode(), 1), nil
	}
	if err != nil {
		return 1, fmt.Errorf("running go test: %w", err)
	}
	return 0, nil
}

// packages are those that go test is asked for.
func packages(ctx context.Context, args []string) ([]string, error) {
	patterns := slices.DeleteFunc(slices.Clone(args[2:]), func(a string) bool {
		return !strings.HasPrefix(a, ".") && !strings.HasPrefix(a, module)
	})
	cmd := exec.CommandContext(ctx, args[0], append([]string{"list"}, patterns...)...)
	cmd.Stderr = os.Stderr
	list, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the packages: %w", err)
	}
	return strings.Fields(string(list)), nil
}

// event is a line that `go test -json` prints.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64 // seconds
}

// printer turns events into lines.
type printer struct {
	out     io.Writer
	now     func() time.Time
	total   int
	began   time.Time
	ended   int
	last    time.Time // of the latest line
	running map[string]time.Time
	failed  []string
	kept    map[string]*packageOutput
}

// packageOutput is what a package has printed that is not on the screen.
type packageOutput struct {
	result []string            // lines of the package itself
	tests  map[string][]string // lines of tests that have not passed
	order  []string            // of the tests
}

func (p *printer) begin() {
	p.began = p.now()
	p.last = p.began
	fmt.Fprintf(p.out, "testing %s; each has a line when it ends\n", countOf(p.total))
}

// follow prints events until there are no more.
func (p *printer) follow(events io.Reader, tick *time.Ticker) {
	defer tick.Stop()
	lines := make(chan []byte)
	go func() {
		defer close(lines)
		for r := bufio.NewReader(events); ; {
			line, err := r.ReadBytes('\n')
			if len(line) > 0 {
				lines <- line
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		select {
		case line, more := <-lines:
			if !more {
				return
			}
			p.line(line)
		case <-tick.C:
			p.stillRunning()
		}
	}
}

// line takes a line of go test, which is an event or, of a build that failed, text.
func (p *printer) line(line []byte) {
	var e event
	if !bytes.HasPrefix(line, []byte("{")) || json.Unmarshal(line, &e) != nil {
		p.print(string(line))
		return
	}
	switch {
	case e.Action == "build-output":
		p.print(e.Output)
	case e.Package == "":
	case e.Action == "start":
		p.running[e.Package] = p.now()
		p.kept[e.Package] = &packageOutput{tests: map[string][]string{}}
	case p.kept[e.Package] == nil:
	case e.Action == "output":
		p.keep(p.kept[e.Package], e)
	case e.Test != "":
		if e.Action != "fail" && e.Action != "run" { // what passed is of no interest
			delete(p.kept[e.Package].tests, e.Test)
		}
		if p.total == 1 && !strings.Contains(e.Test, "/") && (e.Action == "pass" || e.Action == "fail") {
			p.print(fmt.Sprintf("%-4s\t%s\t%.3fs\n", strings.ToLower(strings.Replace(e.Action, "pass", "ok", 1)), e.Test, e.Elapsed))
		}
	case e.Action == "pass" || e.Action == "fail" || e.Action == "skip":
		p.packageEnds(e)
	}
}

func (p *printer) keep(of *packageOutput, e event) {
	if e.Test == "" {
		of.result = append(of.result, e.Output)
		return
	}
	if strings.HasPrefix(e.Output, "=== ") {
		return
	}
	if _, known := of.tests[e.Test]; !known {
		of.order = append(of.order, e.Test)
	}
	of.tests[e.Test] = append(of.tests[e.Test], e.Output)
}

// packageEnds prints what go test prints of a package, and how many are left.
func (p *printer) packageEnds(e event) {
	of := p.kept[e.Package]
	delete(p.kept, e.Package)
	delete(p.running, e.Package)
	p.ended++
	if e.Action == "fail" {
		p.failed = append(p.failed, e.Package)
		for _, test := range of.order {
			p.print(strings.Join(of.tests[test], ""))
		}
	}
	for _, line := range of.result {
		switch {
		case isResult(line):
			p.print(fmt.Sprintf("%s\t[%d of %d, %d left]\n", strings.TrimRight(line, "\n"), p.ended, p.total, p.total-p.ended))
		case e.Action == "fail" && line != "PASS\n" && line != "FAIL\n":
			p.print(line)
		}
	}
}

// isResult reports whether a line is go test's last word on a package.
func isResult(line string) bool {
	return strings.HasPrefix(line, "ok  \t") || strings.HasPrefix(line, "FAIL\t") || strings.HasPrefix(line, "?   \t")
}

// stillRunning says what is running when there was no line for a while.
func (p *printer) stillRunning() {
	if p.now().Sub(p.last) < quiet || len(p.running) == 0 {
		return
	}
	var names []string
	for name, since := range p.running {
		names = append(names, fmt.Sprintf("%s (%.0fs)", strings.TrimPrefix(name, module+"/"), p.now().Sub(since).Seconds()))
	}
	slices.Sort(names)
	p.print(fmt.Sprintf("...  \trunning: %s; %d of %d left\n", strings.Join(names, ", "), p.total-p.ended, p.total))
}

func (p *printer) print(text string) {
	if text != "" {
		p.last = p.now()
		fmt.Fprint(p.out, text)
	}
}

func (p *printer) end() {
	seconds := p.now().Sub(p.began).Seconds()
	if len(p.failed) > 0 {
		slices.Sort(p.failed)
		p.print(fmt.Sprintf("FAIL\t%s of %d failed in %.0fs:\n\t%s\n", countOf(len(p.failed)), p.total, seconds, strings.Join(p.failed, "\n\t")))
		return
	}
	p.print(fmt.Sprintf("ok  \t%s in %.0fs\n", countOf(p.ended), seconds))
}

func countOf(packages int) string {
	if packages == 1 {
		return "1 package"
	}
	return fmt.Sprintf("%d packages", packages)
}
