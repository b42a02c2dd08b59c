package gateway

import (
	"context"
	"fmt"
)

// How much one transaction of an erasure empties at most, so that orders do not wait behind
// it: bodies have up to 64 KiB each, and a payment, or a webhook, of an earlier release may
// have any number of callbacks, or attempts.
const (
	eraseBodiesAtOnce  = 100
	eraseRepliesAtOnce = 1000
)

// eraseWork is what one transaction of an erasure may still do, and what it leaves to be
// done after its commit.
type eraseWork struct {
	bodies  int            // that it may still empty
	replies []*Delivery    // webhooks that are empty, and whose replies are too many for it
	cleared map[int64]bool // webhooks whose replies earlier transactions have emptied
}

func newEraseWork(cleared map[int64]bool) *eraseWork {
	return &eraseWork{bodies: eraseBodiesAtOnce, cleared: cleared}
}

// eraseCallbacks empties the bodies of a payment's callbacks. finished is false when some
// may be left.
func (g *Gateway) eraseCallbacks(tx Tx, paymentID int64, work *eraseWork, done *Erased) (finished bool, err error) {
	n, err := tx.EraseCallbacks(paymentID, work.bodies, g.now())
	if err != nil {
		return false, fmt.Errorf("erasing the callbacks of payment %d: %w", paymentID, err)
	}
	done.Callbacks += n
	finished = n < work.bodies
	work.bodies -= n
	return finished, nil
}

// eraseReplies empties what was answered to a webhook whose body is empty, so that none of
// its later attempts keeps a reply. Where there are many it is left to clearReplies.
func (w *eraseWork) eraseReplies(tx Tx, d *Delivery) error {
	if w.cleared[d.ID] {
		return nil
	}
	if d.Attempts > eraseRepliesAtOnce {
		w.replies = append(w.replies, d)
		return nil
	}
	return eraseRepliesBetween(tx, d, 1, d.Attempts)
}

func eraseRepliesBetween(tx Tx, d *Delivery, first, last int) error {
	if err := tx.EraseReplies(d.ID, first, last); err != nil {
		return fmt.Errorf("erasing the replies to delivery %d: %w", d.ID, err)
	}
	return nil
}

// clearReplies does what a committed transaction left to be done.
func (g *Gateway) clearReplies(ctx context.Context, work *eraseWork) error {
	for _, d := range work.replies {
		for first := 1; first <= d.Attempts; first += eraseRepliesAtOnce {
			err := g.Store.Update(ctx, func(tx Tx) error {
				return eraseRepliesBetween(tx, d, first, min(first+eraseRepliesAtOnce-1, d.Attempts))
			})
			if err != nil {
				return err
			}
		}
		work.cleared[d.ID] = true
	}
	return nil
}
