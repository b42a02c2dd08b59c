package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// KeepIncomplete keeps for audit what came of a callback whose body did not come whole,
// with the reason in its verdict. It settles nothing, as what is missing might change
// what the callback says, so the sender must not get an acknowledgement. Tokens that no
// push has are limited as in TakeCallback. An error means that nothing is on record.
func (g *Gateway) KeepIncomplete(ctx context.Context, token string, from Origin, body []byte, reason string) (verdict string, err error) {
	c := &Callback{Token: token[:min(len(token), maxToken)], Remote: from.Remote, ReceivedAt: g.now()}
	salt, err := g.salt()
	if err != nil {
		return "", err
	}
	ctx = context.WithoutCancel(ctx) // kept even when the sender has hung up
	if flooded, err := g.flooded(ctx, c.Token); flooded || err != nil {
		return VerdictDropped, err
	}
	var p *Payment
	err = g.update(ctx, func(tx Tx) error {
		c.Body, c.Salt, c.ErasedAt = body, salt, time.Time{} // f may have run before
		if p, err = g.ownerOf(tx, c); err != nil {
			return err
		}
		if c.Verdict = VerdictNobody; p != nil {
			c.Verdict = VerdictIncomplete + ": " + reason
		}
		if err := g.eraseLate(tx, p, c); err != nil {
			return err
		}
		return tx.InsertCallback(c)
	})
	if errors.Is(err, errStranger) {
		return VerdictDropped, nil
	}
	if err != nil {
		return "", fmt.Errorf("keeping a callback that did not come whole: %w", err)
	}
	g.tellCallback(ctx, c, p)
	return c.Verdict, nil
}

// ownerOf finds the payment that c names by its token, nil when no push has it.
func (g *Gateway) ownerOf(tx Tx, c *Callback) (*Payment, error) {
	push, err := tx.PushByToken(c.Token)
	if errors.Is(err, ErrNotFound) {
		if !g.keepsStranger() {
			return nil, errStranger
		}
		c.Token = hideStranger(c.Token)
		return nil, nil //nolint:nilnil // as said
	}
	if err != nil {
		return nil, fmt.Errorf("finding the push: %w", err)
	}
	c.PaymentID = push.PaymentID
	p, err := tx.Payment(push.PaymentID)
	if err != nil {
		return nil, fmt.Errorf("finding the payment: %w", err)
	}
	return p, nil
}
