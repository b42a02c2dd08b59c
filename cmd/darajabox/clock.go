package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/control/client"
)

type clockCmd struct {
	Show    clockShowCmd    `cmd:"" default:"withargs" help:"Show the time of a world."`
	Freeze  clockFreezeCmd  `cmd:"" help:"Freeze the clock."`
	Run     clockRunCmd     `cmd:"" help:"Let the clock run."`
	Advance clockAdvanceCmd `cmd:"" help:"Move the frozen clock forward; everything due on the way happens in order."`
}

func printClock(w io.Writer, c client.Clock) {
	how := "frozen"
	switch {
	case !c.Frozen && c.Speed == 1:
		how = "runs"
	case !c.Frozen:
		how = fmt.Sprintf("runs %g times as fast", c.Speed)
	}
	next := "nothing is due"
	if c.Next != nil {
		next = fmt.Sprintf("next event in %s, at %s", c.Next.Sub(c.Now).Round(time.Millisecond), zonedTime(*c.Next))
	}
	fmt.Fprintf(w, "%s EAT, %s; %s\n", formatTime(c.Now, layoutWeekday), how, next)
}

type clockShowCmd struct{ clientFlags }

func (c *clockShowCmd) Run(e *env) error {
	return answerOf(c.world().Clock(e.ctx)).print(e, c, printClock)
}

type clockFreezeCmd struct{ clientFlags }

func (c *clockFreezeCmd) Run(e *env) error {
	return answerOf(c.world().FreezeClock(e.ctx)).print(e, c, printClock)
}

type clockRunCmd struct {
	Speed float64 `default:"1" help:"How many times as fast as real time." placeholder:"N" env:"-"`
	clientFlags
}

func (c *clockRunCmd) Run(e *env) error {
	return answerOf(c.world().RunClock(e.ctx, c.Speed)).print(e, c, printClock)
}

type clockAdvanceCmd struct {
	By time.Duration `arg:"" optional:"" name:"how-far" help:"How far: 90s, 5m, 24h."`
	To *clockTarget  `help:"Until when, instead of how far: a time of day such as 18:00, or a date." placeholder:"TIME" env:"-"`
	clientFlags
}

// backwardError is what is wrong with a duration below 0.
const backwardError = "a clock goes forward only; 'world restore' brings a world back"

func (c *clockAdvanceCmd) Validate() error {
	switch {
	case c.By == 0 && c.To == nil:
		return errors.New("give a duration, as in 'clock advance 90s', or a time with --to")
	case c.By != 0 && c.To != nil:
		return errors.New("give either a duration or --to, not both")
	case c.By < 0:
		return errors.New(backwardError)
	}
	return nil
}

func (c *clockAdvanceCmd) Run(e *env) error {
	if c.To == nil {
		return answerOf(c.world().AdvanceClock(e.ctx, c.By)).print(e, c, printClock)
	}
	to := c.To.date.Time
	if to.IsZero() {
		clock, err := c.world().Clock(e.ctx)
		if err != nil {
			return c.explain(e, err)
		}
		to = nextTimeOfDay(clock.Now, c.To.timeOfDay)
	}
	return answerOf(c.world().AdvanceClockTo(e.ctx, to)).print(e, c, printClock)
}

// nextTimeOfDay is the next time after now that a clock in East Africa shows sinceMidnight.
func nextTimeOfDay(now time.Time, sinceMidnight time.Duration) time.Time {
	now = now.In(daraja.EAT())
	next := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, daraja.EAT()).Add(sinceMidnight)
	if !next.After(now) {
		next = next.Add(24 * time.Hour) // EAT has no summer time
	}
	return next
}
