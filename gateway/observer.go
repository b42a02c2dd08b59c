package gateway

import (
	"context"
	"time"
)

// Observer hears what happened, once it is on record. Calls must be quick and may
// come from many goroutines. What it is given is its own.
type Observer interface {
	// Changed hears of an event that the table did not ignore.
	Changed(c Change)
	// CallbackTaken hears of a body that was kept, and of its payment, or nil when
	// it has none.
	CallbackTaken(c Callback, p *Payment, took time.Duration)
	// Attempted hears of an attempt at d, whose state is the one after it. wasDue is
	// when it fell due.
	Attempted(d Delivery, a Attempt, wasDue time.Time)
	// Updated hears of a writing transaction: how long it took, the wait for its turn
	// included, and how it ended.
	Updated(took time.Duration, err error)
}

// Change is an event and what it did to a payment.
type Change struct {
	Event   Event
	From    State
	Payment Payment // after it

	// NeedsReview reports a reason for a person's review that was not there before.
	NeedsReview bool
}

// watched is a transaction that remembers which events happened in it, since
// nobody may hear of them before they are committed.
type watched struct {
	Tx
	changes []Change
}

// update is the store's Update. The observer hears of what happened in f.
func (g *Gateway) update(ctx context.Context, f func(Tx) error) error {
	if g.Observer == nil {
		return g.Store.Update(ctx, f)
	}
	w, start := &watched{}, g.now()
	err := g.Store.Update(ctx, func(tx Tx) error {
		w.Tx, w.changes = tx, nil // f may have run before
		return f(w)
	})
	g.Observer.Updated(g.now().Sub(start), err)
	if err != nil {
		return err
	}
	for _, c := range w.changes {
		g.Observer.Changed(c)
	}
	return nil
}

// remember notes a change for the observer of tx, if there is one.
func remember(tx Tx, c Change) {
	if w, ok := tx.(*watched); ok {
		w.changes = append(w.changes, c)
	}
}

// tellAttempt lets the observer hear of an attempt.
func (g *Gateway) tellAttempt(d *Delivery, a Attempt, wasDue time.Time) {
	if g.Observer != nil {
		g.Observer.Attempted(*d, a, wasDue)
	}
}

// tellCallback lets the observer hear of a callback that was kept, and the trail in
// ctx of its payment, if it has one.
func (g *Gateway) tellCallback(ctx context.Context, c *Callback, p *Payment) {
	if p != nil {
		*TrailOf(ctx) = Trail{Payment: p.ID, Trace: p.Trace}
	}
	if g.Observer != nil {
		g.Observer.CallbackTaken(*c, p, g.now().Sub(c.ReceivedAt))
	}
}

// Observers passes on what it hears to each of them.
type Observers []Observer

// Changed implements Observer.
func (os Observers) Changed(c Change) {
	for _, o := range os {
		o.Changed(c)
	}
}

// CallbackTaken implements Observer.
func (os Observers) CallbackTaken(c Callback, p *Payment, took time.Duration) {
	for _, o := range os {
		o.CallbackTaken(c, p, took)
	}
}

// Attempted implements Observer.
func (os Observers) Attempted(d Delivery, a Attempt, wasDue time.Time) {
	for _, o := range os {
		o.Attempted(d, a, wasDue)
	}
}

// Updated implements Observer.
func (os Observers) Updated(took time.Duration, err error) {
	for _, o := range os {
		o.Updated(took, err)
	}
}
