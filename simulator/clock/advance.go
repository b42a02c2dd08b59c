package clock

import (
	"context"
	"fmt"
	"time"
)

// maxYear is the last year that a date of four digits can show.
const maxYear = 9999

// Advance moves a frozen clock by d and runs what falls due, on the caller's
// goroutine; what that makes due within d is run too. While an event runs, the clock
// shows the time at which it was due. Time goes on when the function of SetIdle returns.
// One Advance goes on at a time; others wait for it.
//
// An error says how far the clock came: it wraps ErrRunning, ErrStopped, ErrSet, the
// context's error, or that of SetIdle's function.
func (c *Clock) Advance(ctx context.Context, d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("advancing the clock by %s: time does not go back", d)
	}
	return c.advance(ctx, func(now time.Time) time.Time { return now.Add(d) })
}

// AdvanceTo is Advance up to t, which must not be in the clock's past.
func (c *Clock) AdvanceTo(ctx context.Context, t time.Time) error {
	return c.advance(ctx, func(time.Time) time.Time { return t.Round(0) })
}

func (c *Clock) advance(ctx context.Context, goal func(now time.Time) time.Time) error {
	if err := c.startAdvance(ctx); err != nil {
		return err
	}
	defer func() { <-c.advancing }()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.waitFrozen(); err != nil {
		return fmt.Errorf("advancing the clock: %w", err)
	}
	from := c.Now()
	to := goal(from)
	switch {
	case to.Before(from):
		return fmt.Errorf("advancing the clock to %s: it shows %s already", stamp(to), stamp(from))
	case to.Year() > maxYear:
		return fmt.Errorf("advancing the clock to the year %d: it goes to %d", to.Year(), maxYear)
	}
	c.abort = cancel
	defer func() { c.abort = nil; c.arm() }()
	if err := c.advanceTo(ctx, to.In(from.Location())); err != nil {
		return fmt.Errorf("advancing the clock from %s to %s: it came to %s: %w", stamp(from), stamp(to), stamp(c.Now()), err)
	}
	return nil
}

// startAdvance waits until no other Advance goes on.
func (c *Clock) startAdvance(ctx context.Context) error {
	select {
	case c.advancing <- struct{}{}:
		return nil
	default:
	}
	select {
	case c.advancing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("advancing the clock: another advance is under way: %w", context.Cause(ctx))
	}
}

// waitFrozen waits until no event runs. Its error says why the clock cannot be advanced.
func (c *Clock) waitFrozen() error {
	for c.running {
		c.ended.Wait()
	}
	switch {
	case c.stopped:
		return ErrStopped
	case !c.Frozen():
		return ErrRunning
	default:
		return nil
	}
}

// advanceTo runs what is due up to a time. The clock's lock is held, but not while
// events run or settle.
func (c *Clock) advanceTo(ctx context.Context, to time.Time) error {
	for {
		if err := c.waitIdle(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		e := c.queue.due(to)
		if e == nil {
			c.reading.Store(&reading{at: to})
			return nil
		}
		if e.at.After(c.Now()) {
			c.reading.Store(&reading{at: e.at})
		}
		c.byAdvance = true
		c.run(e)
		c.byAdvance = false
	}
}

// waitIdle waits until the work that events have started has ended. The clock is locked
// before and after, not meanwhile.
func (c *Clock) waitIdle(ctx context.Context) error {
	if c.idle == nil {
		return nil
	}
	idle := c.idle
	c.mu.Unlock()
	defer c.mu.Lock()
	err := idle(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("waiting for what was due: %w", err)
	}
	return nil
}

func stamp(t time.Time) string { return t.Format(time.RFC3339Nano) }
