package ops

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// DefaultStall is for how long something may be due while nothing at all is done.
const DefaultStall = time.Minute

// Pulse feels whether what falls due is done. Old work alone does not say so: the
// webhooks of a partner that takes its full time for each may wait for long, and
// taking the gateway out of service would not help them.
type Pulse struct {
	Clock   gateway.Clock
	Backlog func(ctx context.Context) (gateway.Backlog, error)
	Stall   time.Duration // 0 is DefaultStall

	beat atomic.Int64 // when a piece of work was last done, in microseconds
}

// Worker returns next with its work felt.
func (p *Pulse) Worker(next gateway.Worker) gateway.Worker { return &felt{next, p} }

// Check fails when something has been due for too long and nothing was done
// meanwhile.
func (p *Pulse) Check(ctx context.Context) error {
	b, err := p.Backlog(ctx)
	if err != nil {
		return fmt.Errorf("reading the backlog: %w", err)
	}
	stall := p.Stall
	if stall == 0 {
		stall = DefaultStall
	}
	since := p.Clock.Now().Add(-stall)
	if b.Oldest.IsZero() || b.Oldest.After(since) || time.UnixMicro(p.beat.Load()).After(since) {
		return nil
	}
	return fmt.Errorf("%d payments and %d webhooks are due, the oldest since %s, and nothing is done",
		b.Payments, b.Deliveries, b.Oldest.UTC().Format(time.RFC3339))
}

type felt struct {
	next  gateway.Worker
	pulse *Pulse
}

// WorkPayment implements gateway.Worker.
func (f *felt) WorkPayment(ctx context.Context, id int64) error {
	return f.pulse.feel(f.next.WorkPayment(ctx, id))
}

// WorkDelivery implements gateway.Worker.
func (f *felt) WorkDelivery(ctx context.Context, id int64) error {
	return f.pulse.feel(f.next.WorkDelivery(ctx, id))
}

func (p *Pulse) feel(err error) error {
	if err == nil {
		p.beat.Store(p.Clock.Now().UnixMicro())
	}
	return err
}

// Backlog asks a store what is due now.
func Backlog(store gateway.Store, clock gateway.Clock) func(ctx context.Context) (gateway.Backlog, error) {
	return func(ctx context.Context) (b gateway.Backlog, err error) {
		err = store.View(ctx, func(tx gateway.Tx) error {
			b, err = tx.Backlog(clock.Now())
			return err
		})
		return b, err
	}
}
