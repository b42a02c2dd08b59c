package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Deliveries lists webhooks, by id, as Desk does.
func (g *Gateway) Deliveries(ctx context.Context, f DeliveryFilter) ([]*Delivery, error) {
	return Desk{Store: g.Store}.Deliveries(ctx, f)
}

// Webhooks lists the webhooks of a partner's payment, by id. The error has
// CodeNotFound for another partner's as for one that does not exist.
func (g *Gateway) Webhooks(ctx context.Context, partner Partner, paymentID int64) (ds []*Delivery, err error) {
	err = g.Store.View(ctx, func(tx Tx) error {
		p, err := tx.Payment(paymentID)
		if errors.Is(err, ErrNotFound) || (err == nil && p.Partner != partner.Name) {
			return &Error{Code: CodeNotFound, Message: fmt.Sprintf("transaction %d is not known", paymentID)}
		}
		if err != nil {
			return err
		}
		ds, err = tx.DeliveriesOf(paymentID)
		return err
	})
	if err != nil {
		return nil, wrapUnlessTold(err, "listing the webhooks of payment %d", paymentID)
	}
	return ds, nil
}

// Delivery returns a partner's webhook and the newest attempts to deliver it; partner "" is
// whoever runs the gateway. The error has CodeNotFound for another partner's as for
// one that does not exist.
func (g *Gateway) Delivery(ctx context.Context, partner string, id int64) (DeliveryFile, error) {
	return Desk{Store: g.Store}.deliveryOf(ctx, partner, id)
}

// Resend makes a webhook due at once, with the whole schedule before it again,
// whatever has become of it; partner "" is whoever runs the gateway. It enables its
// URL, ends a pause of it, and keeps the webhook-id, by which the partner knows it. The
// error has CodeNotFound for another partner's as for one that does not exist, and
// CodeTooMany for one that was sent again within Waits.Resend.
func (g *Gateway) Resend(ctx context.Context, partner string, id int64) (d *Delivery, err error) {
	err = g.update(ctx, func(tx Tx) error {
		if d, err = ownDelivery(tx, partner, id); err != nil {
			return err
		}
		if len(d.Body) == 0 {
			return Invalidf("webhook %d can't be sent again: the customer's data were erased", id)
		}
		if err := checkLatest(tx, d); err != nil {
			return err
		}
		if err := g.checkResends(d); err != nil {
			return err
		}
		e, err := endpointFor(tx, d)
		if err != nil {
			return err
		}
		if !e.DisabledAt.IsZero() || !e.PausedUntil.IsZero() {
			if err := tx.SaveEndpoint(Endpoint{Partner: e.Partner, URL: e.URL}); err != nil {
				return err
			}
		}
		now := g.now()
		d.State, d.DueAt, d.UpdatedAt = DeliveryDue, now, now
		d.Tries, d.Reason = 0, ""
		d.Resends++
		return tx.SaveDelivery(d)
	})
	if err != nil {
		return nil, wrapUnlessTold(err, "sending webhook %d again", id)
	}
	return d, nil
}

// checkResends refuses to send a webhook again so soon after the last time. Each time adds
// attempts, which are kept.
func (g *Gateway) checkResends(d *Delivery) error {
	if d.Resends == 0 {
		return nil // UpdatedAt is of an attempt by the schedule
	}
	wait := d.UpdatedAt.Add(g.Waits.Resend).Sub(g.now())
	if wait <= 0 || wait > 2*g.Waits.Resend { // more than any wait can be was written by a clock that was ahead
		return nil
	}
	return &Error{Code: CodeTooMany, RetryAfter: wait, PaymentID: d.PaymentID,
		Message: fmt.Sprintf("webhook %d was sent again, or tried, less than %s ago; try again in %s", d.ID, g.Waits.Resend, wait.Round(time.Millisecond))}
}

// checkLatest refuses to send a webhook again that tells another result than its payment
// has now: its partner would take that result for the last.
func checkLatest(tx Tx, d *Delivery) error {
	p, err := tx.Payment(d.PaymentID)
	if err != nil {
		return fmt.Errorf("reading payment %d: %w", d.PaymentID, err)
	}
	told, now := d.status(), p.State.Status()
	settled := now == StatusSuccessful || now == StatusFailed
	if settled && told != now {
		return Invalidf("webhook %d can't be sent again: it says %q, and payment %d is %s now; send the webhook that says so", d.ID, told, d.PaymentID, now)
	}
	return nil
}

func ownDelivery(tx Tx, partner string, id int64) (*Delivery, error) {
	d, err := tx.Delivery(id)
	if errors.Is(err, ErrNotFound) || (err == nil && partner != "" && d.Partner != partner) {
		return nil, &Error{Code: CodeNotFound, Message: fmt.Sprintf("webhook %d is not known", id)}
	}
	return d, err
}

// wrapUnlessTold leaves an *Error as the partner is told it.
func wrapUnlessTold(err error, format string, args ...any) error {
	if CodeOf(err) != "" {
		return err
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}
