package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

type clockCmd struct {
	Show    clockShowCmd    `cmd:"" default:"withargs" help:"Show what time it is in the world."`
	Freeze  clockFreezeCmd  `cmd:"" help:"Stop the time."`
	Run     clockRunCmd     `cmd:"" help:"Let the time run."`
	Advance clockAdvanceCmd `cmd:"" help:"Move the frozen clock on, and do all that falls due on the way."`
}

// Help teaches by example.
func (clockCmd) Help() string {
	return `On a frozen clock a timeout of 90 seconds takes a millisecond, and is the same every time:

    darajabox clock freeze
    darajabox clock advance 90s     # returns when all that fell due has been delivered
    darajabox clock run --speed 10`
}

// clockState is the clock as the control API describes it.
type clockState struct {
	Now    time.Time  `json:"now"`
	Frozen bool       `json:"frozen"`
	Speed  float64    `json:"speed"`
	Next   *time.Time `json:"next"`
}

func printClock(w io.Writer, c clockState) {
	how := "frozen"
	switch {
	case !c.Frozen && c.Speed == 1:
		how = "runs"
	case !c.Frozen:
		how = fmt.Sprintf("runs %g times as fast", c.Speed)
	}
	next := "nothing is due"
	if c.Next != nil {
		next = fmt.Sprintf("next event in %s, at %s", c.Next.Sub(c.Now).Round(time.Millisecond), short(*c.Next))
	}
	fmt.Fprintf(w, "%s EAT, %s; %s\n", c.Now.In(daraja.EAT()).Format(layoutDay), how, next)
}

type clockShowCmd struct{ clientFlags }

// Run shows the clock.
func (c *clockShowCmd) Run(e *env) error {
	return do(e, c.controlFlags, call{method: http.MethodGet, path: c.path("clock")}, printClock)
}

type clockFreezeCmd struct{ clientFlags }

// Run freezes the clock.
func (c *clockFreezeCmd) Run(e *env) error {
	return do(e, c.controlFlags, call{method: http.MethodPost, path: c.path("clock", "freeze")}, printClock)
}

type clockRunCmd struct {
	Speed float64 `default:"1" help:"How many times as fast as real time." placeholder:"N" env:"-"`
	clientFlags
}

// Run lets the clock run.
func (c *clockRunCmd) Run(e *env) error {
	body := map[string]float64{"speed": c.Speed}
	return do(e, c.controlFlags, call{method: http.MethodPost, path: c.path("clock", "run"), body: body}, printClock)
}

type clockAdvanceCmd struct {
	By time.Duration `arg:"" optional:"" name:"how-far" help:"How far: 90s, 5m, 24h."`
	To *moment       `help:"Until when, instead of how far." placeholder:"TIME" env:"-"`
	clientFlags
}

// Help teaches by example.
func (*clockAdvanceCmd) Help() string {
	return `The clock must be frozen. It stops at everything that falls due on the way, one at a time, and goes on when the callback is delivered.

    darajabox clock advance 90s
    darajabox clock advance --to 2026-11-24T18:00          # Nairobi's time
    darajabox clock advance --to 2026-11-24T15:00:00Z`
}

// Validate refuses what says nothing or two things.
func (c *clockAdvanceCmd) Validate() error {
	switch {
	case c.By == 0 && c.To == nil:
		return errors.New("say how far, as in 'clock advance 90s', or until when with --to")
	case c.By != 0 && c.To != nil:
		return errors.New("say either how far or --to, not both")
	case c.By < 0:
		return errors.New("a clock goes forward only; `darajabox world restore` brings a world back")
	}
	return nil
}

// Run advances the clock.
func (c *clockAdvanceCmd) Run(e *env) error {
	body := map[string]string{}
	if c.To != nil {
		body["to"] = c.To.rfc3339()
	} else {
		body["by"] = c.By.String()
	}
	return do(e, c.controlFlags, call{method: http.MethodPost, path: c.path("clock", "advance"), body: body}, printClock)
}
