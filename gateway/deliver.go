package gateway

import (
	"context"
	"fmt"
	"time"
)

// WorkDelivery makes one attempt to tell a partner, and records it. A 2xx ends the
// delivery; anything else is tried again until the schedule is exhausted.
func (g *Gateway) WorkDelivery(ctx context.Context, id int64) error {
	var d *Delivery
	err := g.Store.View(ctx, func(tx Tx) (err error) {
		d, err = tx.Delivery(id)
		return err
	})
	if err != nil {
		return fmt.Errorf("reading delivery %d: %w", id, err)
	}
	if d.State != DeliveryDue || d.DueAt.After(g.now()) {
		return nil
	}
	ctx = follow(ctx, d.PaymentID, d.Trace)
	start, wasDue := g.now(), d.DueAt
	status, sendErr := g.Sender.Send(ctx, Webhook{URL: d.URL, Body: d.Body})
	if sendErr != nil && ctx.Err() != nil { // stopping: the attempt is made again after the next start
		return fmt.Errorf("sending delivery %d: %w", id, ctx.Err())
	}
	attempt := Attempt{DeliveryID: id, Number: d.Attempts + 1, At: start, Took: g.now().Sub(start), Status: status}
	if sendErr != nil {
		attempt.Detail = fmt.Sprintf("%.300s", sendErr)
	}
	d.attempted(sendErr == nil, g.now(), g.Waits.Webhook)
	err = g.update(context.WithoutCancel(ctx), func(tx Tx) error {
		if err := tx.InsertAttempt(attempt); err != nil {
			return err
		}
		return tx.SaveDelivery(d)
	})
	if err != nil {
		return fmt.Errorf("recording attempt %d of delivery %d: %w", attempt.Number, id, err)
	}
	g.tellAttempt(d, attempt, wasDue)
	if d.State == DeliveryExhausted {
		g.warn(ctx, "webhook exhausted", "delivery", id, "attempts", d.Attempts)
	}
	return nil
}

// attempted moves d after an attempt: done, due again, or exhausted.
func (d *Delivery) attempted(ok bool, now time.Time, waits []time.Duration) {
	d.Attempts++
	d.UpdatedAt, d.DueAt = now, time.Time{}
	switch {
	case ok:
		d.State = DeliveryDone
	case d.Attempts <= len(waits):
		d.DueAt = now.Add(waits[d.Attempts-1])
	default:
		d.State = DeliveryExhausted
	}
}
