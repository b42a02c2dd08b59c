package app

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/clock"
)

// timing is how somebody wants a world's clock. The zero value wants nothing.
type timing struct {
	frozen bool
	speed  float64   // 0 says nothing
	at     time.Time // zero says nothing
}

// timingOf is how a scenario wants the clock.
func timingOf(a *act) timing {
	c := a.Clock()
	if c == nil {
		return timing{}
	}
	return timing{frozen: c.Frozen, speed: c.Speed, at: c.At}
}

// under is t with what over wants in its place.
func (t timing) under(over timing) timing {
	if over.frozen || over.speed != 0 {
		t.frozen, t.speed = over.frozen, over.speed
	}
	if !over.at.IsZero() {
		t.at = over.at
	}
	return t
}

// Years in which a world can begin: receipts and dates of M-PESA tell no others.
const (
	firstYear = 2007
	lastYear  = 2999
)

// check says what is wrong with t.
func (t timing) check() error {
	if !t.at.IsZero() && (t.at.Year() < firstYear || t.at.Year() > lastYear) {
		return fmt.Errorf("the clock cannot begin in the year %d; take one from %d to %d", t.at.Year(), firstYear, lastYear)
	}
	if !t.frozen && t.speed != 0 && !(t.speed > 0 && t.speed <= clock.MaxSpeed) {
		return fmt.Errorf("speed is %v, it must be above 0 and at most %d", t.speed, clock.MaxSpeed)
	}
	return nil
}

// apply changes a clock as t wants it.
func (t timing) apply(c *clock.Clock) error {
	if err := t.check(); err != nil {
		return err
	}
	switch {
	case t.frozen:
		c.Freeze()
	case t.speed != 0:
		if err := c.Run(t.speed); err != nil {
			return err
		}
	}
	if !t.at.IsZero() {
		c.Set(t.at.In(daraja.EAT()))
	}
	return nil
}
