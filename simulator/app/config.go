package app

import (
	"fmt"
	"maps"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
)

// worldClock is the clock that c asks for.
func worldClock(c Config) (simulator.Clock, error) {
	if c.Clock != nil {
		return c.Clock, nil
	}
	machine := clock.NewReal(time.Now, time.AfterFunc)
	switch {
	case c.Speed == 0 || c.Speed == 1:
		return machine, nil
	case c.Speed > 0 && c.Speed <= clock.MaxSpeed:
		return clock.NewFast(machine, c.Speed), nil
	default:
		return nil, fmt.Errorf("simulator: speed is %v, it must be above 0 and at most %d", c.Speed, clock.MaxSpeed)
	}
}

// settings are those of c, with the ones that have a name of their own in it.
func settings(c Config) map[string]string {
	s := make(map[string]string)
	if c.Dialect != "" {
		s[simulator.SettingDialect] = c.Dialect
	}
	if c.StrictCallbacks {
		s[simulator.SettingStrictCallbacks] = "on"
	}
	maps.Copy(s, c.Settings)
	return s
}
