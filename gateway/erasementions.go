package gateway

import (
	"context"
	"fmt"
	"time"
)

// mentionPage is how many payments are looked at in one view for a number.
const mentionPage = 500

// maskMentions masks a number in the texts of all payments but those that are kept:
// references, URLs, refusals, replies of partners and the rest.
func (g *Gateway) maskMentions(ctx context.Context, n number, done *Erased) error {
	for after := int64(0); ; {
		var found []int64
		var last int64
		err := g.Store.View(ctx, func(tx Tx) (err error) {
			found, last, err = tx.PaymentsWith(string(n), after, mentionPage)
			return err
		})
		if err != nil {
			return fmt.Errorf("looking for a number in payments: %w", err)
		}
		if last == 0 {
			return nil
		}
		after = last
		for len(found) > 0 {
			batch := found[:min(len(found), eraseBatch)]
			found = found[len(batch):]
			if err := g.maskBatch(ctx, batch, n, done); err != nil {
				return err
			}
		}
	}
}

func (g *Gateway) maskBatch(ctx context.Context, ids []int64, n number, done *Erased) error {
	var now Erased
	var work *eraseWork
	err := g.Store.Update(ctx, func(tx Tx) error {
		now, work = Erased{}, newEraseWork(make(map[int64]bool))
		for _, id := range ids {
			if err := g.maskPayment(tx, id, n, work, &now); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("masking a number in payments: %w", err)
	}
	done.add(now)
	return g.clearReplies(ctx, work)
}

// maskPayment masks the number in what belongs to a payment. A payment by the number
// itself was erased or kept before.
func (g *Gateway) maskPayment(tx Tx, id int64, n number, work *eraseWork, done *Erased) error {
	p, err := tx.Payment(id)
	if err != nil {
		return fmt.Errorf("reading payment %d: %w", id, err)
	}
	if numberOf(p.Phone) == n {
		return nil
	}
	deliveries, err := tx.DeliveriesOf(id)
	if err != nil {
		return fmt.Errorf("reading the webhooks of payment %d: %w", id, err)
	}
	mentions, err := g.mentioned(tx, p, deliveries, n)
	rule := g.rule(time.Time{}, true)
	switch {
	case err != nil || !mentions:
		return err
	case rule.keeps(p, deliveries):
		done.keep(rule, p, deliveries)
		return nil
	}
	done.Mentions++
	return g.maskFields(tx, p, deliveries, n, work, done)
}

// mentioned reports whether the number is in what may be masked of a payment.
func (g *Gateway) mentioned(tx Tx, p *Payment, deliveries []*Delivery, n number) (bool, error) {
	texts := []string{p.Reference, p.CallbackURL, p.MerchantRequestID, p.CheckoutRequestID, p.ResultDesc, p.Refusal, p.ReviewReason}
	if g.Vault != nil {
		texts = append(texts, p.IdempotencyKey)
	}
	pushes, err := tx.PushesOf(p.ID)
	if err != nil {
		return false, fmt.Errorf("reading the pushes of payment %d: %w", p.ID, err)
	}
	for _, push := range pushes {
		texts = append(texts, push.MerchantRequestID, push.CheckoutRequestID, push.Detail, push.Inquiry.What)
	}
	for _, d := range deliveries {
		in, err := mentionedIn(tx, d, n)
		if err != nil || in {
			return in, err
		}
	}
	return n.inAny(texts), nil
}

func mentionedIn(tx Tx, d *Delivery, n number) (bool, error) {
	if n.inAny([]string{d.URL, string(d.Body), d.Reason}) {
		return true, nil
	}
	for after := 0; ; {
		page, err := tx.RepliesWith(d.ID, string(n), after, repliesPage)
		if err != nil {
			return false, fmt.Errorf("reading the replies to delivery %d: %w", d.ID, err)
		}
		for _, a := range page {
			if n.in(a.Reply) {
				return true, nil
			}
		}
		if len(page) < repliesPage {
			return false, nil
		}
		after = page[len(page)-1].Number
	}
}

// repliesPage is how many replies are looked at together for a number.
const repliesPage = 100

func (n number) inAny(texts []string) bool {
	for _, s := range texts {
		if n.in(s) {
			return true
		}
	}
	return false
}

// maskFields masks the number in a payment of another customer. A webhook that has it
// is emptied, since its signature covers every byte.
func (g *Gateway) maskFields(tx Tx, p *Payment, deliveries []*Delivery, n number, work *eraseWork, done *Erased) error {
	for _, d := range deliveries {
		in, err := mentionedIn(tx, d, n)
		if err != nil {
			return err
		}
		if !in {
			continue
		}
		if err := g.eraseDelivery(tx, d, n.hide, work, done); err != nil {
			return err
		}
	}
	if err := maskPushes(tx, p.ID, n.hide); err != nil {
		return err
	}
	if n.in(p.Reference) || n.in(p.CallbackURL) {
		p.Reference, p.CallbackURL = n.hide(p.Reference), n.hide(p.CallbackURL)
		p.Fingerprint = outlivesErasure(p.Fingerprint)
	}
	g.eraseKey(p, n)
	maskTexts(p, n.hide)
	if err := tx.SavePayment(p); err != nil {
		return fmt.Errorf("masking a number in payment %d: %w", p.ID, err)
	}
	return nil
}
