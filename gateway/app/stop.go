package app

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Stop takes no more requests, lets those that run finish, ends the work, and
// closes the store. What is still waiting for Daraja shortly before ctx ends is
// cut off and recorded as unanswered. Stopping a gateway that does not run does
// nothing.
func (a *App) Stop(ctx context.Context) error {
	a.mu.Lock()
	p := a.parts
	a.parts = nil
	a.mu.Unlock()
	if p == nil {
		return nil
	}
	if err := p.stop(ctx); err != nil {
		return fmt.Errorf("stopping the gateway: %w", err)
	}
	return nil
}

func (p *parts) stop(ctx context.Context) error {
	gently, cancel := before(ctx)
	defer cancel()
	err := errors.Join(p.front.shut(gently), p.doors.close(gently))
	callbackErr := p.callback.stop(ctx) // after it, since pushes that were under way may be called back
	p.stopWork()
	if err != nil || !ended(gently, p.worked) || !ended(gently, p.retained) {
		err = p.cut(ctx)
	}
	return errors.Join(err, callbackErr, p.release())
}

// cut ends all calls of Daraja, so that whoever waits for one records that it was
// not answered and finishes.
func (p *parts) cut(ctx context.Context) error {
	p.daraja.Close()
	errs := []error{p.front.stop(ctx)}
	if !ended(ctx, p.worked) || !ended(ctx, p.retained) {
		errs = append(errs, fmt.Errorf("work was cut off: %w", ctx.Err()))
	}
	return errors.Join(errs...)
}

// release closes what is open, in reverse order of its start. It is for what has
// stopped, or has never run.
func (p *parts) release() error {
	errs := []error{p.closeEyes()}
	if p.sender != nil {
		p.sender.Close()
	}
	if p.daraja != nil {
		p.daraja.Close()
	}
	errs = append(errs, p.doors.release())
	if p.store != nil {
		errs = append(errs, p.store.Close())
	}
	return errors.Join(append(errs, p.callback.close(), p.front.close())...)
}

// lastResort is how much of the time to stop is kept for cutting off.
const lastResort = time.Second

// before ends a little before ctx does.
func before(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-min(lastResort, time.Until(end)/4)))
}

// ended waits for done, and says whether it came before ctx ended.
func ended(ctx context.Context, done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	case <-ctx.Done():
	}
	select {
	case <-done:
		return true
	default:
		return false
	}
}
