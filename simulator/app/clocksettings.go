package app

import (
	"fmt"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// clockSettings are changes of a world's clock. The zero value changes nothing.
type clockSettings scenario.ClockSetup

// clockSettings are those of a scenario, which may be nil.
func (a *loadedScenario) clockSettings() clockSettings {
	if a == nil || a.Clock() == nil {
		return clockSettings{}
	}
	return clockSettings(*a.Clock())
}

// setClock applies a scenario's clock settings.
func (a *loadedScenario) setClock(c *clock.Clock) error {
	if err := a.clockSettings().apply(c); err != nil {
		return fmt.Errorf("%s: world.clock: %w", a.file, err)
	}
	return nil
}

// overriddenBy is t with what over changes in its place.
func (t clockSettings) overriddenBy(over clockSettings) clockSettings {
	if over.Frozen || over.Speed != 0 {
		t.Frozen, t.Speed = over.Frozen, over.Speed
	}
	if !over.At.IsZero() {
		t.At = over.At
	}
	return t
}

// Years in which a world can begin: M-PESA's receipts and dates have no others.
const (
	firstYear = 2007
	lastYear  = 2999
)

// check says what is wrong with t.
func (t clockSettings) check() error {
	if !t.At.IsZero() && (t.At.Year() < firstYear || t.At.Year() > lastYear) {
		return fmt.Errorf("the clock cannot begin in the year %d; take one from %d to %d", t.At.Year(), firstYear, lastYear)
	}
	if !t.Frozen && t.Speed != 0 && !(t.Speed > 0 && t.Speed <= clock.MaxSpeed) {
		return fmt.Errorf("speed is %v, it must be above 0 and at most %d", t.Speed, clock.MaxSpeed)
	}
	return nil
}

// apply changes a clock.
func (t clockSettings) apply(c *clock.Clock) error {
	if err := t.check(); err != nil {
		return err
	}
	switch {
	case t.Frozen:
		c.Freeze()
	case t.Speed != 0:
		if err := c.Run(t.Speed); err != nil {
			return err
		}
	}
	if !t.At.IsZero() {
		c.Set(t.At.In(daraja.EAT()))
	}
	return nil
}
