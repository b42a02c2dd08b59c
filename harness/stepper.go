package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	gatewayapp "github.com/darajabox/darajabox/gateway/app"
	simulatorapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/clock"
)

// Stepper is a Stack whose time stands still until it is moved, so that hours take no
// time and always pass in the same way.
type Stepper interface {
	// Now is the stack's time.
	Now() time.Time
	// Settle waits until all work that was started has ended.
	Settle(ctx context.Context) error
	// AnswerHeld says whether M-PESA holds back an answer that is due later.
	AnswerHeld() bool
	// Step moves the time to what is due next. It returns false when nothing is.
	Step(ctx context.Context) (moved bool, err error)
	// Advance lets d pass, with all that is due meanwhile.
	Advance(ctx context.Context, d time.Duration) error
}

// start is when the time of an embedded stack begins.
func start() time.Time { return time.Date(2026, time.August, 18, 9, 0, 0, 0, time.UTC) }

// sharedClock is the one clock of a simulator and its gateways in this process.
type sharedClock struct {
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

// Now implements Stepper.
func (t *sharedClock) Now() time.Time { return t.clock.Now() }

// AnswerHeld implements Stepper.
func (t *sharedClock) AnswerHeld() bool { return t.simulator.HasPendingReplies() }

// Settle implements Stepper. A gateway that waits for an answer which M-PESA gives later
// does not end its work before time goes on.
func (t *sharedClock) Settle(ctx context.Context) error {
	for {
		err := t.idle(ctx)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return err
		case t.AnswerHeld():
			return nil
		}
	}
}

// idle waits for all services, but not for long. A callback starts work of the gateway,
// and that may lead to a callback.
func (t *sharedClock) idle(ctx context.Context) error {
	short, cancel := context.WithTimeout(ctx, lastPause)
	defer cancel()
	err := t.simulator.Idle(short)
	for _, gw := range t.gateways {
		err = cmp.Or(err, gw.Idle(short))
	}
	return cmp.Or(err, t.simulator.Idle(short))
}

// Step implements Stepper.
func (t *sharedClock) Step(ctx context.Context) (moved bool, err error) {
	next, ok := t.clock.Next()
	if !ok {
		return false, nil
	}
	if err := t.clock.AdvanceTo(ctx, next); err != nil {
		return false, fmt.Errorf("moving the time: %w", err)
	}
	return true, t.Settle(ctx)
}

// Advance implements Stepper.
func (t *sharedClock) Advance(ctx context.Context, d time.Duration) error {
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

// longest is how much of a stack's time a step may wait: more than the whole schedule of
// a webhook.
const longest = 100 * time.Hour

// eventuallyIn calls look until it returns nil, and lets a stack's time pass between two
// calls. It gives up soon after nothing is due any more.
func eventuallyIn(ctx context.Context, t Stepper, look func(context.Context) error) error {
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
		default: // an order that the steps sent may not have arrived
			still++
			_ = sleep(ctx, firstPause) // an end of ctx shows when the stack is to settle
		}
	}
}

// sleep waits for d, or until ctx ends, which is its error.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Pauses between two looks at something that has not happened yet.
const (
	firstPause = 2 * time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// eventually looks until look returns nil. When ctx or timeout end first, the
// error is the last one of look.
func eventually(ctx context.Context, timeout time.Duration, look func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	var last error
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := look(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil || last == nil { // a look that was cut short says less than the one before
			last = err
		}
		if sleep(ctx, pause) != nil {
			return fmt.Errorf("not within %s: %w", timeout, last)
		}
	}
}
