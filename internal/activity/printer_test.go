package activity_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/internal/activity"
)

// stuck is a terminal that takes nothing until it is let go.
type stuck struct {
	printed strings.Builder
	entered chan struct{} // gets one for each write that has begun
	let     chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	s.entered <- struct{}{}
	<-s.let
	return s.printed.Write(p)
}

// printer makes one that waits for no other events.
func printer(out io.Writer, asJSON bool) *activity.Printer {
	now := make(chan time.Time)
	close(now)
	return activity.NewPrinter(activity.Config{Out: out, JSON: asJSON, Today: morning(), After: func(time.Duration) <-chan time.Time { return now }})
}

func numbered(n int) func() activity.Event {
	return func() activity.Event {
		return activity.Event{At: morning(), Kind: "token", Result: strconv.Itoa(n)}
	}
}

func TestPrinterPrintsInOrderAndAllBeforeItEnds(t *testing.T) {
	var out strings.Builder
	p := printer(&out, false)
	p.Add(numbered(1)) // before Start
	p.Start()
	for n := 2; n <= 500; n++ {
		p.Add(numbered(n))
	}
	for range 2 {
		p.Stop(t.Context())
	}
	p.Add(numbered(501))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 500 || lines[0] != "08:47:03 EAT  token     1" || lines[499] != "08:47:03 EAT  token     500" {
		t.Errorf("%d lines, from %q to %q", len(lines), lines[0], lines[len(lines)-1])
	}
}

// A terminal that takes nothing holds up neither who adds nor the end, and says how
// much it missed.
func TestPrinterDoesNotWaitForTheTerminal(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		out := &stuck{entered: make(chan struct{}, 10_000), let: make(chan struct{})}
		p := printer(out, asJSON)
		p.Start()
		p.Add(numbered(0))
		<-out.entered
		for n := 1; n <= 1500; n++ {
			p.Add(numbered(n))
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		p.Stop(ended)
		close(out.let)
		p.Stop(t.Context())
		want := "(476 lines are left out here: the terminal was too slow. The journal has them.)\n"
		if asJSON {
			want = `{"kind":"missed","missed":476}` + "\n"
		}
		if got := out.printed.String(); strings.Count(got, "\n") != 1026 || strings.Count(got, want) != 1 {
			t.Errorf("%d lines, the end is %q", strings.Count(got, "\n"), got[max(0, len(got)-300):])
		}
	}
}

// closed is a terminal that is gone.
type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errors.New("input/output error") }

func TestPrinterSurvivesAClosedTerminal(t *testing.T) {
	p := printer(closed{}, false)
	p.Start()
	made := make(chan int, 2)
	for n := range 2 {
		p.Add(func() activity.Event { made <- n; return activity.Event{} })
	}
	p.Stop(t.Context())
	if len(made) != 2 {
		t.Errorf("%d events were taken, want both", len(made))
	}
}

func TestPrinterNamesAnotherDay(t *testing.T) {
	var out strings.Builder
	p := printer(&out, false)
	for _, d := range []time.Duration{0, 24 * time.Hour, 25 * time.Hour} {
		p.Add(func() activity.Event { return activity.Event{At: morning().Add(d), Kind: "token", Result: "issued"} })
	}
	p.Start()
	p.Stop(t.Context())
	const want = "08:47:03 EAT  token     issued\nTue 1 Dec 2026, EAT\n08:47:03 EAT  token     issued\n09:47:03 EAT  token     issued\n"
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
}

// What is reported late stands where it belongs.
func TestPrinterPutsEventsInOrder(t *testing.T) {
	var out strings.Builder
	settled, asked := make(chan time.Time), make(chan time.Duration, 2)
	p := activity.NewPrinter(activity.Config{Out: &out, Today: morning(), After: func(d time.Duration) <-chan time.Time {
		asked <- d
		return settled
	}})
	p.Start()
	taken := make(chan struct{})
	for _, e := range []activity.Event{
		{At: morning().Add(time.Second), Kind: "webhook", Result: "third"}, {At: morning(), Kind: "webhook", Result: "second"}, {At: morning(), Kind: "callback", Result: "first"},
	} {
		p.Add(func() activity.Event { taken <- struct{}{}; return e })
		<-taken
	}
	if d := <-asked; d <= 0 || d > time.Second {
		t.Errorf("it waits %s", d)
	}
	settled <- morning()
	p.Add(func() activity.Event {
		taken <- struct{}{}
		return activity.Event{At: morning(), Kind: "push", Result: "late"}
	})
	<-taken
	p.Stop(t.Context())
	var got []string
	for line := range strings.Lines(out.String()) {
		fields := strings.Fields(line)
		got = append(got, fields[3])
	}
	if want := "first second third late"; strings.Join(got, " ") != want {
		t.Errorf("printed in the order %q, want %s", got, want)
	}
}

func TestPrinterThatNeverStarted(t *testing.T) {
	p := printer(closed{}, true)
	p.Add(numbered(1))
	p.Stop(t.Context())
}
