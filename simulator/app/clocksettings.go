package app

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/clock"
)

// clockSettings are changes of a world's clock. The zero value changes nothing.
type clockSettings struct {
	frozen bool
	speed  float64   // 0 changes nothing
	at     time.Time // zero changes nothing
}

// clockSettings are those of a scenario, which may be nil.
func (a *loadedScenario) clockSettings() clockSettings {
	if a == nil || a.Clock() == nil {
		return clockSettings{}
	}
	c := a.Clock()
	return clockSettings{frozen: c.Frozen, speed: c.Speed, at: c.At}
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
	if over.frozen || over.speed != 0 {
		t.frozen, t.speed = over.frozen, over.speed
	}
	if !over.at.IsZero() {
		t.at = over.at
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
	if !t.at.IsZero() && (t.at.Year() < firstYear || t.at.Year() > lastYear) {
		return fmt.Errorf("the clock cannot begin in the year %d; take one from %d to %d", t.at.Year(), firstYear, lastYear)
	}
	if !t.frozen && t.speed != 0 && !(t.speed > 0 && t.speed <= clock.MaxSpeed) {
		return fmt.Errorf("speed is %v, it must be above 0 and at most %d", t.speed, clock.MaxSpeed)
	}
	return nil
}

// apply changes a clock.
func (t clockSettings) apply(c *clock.Clock) error {
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
