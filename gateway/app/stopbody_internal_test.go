package app

import (
	"context"
	"testing"
)

// The attack: one anonymous request whose body never comes. It is no
// request that was cut off, and requests that came in full get their answers.
func TestStopIsNotHeldUpByWhatDoesNotCome(t *testing.T) {
	for name, limits := range map[string]connLimits{"with limits": {most: 8, perSource: 8}, "without limits": {}} {
		t.Run(name, func(t *testing.T) {
			c := newCrowdedDoor(t, limits.most, limits.perSource)
			c.stall(here, "/read")
			c.stall(here, "/unread")
			held := c.hold(here)
			late := c.stall(here, "/read") // its body ends while the door is shut
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			stopped := make(chan error, 1)
			go func() { stopped <- c.door.stop(ctx) }()
			late.sendRest()
			if !late.answered() {
				t.Error("a request whose body came meanwhile is not answered")
			}
			close(c.release)
			if !held.answered() {
				t.Error("a request that came in full is cut off")
			}
			if err := <-stopped; err != nil {
				t.Error(err)
			}
		})
	}
}

// sendRest sends what stall left out.
func (c *client) sendRest() {
	_, _ = c.Write(make([]byte, 4999))
}

// The time to stop may be shorter than what a body is waited for.
func TestStopWithinAShortTime(t *testing.T) {
	c := newCrowdedDoor(t, 8, 8)
	c.stall(here, "/read")
	ctx, cancel := context.WithTimeout(t.Context(), bodyGrace)
	defer cancel()
	if err := c.door.stop(ctx); err != nil {
		t.Error(err)
	}
}
