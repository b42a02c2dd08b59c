package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// WorkDelivery makes one attempt to tell a partner, and records it. A 2xx ends the
// delivery, a 410 ends all to its URL; anything else is tried again until the
// schedule is exhausted.
func (g *Gateway) WorkDelivery(ctx context.Context, id int64) error {
	d, endpoint, err := g.readDelivery(ctx, id)
	switch {
	case err != nil:
		return fmt.Errorf("reading delivery %d: %w", id, err)
	case d.State != DeliveryDue || d.DueAt.After(g.now()):
		return nil
	case !endpoint.DisabledAt.IsZero():
		return g.deadLetter(ctx, d)
	case g.paused(endpoint):
		return g.waitForPause(ctx, d, endpoint)
	}
	ctx = follow(ctx, d.PaymentID, d.Trace)
	start, wasDue := g.now(), d.DueAt
	w, err := g.webhook(ctx, d, start)
	if err != nil {
		return fmt.Errorf("signing delivery %d: %w", id, err)
	}
	g.reach(WebhookSending)
	reply, sendErr := g.Sender.Send(ctx, w)
	if sendErr != nil && ctx.Err() != nil { // stopping: the attempt is made again after the next start
		return fmt.Errorf("sending delivery %d: %w", id, ctx.Err())
	}
	g.reach(WebhookSent)
	a := Attempt{DeliveryID: id, At: start, Took: max(g.now().Sub(start), 0), Status: reply.Status, Reply: replyText(reply.Body)}
	if sendErr != nil {
		a.Detail = cutText(sendErr.Error(), maxDetail)
	}
	h := heard{answer: answerOf(reply.Status, sendErr), detail: a.Detail, at: g.now()}
	var unconnected *NoConnectionError
	var unreachable *UnreachableError
	if errors.As(sendErr, &unreachable) {
		h.logged = unreachable.Cause.Error()
	}
	h.noLocal = errors.As(sendErr, &unconnected) && unconnected.Loopback
	h.status, h.retryAfter = reply.Status, retryAfter(reply.RetryAfter, h.at)
	d, err = g.record(ctx, a, h)
	if err != nil {
		return fmt.Errorf("recording an attempt of delivery %d: %w", id, err)
	}
	g.reach(WebhookWritten)
	a.Number = d.Attempts
	g.tellAttempt(d, a, wasDue)
	g.logFailure(ctx, d, h)
	return nil
}

// logFailure logs the first failed attempt of a delivery, so that a wrong URL is seen
// at once, and the last one. Those between are in the delivery's record.
func (g *Gateway) logFailure(ctx context.Context, d *Delivery, h heard) {
	switch {
	case d.State == DeliveryExhausted:
		g.warn(ctx, "webhook exhausted", "delivery", d.ID, "attempts", d.Attempts, "reason", d.Reason)
	case h.answer != delivered && d.Tries == 1:
		args := []any{"delivery", d.ID, "to", d.Endpoint, "reason", cmp.Or(h.logged, h.detail), "next_attempt", d.DueAt.UTC().Format(time.RFC3339)}
		if h.noLocal {
			args = append(args, "hint", "this address is the gateway's own machine; in a container, that is the container itself")
		}
		const failed = "webhook failed, it will be sent again"
		if g.Shown {
			g.info(ctx, failed, args...)
			return
		}
		g.warn(ctx, failed, args...)
	}
}

// maxDetail bounds what is kept of why an attempt failed.
const maxDetail = 300

// readDelivery reads a delivery, and what is known of its URL, or has the store recall
// them.
func (g *Gateway) readDelivery(ctx context.Context, id int64) (d *Delivery, e Endpoint, err error) {
	if r, can := g.Store.(Recaller); can {
		if d, e, ok := r.Recall(id); ok {
			return d, e, nil
		}
	}
	err = g.Store.View(ctx, func(tx Tx) error {
		if d, err = tx.Delivery(id); err != nil {
			return err
		}
		e, err = endpointFor(tx, d)
		return err
	})
	return d, e, err
}

// endpointFor is what is known of a delivery's URL; of most nothing is.
func endpointFor(tx Tx, d *Delivery) (Endpoint, error) {
	e, err := tx.Endpoint(d.Partner, d.URL)
	if errors.Is(err, ErrNotFound) {
		return Endpoint{Partner: d.Partner, URL: d.URL}, nil
	}
	return e, err
}

