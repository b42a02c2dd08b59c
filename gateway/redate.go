package gateway

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const redatePage = 200

// redated are the states of a payment in which something falls due by itself.
func redated() []State {
	return []State{Sending, Resending, Pending, Unknown, Confirming, Retrying, Unresolved}
}

// Redate brings forward what is due at a time that a clock gave which was ahead: each waits from
// now on as long as it was to wait then, webhooks at most as long as a partner can ask for. It
// returns how many there were.
func (g *Gateway) Redate(ctx context.Context) (n int, err error) {
	webhooks, err := g.redate(ctx, func(tx Tx, after int64) (late []int64, last int64, err error) {
		page, err := tx.Deliveries(DeliveryFilter{State: DeliveryDue, After: after, Limit: redatePage})
		for _, d := range page {
			if last = d.ID; g.fromAhead(d.UpdatedAt) {
				late = append(late, d.ID)
			}
		}
		return late, last, err
	}, g.redateWebhook)
	if err != nil {
		return webhooks, err
	}
	payments, err := g.redate(ctx, func(tx Tx, after int64) (late []int64, last int64, err error) {
		page, err := tx.Payments(PaymentFilter{States: redated(), After: after, Limit: redatePage})
		for _, p := range page {
			if last = p.ID; g.fromAhead(p.UpdatedAt) {
				late = append(late, p.ID)
			}
		}
		return late, last, err
	}, g.redatePayment)
	return webhooks + payments, err
}

// redate has one called for each row that a page of find names, each in an update of its own.
func (g *Gateway) redate(ctx context.Context, find func(tx Tx, after int64) (late []int64, last int64, err error), one func(Tx, int64) error) (n int, err error) {
	for last := int64(0); ; {
		var late []int64
		after := last
		err := g.Store.View(ctx, func(tx Tx) (err error) {
			late, last, err = find(tx, after)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("looking for what a clock that was ahead has dated: %w", err)
		}
		for _, id := range late {
			if err := g.update(ctx, func(tx Tx) error { return one(tx, id) }); err != nil {
				return n, fmt.Errorf("dating %d again: %w", id, err)
			}
			n++
		}
		if last == 0 {
			return n, nil
		}
	}
}

// fromAhead reports whether a time on record is of a clock that was ahead, and has been put right
// since.
func (g *Gateway) fromAhead(written time.Time) bool { return written.After(g.now().Add(clocksDiffer)) }

func (g *Gateway) redateWebhook(tx Tx, id int64) error {
	d, err := tx.Delivery(id)
	if err != nil || d.State != DeliveryDue || !g.fromAhead(d.UpdatedAt) {
		return err
	}
	now := g.now()
	due := now.Add(min(max(d.DueAt.Sub(d.UpdatedAt), 0), maxRetryAfter))
	if _, because, waits := strings.Cut(d.Reason, asAsked); waits {
		d.wait(due, because)
	}
	d.DueAt, d.UpdatedAt = due, now
	return tx.SaveDelivery(d)
}

func (g *Gateway) redatePayment(tx Tx, id int64) error {
	p, err := tx.Payment(id)
	if err != nil || !g.fromAhead(p.UpdatedAt) {
		return err
	}
	now := g.now()
	if !p.DueAt.IsZero() {
		p.DueAt = now.Add(max(p.DueAt.Sub(p.UpdatedAt), 0))
	}
	p.UpdatedAt = now
	return savePayment(tx, p)
}
