package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	gatewayapp "github.com/darajabox/darajabox/gateway/app"
	simulatorapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/clock"
)

// Traveller is a Stack whose time stands still until somebody moves it, so that
// hours pass in no time and always in the same way.
type Traveller interface {
	// Now is the stack's time.
	Now() time.Time
	// Settle waits until all that was set going has come to its end.
	Settle(ctx context.Context) error
	// Held says whether M-PESA holds an answer back until its time comes.
	Held() bool
	// Step moves the time to what is due next. It returns false when nothing is.
	Step(ctx context.Context) (moved bool, err error)
	// Travel lets d pass, with all that is due meanwhile.
	Travel(ctx context.Context, d time.Duration) error
}

// start is when the time of an embedded stack begins.
func start() time.Time { return time.Date(2026, time.August, 18, 9, 0, 0, 0, time.UTC) }

// travel is the one clock of a simulator and its gateways in this process.
type travel struct {
	clock     *clock.Clock
	simulator *simulatorapp.App
	gateways  []*gatewayapp.App
}

// gatewayClock is the same clock in the form that the gateway knows. What is due
// for both at the same time is the simulator's first.
type gatewayClock struct{ *clock.Clock }

// AfterFunc implements gateway.Clock.
func (c gatewayClock) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	return c.Clock.AfterFunc(d, "~gateway", f)
}

// Now implements Traveller.
func (t *travel) Now() time.Time { return t.clock.Now() }

// Held implements Traveller.
func (t *travel) Held() bool { return t.simulator.Replying() }

// Settle implements Traveller. A callback sets the gateway to work, and its work may
// bring about a callback. A gateway that waits for an answer which M-PESA gives later
// cannot come to its end before time goes on.
func (t *travel) Settle(ctx context.Context) error {
	for {
		err := t.idle(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return err
		case t.Held():
			return nil
		}
	}
}

// idle waits for all services, but not for long.
func (t *travel) idle(ctx context.Context) error {
	short, cancel := context.WithTimeout(ctx, lastPause)
	defer cancel()
	all := []func(context.Context) error{t.simulator.Idle}
	for _, gw := range t.gateways {
		all = append(all, gw.Idle)
	}
	for _, idle := range append(all, t.simulator.Idle) {
		if err := idle(short); err != nil {
			return err
		}
	}
	return nil
}

// Step implements Traveller.
func (t *travel) Step(ctx context.Context) (moved bool, err error) {
	next, ok := t.clock.Next()
	if !ok {
		return false, nil
	}
	if err := t.clock.AdvanceTo(ctx, next); err != nil {
		return false, fmt.Errorf("moving the time: %w", err)
	}
	return true, t.Settle(ctx)
}

// Travel implements Traveller.
func (t *travel) Travel(ctx context.Context, d time.Duration) error {
	target := t.clock.Now().Add(d)
	for {
		if err := t.Settle(ctx); err != nil {
			return err
		}
		next, ok := t.clock.Next()
		if !ok || next.After(target) {
			break
		}
		if _, err := t.Step(ctx); err != nil {
			return err
		}
	}
	if err := t.clock.AdvanceTo(ctx, target); err != nil {
		return fmt.Errorf("moving the time: %w", err)
	}
	return t.Settle(ctx)
}

// longest is how much of a stack's time may pass in wait of something: more than
// the whole schedule of a webhook.
const longest = 100 * time.Hour

// eventuallyIn looks until look returns nil, and lets a stack's time pass between
// two looks. Where nothing is due any more, what does not come soon never will.
func eventuallyIn(ctx context.Context, t Traveller, look func(context.Context) error) error {
	const tries = 50
	deadline := t.Now().Add(longest)
	for still := 0; ; {
		if err := t.Settle(ctx); err != nil {
			return err
		}
		err := look(ctx)
		if err == nil {
			return nil
		}
		moved, stepErr := t.Step(ctx)
		switch {
		case stepErr != nil:
			return errors.Join(err, stepErr)
		case moved && t.Now().After(deadline):
			return fmt.Errorf("not within %s of the stack's time: %w", longest, err)
		case moved:
			still = 0
		case still == tries:
			return fmt.Errorf("nothing is due any more, and %w", err)
		default: // an order of the steps' own may be on its way
			still++
			pause(ctx)
		}
	}
}

// pause gives way for a moment.
func pause(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, firstPause)
	defer cancel()
	<-ctx.Done()
}