// webhook is one attempt of d, signed.
func (g *Gateway) webhook(ctx context.Context, d *Delivery, now time.Time) (Webhook, error) {
	w := Webhook{URL: d.URL, Body: d.Body, MessageID: d.MessageID, At: now}
	if g.Secrets == nil {
		return w, nil
	}
	secrets, err := g.Secrets.WebhookSecrets(ctx, d.Partner)
	if err != nil {
		return w, fmt.Errorf("the secrets of partner %q: %w", d.Partner, err)
	}
	w.Signature = Sign(d.MessageID, now, d.Body, secrets)
	return w, nil
}

// answer is what a partner's reply means.
type answer int

const (
	delivered answer = iota
	again            // by the schedule
	slower           // by the schedule, and the URL has too much to do
	gone             // never again
)

// answerOf classifies an attempt as Standard Webhooks does.
func answerOf(status int, err error) answer {
	switch {
	case err == nil:
		return delivered
	case status == 410:
		return gone
	case status == 429, status == 502, status == 504:
		return slower
	default:
		return again
	}
}

// heard is how an attempt went.
type heard struct {
	answer     answer
	status     int           // of HTTP; 0 when there was no answer
	retryAfter time.Duration // what the partner asked for
	detail     string        // of a failure, for the partner
	logged     string        // the same for the log, "" when that is detail
	noLocal    bool          // there was no connection to an address of the gateway's own machine
	at         time.Time
}

// record writes down an attempt and what becomes of its delivery, as that stands now:
// somebody may have asked for it again meanwhile.
func (g *Gateway) record(ctx context.Context, a Attempt, h heard) (d *Delivery, err error) {
	err = g.update(context.WithoutCancel(ctx), func(tx Tx) error {
		if d, err = tx.Delivery(a.DeliveryID); err != nil {
			return err
		}
		d.Attempts++
		a.Number = d.Attempts
		if len(d.Body) == 0 { // erased meanwhile
			a.Reply, a.Detail = "", hideNumbers(a.Detail)
		}
		if err := tx.InsertAttempt(a); err != nil {
			return err
		}
		defer g.reach(WebhookWriting)
		if d.State == DeliveryDue {
			g.move(d, h)
		}
		d.UpdatedAt = h.at
		if err := tx.SaveDelivery(d); err != nil {
			return err
		}
		if h.answer == gone {
			return tx.SaveEndpoint(Endpoint{Partner: d.Partner, URL: d.URL, DisabledAt: h.at, Reason: "it answered 410 Gone"})
		}
		return g.pause(tx, d, h)
	})
	return d, err
}

// move moves d after an attempt: done, due again, or exhausted.
func (g *Gateway) move(d *Delivery, h heard) {
	d.Tries++
	d.DueAt, d.Reason = time.Time{}, ""
	switch {
	case h.answer == delivered:
		d.State = DeliveryDone
	case h.answer == gone:
		d.exhaust("the endpoint answered 410 Gone, so nothing is sent to it any more")
	case d.Tries <= len(g.Waits.Webhook):
		wait := g.jitter(g.Waits.Webhook[d.Tries-1])
		d.DueAt = h.at.Add(wait)
		if h.retryAfter > wait { // a partner may ask for later, never for sooner
			d.wait(h.at.Add(h.retryAfter), fmt.Sprintf("it answered %d to this webhook", h.status))
		}
	default:
		d.exhaust(fmt.Sprintf("%d tries have failed, the last: %s", d.Tries, h.detail))
	}
}

func (d *Delivery) exhaust(reason string) {
	d.State, d.DueAt, d.Reason = DeliveryExhausted, time.Time{}, reason
}

// deadLetter ends a delivery to a URL that is disabled, unless somebody has enabled
// it meanwhile.
func (g *Gateway) deadLetter(ctx context.Context, seen *Delivery) error {
	err := g.update(ctx, func(tx Tx) error {
		d, err := tx.Delivery(seen.ID)
		if err != nil {
			return err
		}
		e, err := endpointFor(tx, d)
		if err != nil || e.DisabledAt.IsZero() || d.State != DeliveryDue {
			return err
		}
		d.exhaust(fmt.Sprintf("not sent: the endpoint is disabled since %s, because %s", e.DisabledAt.UTC().Format(time.RFC3339), e.Reason))
		d.UpdatedAt = g.now()
		return tx.SaveDelivery(d)
	})
	if err != nil {
		return fmt.Errorf("giving up delivery %d: %w", seen.ID, err)
	}
	g.warn(follow(ctx, seen.PaymentID, seen.Trace), "webhook not sent, its endpoint is disabled", "delivery", seen.ID)
	return nil
}
