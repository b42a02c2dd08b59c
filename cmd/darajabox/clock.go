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
	Show    clockShowCmd    `cmd:"" default:"withargs" help:"Show the time of a world."`
	Freeze  clockFreezeCmd  `cmd:"" help:"Freeze the clock."`
	Run     clockRunCmd     `cmd:"" help:"Let the clock run."`
	Advance clockAdvanceCmd `cmd:"" help:"Move the frozen clock forward; everything due on the way happens in order."`
}

// Help teaches by example.
func (clockCmd) Help() string {
	return `On a frozen clock a timeout of 90 seconds takes a millisecond, and is the same every time:

    darajabox clock freeze
    darajabox clock advance 90s     # returns when everything due is delivered
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
		next = fmt.Sprintf("next event in %s, at %s", c.Next.Sub(c.Now).Round(time.Millisecond), zoned(*c.Next))
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
	To *target       `help:"Until when, instead of how far: a time of day such as 18:00, or a date." placeholder:"TIME" env:"-"`
	clientFlags
}

// Help teaches by example.
func (*clockAdvanceCmd) Help() string {
	return `The clock must be frozen. It stops at each event that is due on the way, and continues when its callback is delivered.

    darajabox clock advance 90s
    darajabox clock advance --to 18:00                # the next 18:00 of the world's clock, in EAT
    darajabox clock advance --to 2030-01-01T18:00     # a date, in EAT unless it has a zone`
}

// target is a date, or the next time that the world's clock shows a time of day.
type target struct {
	date  moment
	daily time.Duration // since midnight, EAT; what counts when date is zero
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *target) UnmarshalText(b []byte) error {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if at, err := time.Parse(layout, string(b)); err == nil {
			t.daily = time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second
			return nil
		}
	}
	if t.date.UnmarshalText(b) != nil {
		return fmt.Errorf("%q is not a time; write 18:00, 2030-01-01T18:00 (EAT) or 2030-01-01T18:00:00+03:00", b)
	}
	return nil
}

// time is when the target is; a time of day needs the world's clock.
func (t target) time(e *env, f clientFlags) (time.Time, error) {
	if !t.date.IsZero() {
		return t.date.Time, nil
	}
	var c clockState
	if err := f.read(e, call{method: http.MethodGet, path: f.path("clock")}, &c); err != nil {
		return time.Time{}, err
	}
	now := c.Now.In(daraja.EAT())
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, daraja.EAT())
	next := midnight.Add(t.daily)
	if !next.After(now) {
		next = next.Add(24 * time.Hour) // EAT has no summer time
	}
	return next, nil
}

// forwardOnly is what there is to say of a time below 0.
const forwardOnly = "a clock goes forward only; 'world restore' brings a world back"

// Validate refuses what says nothing or two things.
func (c *clockAdvanceCmd) Validate() error {
	switch {
	case c.By == 0 && c.To == nil:
		return errors.New("say how far, as in 'clock advance 90s', or until when with --to")
	case c.By != 0 && c.To != nil:
		return errors.New("say either how far or --to, not both")
	case c.By < 0:
		return errors.New(forwardOnly)
	}
	return nil
}

// Run advances the clock.
func (c *clockAdvanceCmd) Run(e *env) error {
	body := map[string]string{}
	if c.To != nil {
		to, err := c.To.time(e, c.clientFlags)
		if err != nil {
			return err
		}
		body["to"] = to.Format(time.RFC3339Nano)
	} else {
		body["by"] = c.By.String()
	}
	return do(e, c.controlFlags, call{method: http.MethodPost, path: c.path("clock", "advance"), body: body}, printClock)
}
