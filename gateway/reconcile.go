package gateway

import (
	"context"
	"fmt"
)

// WorkPayment does what is due for a payment: ask Daraja about a prompt that has
// had no callback, push again, or give up on a push whose end was never recorded.
func (g *Gateway) WorkPayment(ctx context.Context, id int64) error {
	p, err := g.load(ctx, id)
	if err != nil {
		return err
	}
	if p.DueAt.IsZero() || p.DueAt.After(g.now()) {
		return nil
	}
	switch p.State {
	case Pending, Unknown:
		return g.check(ctx, p)
	case Retrying:
		return g.pushAgain(ctx, id)
	default:
		return g.happen(ctx, p, Crashed, fact{})
	}
}

// check asks Daraja what became of a prompt and applies the answer.
func (g *Gateway) check(ctx context.Context, p *Payment) error {
	ctx = follow(ctx, p.ID, p.Trace)
	answer := QueryAnswer{Pending: true}
	if p.CheckoutRequestID != "" { // without it nobody can be asked; the callback may still come
		got, err := g.Daraja.Query(ctx, p.CheckoutRequestID)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("asking for payment %d: %w", p.ID, ctx.Err())
		case err != nil:
			g.warn(ctx, "query failed", "error", err)
		default:
			answer = got
		}
	}
	event := g.judgeQuery(p, answer)
	f := fact{reason: fmt.Sprintf("no callback, and no answer to %d queries", p.Checks+1)}
	if event != QueryPending && event != QueryExhausted {
		f = fact{result: result{code: answer.ResultCode, desc: answer.ResultDesc}}
	}
	return g.happen(ctx, p, event, f)
}

func (g *Gateway) judgeQuery(p *Payment, a QueryAnswer) Event {
	last := p.Checks >= len(g.Waits.Query)
	policy := PolicyFor(a.ResultCode)
	switch {
	case a.Pending || policy.Undecided || policy.Transient && !last:
		if last {
			return QueryExhausted
		}
		return QueryPending
	case policy.Paid:
		return QuerySuccess
	case policy.PushAgain && p.Pushes < policy.MaxPushes:
		return QueryRetryable
	default:
		return QueryFailure
	}
}

// happen applies an event to a payment unless it has moved on since it was read.
func (g *Gateway) happen(ctx context.Context, seen *Payment, e Event, f fact) error {
	err := g.update(ctx, func(tx Tx) error {
		p, err := tx.Payment(seen.ID)
		if err != nil {
			return err
		}
		if p.State != seen.State || p.Pushes != seen.Pushes || p.Checks != seen.Checks {
			return nil
		}
		if e == QueryPending {
			p.Checks++
		}
		return g.apply(tx, p, e, f)
	})
	if err != nil {
		return fmt.Errorf("payment %d, %s: %w", seen.ID, e, err)
	}
	return nil
}
