package gateway

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// A URL that has too much to do is left alone for a moment: the webhooks that are
// due for it wait until then. Other URLs of the same host go on. See
// docs/adr/0006-pauses.md.
const (
	longestPause  = time.Minute // whatever Retry-After says; it holds in full for the webhook that was answered so
	shortestPause = time.Second // when the answer has no Retry-After
)

// pauseFor is how long an answer keeps the other webhooks from its URL, 0 when it does
// not.
func (g *Gateway) pauseFor(h heard) time.Duration {
	switch {
	case h.answer == slower && h.retryAfter == 0:
		return g.Waits.scale(shortestPause)
	case h.answer == slower, h.answer == again && h.status == 503:
		return min(h.retryAfter, longestPause)
	default:
		return 0
	}
}

// paused reports whether a URL is paused. A pause that ends later than any can was written by a
// clock that was ahead, and counts no more.
func (g *Gateway) paused(e Endpoint) bool {
	now := g.now()
	return e.PausedUntil.After(now) && e.PausedUntil.Before(now.Add(2*longestPause))
}

// pause pauses the URL of d when its answer asks for it. An earlier pause is not
// shortened.
func (g *Gateway) pause(tx Tx, d *Delivery, h heard) error {
	pause := g.pauseFor(h)
	if pause == 0 {
		return nil
	}
	e, err := endpointFor(tx, d)
	if err != nil {
		return fmt.Errorf("reading what is known of the URL: %w", err)
	}
	until := h.at.Add(pause)
	if !e.DisabledAt.IsZero() || g.paused(e) && !until.After(e.PausedUntil) {
		return nil
	}
	e.PausedUntil, e.Reason = until, fmt.Sprintf("it answered %d to another webhook", h.status)
	return tx.SaveEndpoint(e)
}

// waitForPause puts off a delivery whose URL is paused, so that all can see when it is
// sent and why not now.
func (g *Gateway) waitForPause(ctx context.Context, seen *Delivery, e Endpoint) error {
	err := g.update(ctx, func(tx Tx) error {
		d, err := tx.Delivery(seen.ID)
		if err != nil {
			return err
		}
		if d.State != DeliveryDue || d.Resends != seen.Resends { // it was asked for again meanwhile
			return nil
		}
		d.wait(g.afterPause(d, e), e.Reason)
		d.UpdatedAt = g.now()
		return tx.SaveDelivery(d)
	})
	if err != nil {
		return fmt.Errorf("putting off delivery %d: %w", seen.ID, err)
	}
	return nil
}

// afterPause is when d, which waits for a pause of its URL, falls due: at its end. While one
// pause follows another it waits twice as long as the time before, longestPause at most, so
// that all that wait do not write each second.
func (g *Gateway) afterPause(d *Delivery, e Endpoint) time.Time {
	if !strings.HasPrefix(d.Reason, waitingUntil) {
		return e.PausedUntil
	}
	longer := min(2*max(d.DueAt.Sub(d.UpdatedAt), 0), g.Waits.scale(longestPause))
	if at := g.now().Add(g.jitter(longer)); at.After(e.PausedUntil) {
		return at
	}
	return e.PausedUntil
}

// waitingUntil begins the reason of a delivery that waits for a pause, and asAsked is before why.
const (
	waitingUntil = "waiting until "
	asAsked      = ", as the URL asked: "
)

// wait has d wait for a pause of its URL.
func (d *Delivery) wait(until time.Time, because string) {
	d.DueAt = until
	d.Reason = waitingUntil + until.UTC().Format(time.RFC3339) + asAsked + because
}
