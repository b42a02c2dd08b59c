package gateway

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Erased says what became of a wish to erase a customer's data.
type Erased struct {
	Payments  int     // whose personal data are gone now
	Callbacks int     // whose bodies are gone now, those of nobody's payment included
	Kept      []int64 // payments that are still open or whose webhook is not delivered; ask again later
	Keys      int     // idempotency keys that contain the number; they stay, since they keep an order from being pushed twice
}

// eraseBatch is how many payments are erased in one transaction: few, so that orders
// do not wait behind them.
const eraseBatch = 20

// EraseCustomer takes a customer's number, and all that was said under it, out of
// the database: phone, fingerprint, callback bodies, webhook bodies, what partners
// answered, and the number wherever else it is written. Amounts, receipts, states,
// times, ids and digests stay, and the chain of the raw log still verifies. It may
// be called again, and while others erase.
func (g *Gateway) EraseCustomer(ctx context.Context, phone daraja.MSISDN) (Erased, error) {
	var done Erased
	for after, more := int64(0), true; more; {
		page, err := g.unerased(ctx, PaymentFilter{Phone: phone, After: after, Limit: eraseBatch})
		if err != nil {
			return done, err
		}
		if more = len(page) > 0; more {
			after = page[len(page)-1].ID
			if err := g.erase(ctx, page, eraseRule{}, &done); err != nil {
				return done, err
			}
		}
	}
	if err := g.eraseMentions(ctx, phone, &done); err != nil {
		return done, err
	}
	return done, nil
}

// Retain erases the customers' data of payments that were settled before a time, as
// EraseCustomer does, and the bodies of callbacks of nobody. It returns how many
// payments it erased.
func (g *Gateway) Retain(ctx context.Context, before time.Time) (int, error) {
	var done Erased
	for after, more := int64(0), true; more; {
		page, err := g.unerased(ctx, PaymentFilter{Before: before, Unerased: true, After: after, Limit: eraseBatch})
		if err != nil {
			return done.Payments, err
		}
		if more = len(page) > 0; more {
			after = page[len(page)-1].ID
			if err := g.erase(ctx, page, eraseRule{before: before}, &done); err != nil {
				return done.Payments, err
			}
		}
	}
	return done.Payments, g.eraseStrays(ctx, before, &done)
}

