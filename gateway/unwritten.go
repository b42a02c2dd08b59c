package gateway

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// An answer to a push that the store does not take, because its disk is full or its connection
// was lost, is kept in memory and written later: it has the id by which M-PESA is asked whether
// the customer paid.

// mostUnwritten is how many answers are kept.
const mostUnwritten = 10_000

// writeWaits are the waits before an answer is tried to be written again. After the last it is
// dropped; its push counts as lost by then.
func writeWaits() []time.Duration {
	return []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
	}
}

// pushAnswer is how a push went, not on record yet.
type pushAnswer struct {
	begun Push
	ack   PushAck
	err   error
	tries int
	at    time.Time // of the next try
}

// unwritten are the answers to pushes that are to be written.
type unwritten struct {
	mu      sync.Mutex
	answers []pushAnswer
	came    chan struct{} // closed when another comes; nil while nothing waits for one
}

// add keeps an answer, unless there are too many.
func (u *unwritten) add(a pushAnswer) (kept bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.answers) >= mostUnwritten {
		return false
	}
	u.answers = append(u.answers, a)
	if u.came != nil {
		close(u.came)
		u.came = nil
	}
	return true
}

// take hands out what is due. Otherwise next is when something will be, zero for nothing, and
// came is closed when another comes.
func (u *unwritten) take(now time.Time) (due []pushAnswer, next time.Time, came <-chan struct{}) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answers = slices.DeleteFunc(u.answers, func(a pushAnswer) bool {
		if a.at.After(now) {
			next = earlier(next, a.at)
			return false
		}
		due = append(due, a)
		return true
	})
	if u.came == nil {
		u.came = make(chan struct{})
	}
	return due, next, u.came
}

// keepAnswer keeps the answer to a push that could not be written, and says what its partner is
// told: the customer may have a prompt, whatever becomes of the record.
func (g *Gateway) keepAnswer(ctx context.Context, a pushAnswer, cause error) error {
	a.at = g.now().Add(g.Waits.scale(writeWaits()[0]))
	kept := g.unwritten.add(a)
	g.warn(ctx, "the answer to a push could not be written", "push", a.begun.Number, "tried_again", kept, "error", cause)
	return &Error{Code: CodeUnanswered, PaymentID: a.begun.PaymentID,
		Message: "M-PESA's answer could not be written down, so the customer may or may not have a prompt; do not order again: the webhook or the transaction will tell"}
}

// WriteAnswers writes the answers to pushes that the store did not take when they came, until ctx
// ends. A gateway whose Collect is called needs it running.
func (g *Gateway) WriteAnswers(ctx context.Context) {
	for ctx.Err() == nil {
		due, next, came := g.unwritten.take(g.now())
		for _, a := range due {
			g.writeAgain(ctx, a)
		}
		if len(due) > 0 {
			continue
		}
		g.waitForAnswer(ctx, next, came)
	}
}

// waitForAnswer waits until another answer is kept, the next is due, or ctx ends.
func (g *Gateway) waitForAnswer(ctx context.Context, next time.Time, came <-chan struct{}) {
	over := make(chan struct{})
	if !next.IsZero() {
		stop := g.Clock.AfterFunc(next.Sub(g.now()), func() { close(over) })
		defer stop()
	}
	select {
	case <-over:
	case <-came:
	case <-ctx.Done():
	}
}

// writeAgain tries to write an answer once more. Its partner was told that there is no answer
// yet, so a refusal is told by a webhook, as that of a push that counts as lost.
func (g *Gateway) writeAgain(ctx context.Context, a pushAnswer) {
	ctx = follow(ctx, a.begun.PaymentID, "")
	err := g.lostBefore(ctx, a)
	if err == nil {
		_, err = g.writeAnswer(context.WithoutCancel(ctx), a.begun, a.ack, a.err)
	}
	if err == nil {
		g.info(ctx, "the answer to a push is written now", "push", a.begun.Number)
		return
	}
	a.tries++
	waits := writeWaits()
	if a.tries == len(waits) || ctx.Err() != nil {
		g.warn(ctx, "the answer to a push is lost, since it could not be written", "push", a.begun.Number, "error", err)
		return
	}
	a.at = g.now().Add(g.Waits.scale(waits[a.tries]))
	g.unwritten.add(a)
}

// lostBefore has a push count as lost before its refusal is written.
func (g *Gateway) lostBefore(ctx context.Context, a pushAnswer) error {
	var refusal *PushError
	if !errors.As(a.err, &refusal) || refusal.Ambiguous {
		return nil
	}
	err := g.update(ctx, func(tx Tx) error {
		push, err := tx.PushByToken(a.begun.Token)
		if err != nil {
			return err
		}
		p, err := tx.Payment(push.PaymentID)
		if err != nil || push.State != PushBegun || p.State != Sending && p.State != Resending {
			return err
		}
		return g.crashed(tx, p)
	})
	if err != nil {
		return fmt.Errorf("recording that push %d of payment %d is lost: %w", a.begun.Number, a.begun.PaymentID, err)
	}
	return nil
}
