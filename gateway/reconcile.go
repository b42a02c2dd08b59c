package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
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
	case Pending, Unknown, Confirming, Unresolved:
		return g.check(ctx, p)
	case Retrying:
		return g.pushAgain(ctx, id)
	default:
		return g.happen(ctx, p, Crashed, fact{})
	}
}

// check asks Daraja what became of a prompt and applies the answer. This is the place
// of further sources, such as M-PESA's transaction status and its list of
// transactions: each can say what a query says, so each can give a QueryAnswer.
// Where M-PESA may not be asked now, the question is put off and does not count.
func (g *Gateway) check(ctx context.Context, p *Payment) error {
	ctx = follow(ctx, p.ID, p.Trace)
	answer := QueryAnswer{Pending: true}
	prompt, err := g.prompt(ctx, p)
	if err != nil {
		return err
	}
	if prompt != "" { // without it nobody can be asked; the callback may still come
		g.reach(QueryAsking)
		got, err := g.Daraja.Query(ctx, prompt)
		g.reach(QueryAnswered)
		var notNow *NotNow
		switch {
		case errors.As(err, &notNow):
			return g.checkLater(ctx, p, notNow.Wait)
		case ctx.Err() != nil:
			return fmt.Errorf("asking for payment %d: %w", p.ID, ctx.Err())
		case err != nil:
			g.warn(ctx, "query failed", "error", err)
		default:
			answer = got
		}
	}
	event := g.judgeQuery(p, answer)
	if err := g.happen(ctx, p, event, learnt(p, event, answer)); err != nil {
		return err
	}
	g.reach(QueryWritten)
	return nil
}

// learnt is what the answer to a query adds to what is known of p.
func learnt(p *Payment, e Event, a QueryAnswer) fact {
	if e == QueryPending || e == QueryExhausted {
		f := fact{reason: fmt.Sprintf("no callback, and no answer to %d queries", p.Checks+1)}
		if p.State == Confirming {
			f.reason = fmt.Sprintf("%s, and %d queries gave no answer", unconfirmed(p), p.Checks+1)
		}
		return f
	}
	f := fact{result: result{code: a.ResultCode, desc: a.ResultDesc}}
	if p.State == Confirming {
		f.reason = fmt.Sprintf("%s, M-PESA's query says %s %s", unconfirmed(p), a.ResultCode, a.ResultDesc)
	}
	return f
}

// prompt is the CheckoutRequestID of p's latest push, "" when it was never learnt.
// An earlier push must not be asked about: its 4005 would call for another push
// while the customer may have the prompt of the latest.
func (g *Gateway) prompt(ctx context.Context, p *Payment) (id string, err error) {
	err = g.Store.View(ctx, func(tx Tx) error {
		pushes, err := tx.PushesOf(p.ID)
		for _, push := range pushes {
			if push.Number == p.Pushes {
				id = push.CheckoutRequestID
			}
		}
		return err
	})
	if err != nil {
		return "", fmt.Errorf("finding the prompt of payment %d: %w", p.ID, err)
	}
	return id, nil
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
		e, f := e, f // it may run twice
		p, err := tx.Payment(seen.ID)
		if err != nil {
			return err
		}
		if p.State != seen.State || p.Pushes != seen.Pushes || p.Checks != seen.Checks {
			return nil
		}
		if e == QueryPending {
			p.Checks++
			f.soon = !p.DueAt.Equal(seen.DueAt) // a callback has brought the next query forward meanwhile
		}
		defer g.reach(QueryWriting)
		if (p.State == Confirming || p.State == Unresolved) && e == QuerySuccess {
			if e, f, err = g.confirmed(tx, p, f); err != nil {
				return err
			}
		}
		e, f = contradicted(p, e, f)
		return g.apply(tx, p, e, f)
	})
	if err != nil {
		return fmt.Errorf("payment %d, %s: %w", seen.ID, e, err)
	}
	return nil
}

// checkLater puts the next query of p off, uncounted.
func (g *Gateway) checkLater(ctx context.Context, seen *Payment, wait time.Duration) error {
	err := g.update(ctx, func(tx Tx) error {
		p, err := tx.Payment(seen.ID)
		if err != nil || p.State != seen.State || p.Pushes != seen.Pushes || p.Checks != seen.Checks || !p.DueAt.Equal(seen.DueAt) {
			return err
		}
		return g.putOff(tx, p, wait)
	})
	if err != nil {
		return fmt.Errorf("putting off the query of payment %d: %w", seen.ID, err)
	}
	return nil
}

// putOff makes p due again after a wait; nothing else happens to it.
func (g *Gateway) putOff(tx Tx, p *Payment, wait time.Duration) error {
	p.DueAt = g.now().Add(wait)
	if err := tx.SavePayment(p); err != nil {
		return fmt.Errorf("saving payment %d: %w", p.ID, err)
	}
	return nil
}