func (g *Gateway) unerased(ctx context.Context, f PaymentFilter) (page []*Payment, err error) {
	err = g.Store.View(ctx, func(tx Tx) error {
		page, err = tx.Payments(f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing payments to be erased: %w", err)
	}
	return page, nil
}

// eraseRule says which payments are kept. By age (before is set), one that has
// changed since is kept, and a webhook that was given up is no reason to keep one;
// on request it is, since the partner may still ask for it.
type eraseRule struct{ before time.Time }

func (r eraseRule) keeps(p *Payment, deliveries []*Delivery) bool {
	if !p.ReviewAt.IsZero() || p.State.Status() == StatusPending || p.State.Status() == StatusReview || !p.DueAt.IsZero() {
		return true
	}
	if !r.before.IsZero() && !p.UpdatedAt.Before(r.before) {
		return true
	}
	for _, d := range deliveries {
		if d.State == DeliveryDue || d.State == DeliveryExhausted && r.before.IsZero() {
			return true
		}
	}
	return false
}

// erase erases a page of payments in one transaction. Each is read again in it,
// since a late callback or another replica may have been faster.
func (g *Gateway) erase(ctx context.Context, page []*Payment, rule eraseRule, done *Erased) error {
	var now Erased
	err := g.Store.Update(ctx, func(tx Tx) error {
		now = Erased{}
		for _, seen := range page {
			p, err := tx.Payment(seen.ID)
			if err != nil {
				return fmt.Errorf("reading payment %d: %w", seen.ID, err)
			}
			deliveries, err := tx.DeliveriesOf(p.ID)
			if err != nil {
				return fmt.Errorf("reading the webhooks of payment %d: %w", p.ID, err)
			}
			switch {
			case !p.ErasedAt.IsZero():
			case rule.keeps(p, deliveries):
				now.Kept = append(now.Kept, p.ID)
			default:
				if err := g.erasePayment(tx, p, deliveries, &now); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("erasing customers' data: %w", err)
	}
	done.add(now)
	return nil
}

func (e *Erased) add(o Erased) {
	e.Payments += o.Payments
	e.Callbacks += o.Callbacks
	e.Keys += o.Keys
	e.Kept = append(e.Kept, o.Kept...)
}

func (g *Gateway) erasePayment(tx Tx, p *Payment, deliveries []*Delivery, done *Erased) error {
	hide := hider(p.Phone)
	if hide(p.IdempotencyKey) != p.IdempotencyKey {
		done.Keys++
	}
	done.Payments++
	callbacks, err := tx.CallbacksOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the callbacks of payment %d: %w", p.ID, err)
	}
	for _, c := range callbacks {
		if err := g.eraseBody(tx, c, done); err != nil {
			return err
		}
	}
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	for _, push := range pushes {
		push.MerchantRequestID, push.CheckoutRequestID, push.Detail = hide(push.MerchantRequestID), hide(push.CheckoutRequestID), hide(push.Detail)
		if err := tx.SavePush(push); err != nil {
			return fmt.Errorf("erasing push %d of payment %d: %w", push.Number, p.ID, err)
		}
	}
	for _, d := range deliveries {
		d.Body, d.URL = nil, hide(d.URL)
		if err := tx.SaveDelivery(d); err != nil {
			return fmt.Errorf("erasing delivery %d: %w", d.ID, err)
		}
		if err := tx.EraseReplies(d.ID); err != nil {
			return fmt.Errorf("erasing the replies to delivery %d: %w", d.ID, err)
		}
	}
	for _, s := range []*string{
		&p.Reference, &p.CallbackURL, &p.MerchantRequestID, &p.CheckoutRequestID, &p.ResultDesc, &p.Refusal, &p.ReviewReason,
	} {
		*s = hide(*s)
	}
	p.Phone, p.Fingerprint, p.ErasedAt = "", "", g.now() // a hash of a number is soon guessed
	if err := tx.SavePayment(p); err != nil {
		return fmt.Errorf("erasing payment %d: %w", p.ID, err)
	}
	return nil
}

// eraseBody empties a callback's body, unless somebody has before.
func (g *Gateway) eraseBody(tx Tx, c Callback, done *Erased) error {
	if !c.ErasedAt.IsZero() {
		return nil
	}
	if err := tx.EraseCallback(c.ID, g.now()); err != nil {
		return fmt.Errorf("erasing callback %d: %w", c.ID, err)
	}
	done.Callbacks++
	return nil
}

// unerase has a payment erased once more when its time comes again: a callback for
// it has come after all, and what that says of the customer is on record again.
func (g *Gateway) unerase(tx Tx, p *Payment) error {
	if p.ErasedAt.IsZero() {
		return nil
	}
	p.ErasedAt, p.UpdatedAt = time.Time{}, g.now()
	if err := tx.SavePayment(p); err != nil {
		return fmt.Errorf("saving payment %d: %w", p.ID, err)
	}
	return nil
}

// hidden stands for the nine digits of a number that was erased.
const hidden = "XXXXXXXXX"

// hideNumbers masks whatever may be a number in words that are kept for good: a
// verdict is part of the chain and can't be erased.
func hideNumbers(s string) string {
	b := []byte(s)
	for i := 0; i < len(b); i++ {
		end := i
		for end < len(b) && b[end] >= '0' && b[end] <= '9' {
			end++
		}
		if end-i >= len(hidden) {
			copy(b[i:end], bytes.Repeat([]byte("X"), end-i))
		}
		i = end
	}
	return string(b)
}

// hider masks a number wherever a text has its nine digits, with or without what
// comes before them. M-PESA's CheckoutRequestIDs end in them.
func hider(phone daraja.MSISDN) func(string) string {
	digits := phone.National()
	if digits == "" {
		return func(s string) string { return s }
	}
	return func(s string) string { return strings.ReplaceAll(s, digits, hidden) }
}

// eraseMentions empties the bodies, of whatever callback, that contain a number:
// forged ones, and payments by another phone than was asked. Those of payments that
// are kept stay.
func (g *Gateway) eraseMentions(ctx context.Context, phone daraja.MSISDN, done *Erased) error {
	digits := []byte(phone.National())
	kept := make(map[int64]bool)
	for _, id := range done.Kept {
		kept[id] = true
	}
	return g.eraseWhere(ctx, done, func(tx Tx, c *Callback) (bool, error) {
		if kept[c.PaymentID] || !bytes.Contains(c.Body, digits) {
			return false, nil
		}
		if c.PaymentID == 0 {
			return true, nil
		}
		p, err := tx.Payment(c.PaymentID)
		if err != nil {
			return false, fmt.Errorf("reading payment %d: %w", c.PaymentID, err)
		}
		return !eraseRule{}.keeps(p, nil), nil
	})
}

// eraseStrays empties the bodies of callbacks of nobody that came before a time.
func (g *Gateway) eraseStrays(ctx context.Context, before time.Time, done *Erased) error {
	return g.eraseWhere(ctx, done, func(_ Tx, c *Callback) (bool, error) {
		return c.PaymentID == 0 && c.ReceivedAt.Before(before), nil
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
		if !c.ErasedAt.IsZero() || len(c.Body) == 0 {
			continue
		}
		ok, err := match(tx, c)
		if err != nil {
			return nil, err
		}
		if ok {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// eraseBodies empties bodies, but for those with which somebody else was faster.
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
