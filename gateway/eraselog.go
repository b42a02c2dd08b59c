package gateway

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// eraseLate erases a callback, before it is kept, that comes for an erased payment, and
// what the payment and its pushes have of it: its digest stays for the chain. When the payment needs it, because something is open
// again, both are erased later, by EraseAgain.
func (g *Gateway) eraseLate(tx Tx, p *Payment, c *Callback) error {
	if p == nil || p.ErasedAt.IsZero() {
		return nil
	}
	deliveries, err := tx.DeliveriesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the webhooks of payment %d: %w", p.ID, err)
	}
	if g.rule(time.Time{}, false).keeps(p, deliveries) {
		p.ErasedAt, p.UpdatedAt = time.Time{}, g.now()
		if err := tx.SavePayment(p); err != nil {
			return fmt.Errorf("saving payment %d: %w", p.ID, err)
		}
		return nil
	}
	c.Erase(g.now())
	if err := maskPushes(tx, p.ID, hideNumbersAgain); err != nil {
		return err
	}
	was := *p
	if maskTexts(p, hideNumbersAgain); *p == was {
		return nil
	}
	return savePayment(tx, p)
}

// hideStranger masks what may be a number in a token that no push has, since the chain
// covers it. One that has the form of a token stays.
func hideStranger(token string) string {
	if len(token) == tokenLength && strings.Trim(token, "0123456789abcdef") == "" {
		return token
	}
	return hideNumbers(token)
}

// eraseMentions empties the bodies of all callbacks that contain a number: forged ones,
// and payments by another phone than was asked. Those of payments that are kept stay. A
// body can't be masked, since the chain covers it; what is declared of a result code
// stays in the verdict of its entry, and in the declaration, whose words are masked.
func (g *Gateway) eraseMentions(ctx context.Context, n number, done *Erased) error {
	if err := g.maskDeclarations(ctx, n); err != nil {
		return err
	}
	kept, chained := make(map[int64]bool), make(map[int64]bool)
	rule := g.rule(time.Time{}, true)
	for _, id := range done.Kept {
		kept[id] = true
	}
	err := g.eraseWhere(ctx, done, func(tx Tx, c *Callback) (bool, error) {
		if n.in(c.Token) || n.in(c.Verdict) {
			chained[c.ID] = true
		}
		if kept[c.PaymentID] || !n.in(string(c.Body)) {
			return false, nil
		}
		if c.PaymentID == 0 {
			return true, nil
		}
		p, err := tx.Payment(c.PaymentID)
		if err != nil {
			return false, fmt.Errorf("reading payment %d: %w", c.PaymentID, err)
		}
		if rule.open(p) {
			kept[p.ID] = true
			done.keep(rule, p, nil)
			return false, nil
		}
		return true, nil
	})
	done.Chained = len(chained)
	return err
}

// maskDeclarations masks a number in what people wrote of result codes.
func (g *Gateway) maskDeclarations(ctx context.Context, n number) error {
	err := g.Store.Update(ctx, func(tx Tx) error {
		all, err := tx.Declarations()
		if err != nil {
			return err
		}
		for _, d := range all {
			if !n.in(d.Note) && !n.in(d.By) {
				continue
			}
			d.Note, d.By = n.hide(d.Note), n.hide(d.By)
			if err := tx.SaveDeclaration(d); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("masking a number in declared result codes: %w", err)
	}
	return nil
}

// eraseStrays empties the bodies of callbacks whose token no push has and that came
// before a time. Entries that people make are no callbacks.
func (g *Gateway) eraseStrays(ctx context.Context, before time.Time, done *Erased) error {
	return g.eraseWhere(ctx, done, func(_ Tx, c *Callback) (bool, error) {
		return c.PaymentID == 0 && c.Remote != Administration && c.ReceivedAt.Before(before), nil
	})
}

// eraseWhere walks the raw log and empties the bodies that match.
func (g *Gateway) eraseWhere(ctx context.Context, done *Erased, match func(Tx, *Callback) (bool, error)) error {
	for last, more := int64(0), true; more; {
		var ids []int64
		err := g.Store.View(ctx, func(tx Tx) error {
			page, err := tx.CallbacksAfter(last, auditPage)
			if err != nil {
				return err
			}
			if more = len(page) > 0; more {
				last = page[len(page)-1].ID
			}
			ids, err = matching(tx, page, match)
			return err
		})
		if err != nil {
			return fmt.Errorf("reading the raw log: %w", err)
		}
		if err := g.eraseBodies(ctx, ids, done); err != nil {
			return err
		}
	}
	return nil
}

// matching lists those of a page that have a body and match.
func matching(tx Tx, page []Callback, match func(Tx, *Callback) (bool, error)) (ids []int64, err error) {
	for i := range page {
		c := &page[i]
		ok, err := match(tx, c)
		if err != nil {
			return nil, err
		}
		if ok && c.ErasedAt.IsZero() && len(c.Body) > 0 {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// eraseBodies empties bodies, but for those that are empty by now.
func (g *Gateway) eraseBodies(ctx context.Context, ids []int64, done *Erased) error {
	if len(ids) == 0 {
		return nil
	}
	err := g.Store.Update(ctx, func(tx Tx) error {
		for _, id := range ids {
			page, err := tx.CallbacksAfter(id-1, 1)
			if err != nil {
				return fmt.Errorf("reading callback %d: %w", id, err)
			}
			if len(page) == 1 && page[0].ID == id && page[0].ErasedAt.IsZero() {
				if err := tx.EraseCallback(id, g.now()); err != nil {
					return fmt.Errorf("erasing callback %d: %w", id, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("erasing callbacks: %w", err)
	}
	done.Callbacks += len(ids)
	return nil
}
