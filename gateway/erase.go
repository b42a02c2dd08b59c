package gateway

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Erased says what was erased of a customer, and what is kept.
type Erased struct {
	Payments  int     // whose personal data are gone now
	Mentions  int     // payments of other customers in which the number is masked now
	Callbacks int     // whose bodies are gone now, those whose token no push has included
	Untold    int     // webhooks that were given up, of what was erased: their partners were not told
	Kept      []int64 // payments that are still open or whose webhook is still tried; ask again later
	Reviews   []int64 // those of Kept that need a person: they are kept until their review is resolved
	Trying    []int64 // those of Kept that are settled, and whose webhook is still tried

	Until   time.Time // when the last of Trying may be erased at the latest; zero without any
	Chained int       // callbacks whose token or verdict contains the number; they stay, since the chain covers them
	Left    string    // why copies of what was erased may be in the database's files, "" when there are none
}

// eraseBatch is how many payments are erased in one transaction: few, so that orders
// do not wait behind them.
const eraseBatch = 20

// EraseCustomer takes a customer's number, and all that was said under it, out of
// the database: phone, callback bodies, webhook bodies, what partners answered, a
// fingerprint without a key, and the number in idempotency keys and in texts of other
// payments. Amounts, receipts, states, times, ids and digests stay, and the chain of the
// raw log still verifies. It may be called again, and while others erase.
func (g *Gateway) EraseCustomer(ctx context.Context, phone daraja.MSISDN) (Erased, error) {
	var done Erased
	err := g.erasePages(ctx, PaymentFilter{Phone: phone}, g.rule(time.Time{}, true), &done)
	if err != nil {
		return done, err
	}
	if err := g.maskMentions(ctx, numberOf(phone), &done); err != nil {
		return done, err
	}
	if err := g.eraseMentions(ctx, numberOf(phone), &done); err != nil {
		return done, err
	}
	done.Left, err = g.purge(ctx)
	return done, err
}

// purge has the store take what was overwritten out of its files.
func (g *Gateway) purge(ctx context.Context) (left string, err error) {
	purger, ok := g.Store.(Purger)
	if !ok {
		return "", nil
	}
	if left, err = purger.Purge(ctx); err != nil {
		return "", fmt.Errorf("taking what was erased out of the database's files: %w", err)
	}
	return left, nil
}

// Retain erases the customers' data of payments that were settled before a time, as
// EraseCustomer does, and the bodies of callbacks whose token no push has. It returns how many
// payments it erased.
func (g *Gateway) Retain(ctx context.Context, before time.Time) (int, error) {
	var done Erased
	err := g.erasePages(ctx, PaymentFilter{Before: before, Unerased: true}, g.rule(before, false), &done)
	if err == nil {
		err = g.eraseStrays(ctx, before, &done)
	}
	return done.Payments, g.purgeAfter(ctx, done, err)
}

// EraseAgain erases what callbacks brought that came after the erasure of their payment,
// when the payment needs it no longer. It returns how many payments it erased.
func (g *Gateway) EraseAgain(ctx context.Context) (int, error) {
	var done Erased
	err := g.erasePages(ctx, PaymentFilter{Again: true}, g.rule(time.Time{}, false), &done)
	return done.Payments, g.purgeAfter(ctx, done, err)
}

// purgeAfter purges when something was erased. What is left is purged by the next one.
func (g *Gateway) purgeAfter(ctx context.Context, done Erased, err error) error {
	if err != nil || done.Payments+done.Callbacks == 0 {
		return err
	}
	_, err = g.purge(ctx)
	return err
}

// erasePages erases the payments that a filter lets through, page by page.
func (g *Gateway) erasePages(ctx context.Context, f PaymentFilter, rule eraseRule, done *Erased) error {
	f.Limit = eraseBatch
	for {
		page, err := g.unerased(ctx, f)
		if err != nil || len(page) == 0 {
			return err
		}
		f.After = page[len(page)-1].ID
		if err := g.erase(ctx, page, rule, done); err != nil {
			return err
		}
	}
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

// eraseRule says which payments are kept. By age (before is set), one that has changed
// since is kept.
type eraseRule struct {
	before  time.Time
	request bool // of the customer
	now     time.Time
	within  time.Duration // how long after its creation a webhook keeps a payment at most
}

func (g *Gateway) rule(before time.Time, request bool) eraseRule {
	return eraseRule{before: before, request: request, now: g.now(), within: g.Waits.webhooks()}
}

func (r eraseRule) keeps(p *Payment, deliveries []*Delivery) bool {
	return r.open(p) || slices.ContainsFunc(deliveries, r.tries)
}

// open reports whether something may still happen to a payment, or has since before.
func (r eraseRule) open(p *Payment) bool {
	if !p.ReviewAt.IsZero() || p.State.Status() == StatusPending || p.State.Status() == StatusReview || !p.WorkAt().IsZero() {
		return true
	}
	return !r.before.IsZero() && !p.UpdatedAt.Before(r.before)
}

// tries reports whether a webhook is still tried, and keeps its payment for that. What has
// been exhausted does not: the partner would keep a number for as long as it does not
// answer. Nor does one that a partner makes due again and again by asking for it. On
// request of the customer the time is the same for all, so that it can be told.
func (r eraseRule) tries(d *Delivery) bool {
	return d.State == DeliveryDue && (r.now.Before(r.until(d)) || !r.request && d.Resends == 0)
}

// until is when a webhook keeps its payment no longer.
func (r eraseRule) until(d *Delivery) time.Time { return d.CreatedAt.Add(r.within) }

// erase erases a page of payments, in as many transactions as it takes. Each payment is
// read again in them, since a late callback or another replica may have been faster.
func (g *Gateway) erase(ctx context.Context, page []*Payment, rule eraseRule, done *Erased) error {
	cleared := make(map[int64]bool)
	for len(page) > 0 {
		var now Erased
		var work *eraseWork
		left := page
		err := g.Store.Update(ctx, func(tx Tx) error {
			now, work, left = Erased{}, newEraseWork(cleared), page // f may have run before
			for len(left) > 0 {
				finished, err := g.eraseSeen(tx, left[0].ID, rule, work, &now)
				if err != nil || !finished {
					return err
				}
				left = left[1:]
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("erasing customers' data: %w", err)
		}
		done.add(now)
		if err := g.clearReplies(ctx, work); err != nil {
			return err
		}
		page = left
	}
	return nil
}

// eraseSeen erases a payment unless it is kept. finished is false when some is left for
// another transaction.
func (g *Gateway) eraseSeen(tx Tx, id int64, rule eraseRule, work *eraseWork, done *Erased) (finished bool, err error) {
	p, err := tx.Payment(id)
	if err != nil {
		return false, fmt.Errorf("reading payment %d: %w", id, err)
	}
	if !p.ErasedAt.IsZero() {
		return true, nil
	}
	deliveries, err := tx.DeliveriesOf(p.ID)
	if err != nil {
		return false, fmt.Errorf("reading the webhooks of payment %d: %w", p.ID, err)
	}
	if rule.keeps(p, deliveries) {
		done.keep(rule, p, deliveries)
		return true, nil
	}
	return g.erasePayment(tx, p, deliveries, work, done)
}

func (e *Erased) add(o Erased) {
	e.Payments += o.Payments
	e.Mentions += o.Mentions
	e.Callbacks += o.Callbacks
	e.Kept = append(e.Kept, o.Kept...)
	e.Reviews = append(e.Reviews, o.Reviews...)
	e.Untold += o.Untold
	e.Trying = append(e.Trying, o.Trying...)
	if o.Until.After(e.Until) {
		e.Until = o.Until
	}
}

// keep notes a payment that is not erased.
func (e *Erased) keep(rule eraseRule, p *Payment, deliveries []*Delivery) {
	e.Kept = append(e.Kept, p.ID)
	if !p.ReviewAt.IsZero() {
		e.Reviews = append(e.Reviews, p.ID)
	}
	if rule.open(p) {
		return
	}
	e.Trying = append(e.Trying, p.ID)
	for _, d := range deliveries {
		if until := rule.until(d); rule.tries(d) && until.After(e.Until) {
			e.Until = until
		}
	}
}

// erasePayment erases a payment. It counts as erased when all that belongs to it is; until
// then what is left can be found by its phone, or by PaymentFilter.Again, also after a crash.
func (g *Gateway) erasePayment(tx Tx, p *Payment, deliveries []*Delivery, work *eraseWork, done *Erased) (finished bool, err error) {
	hide := numberOf(p.Phone).hide
	if p.Phone == "" { // erased before, and a callback has come since
		hide = hideNumbersAgain
	}
	if finished, err = g.eraseCallbacks(tx, p.ID, work, done); err != nil || !finished {
		return false, err
	}
	for _, d := range deliveries {
		if err := g.eraseDelivery(tx, d, hide, work, done); err != nil {
			return false, err
		}
	}
	if len(work.replies) > 0 {
		return false, nil
	}
	if err := maskPushes(tx, p.ID, hide); err != nil {
		return false, err
	}
	if p.Phone != "" {
		p.Reference, p.CallbackURL = hide(p.Reference), hide(p.CallbackURL)
		g.eraseKey(p, numberOf(p.Phone))
	}
	maskTexts(p, hide)
	p.Phone, p.Fingerprint, p.ErasedAt = "", outlivesErasure(p.Fingerprint), g.now()
	if err := tx.SavePayment(p); err != nil {
		return false, fmt.Errorf("erasing payment %d: %w", p.ID, err)
	}
	done.Payments++
	return true, nil
}

// maskTexts masks a number in what M-PESA said of a payment.
func maskTexts(p *Payment, hide func(string) string) {
	for _, s := range []*string{&p.MerchantRequestID, &p.CheckoutRequestID, &p.ResultDesc, &p.Refusal, &p.ReviewReason} {
		*s = hide(*s)
	}
}

// maskPushes masks a number in the pushes of a payment.
func maskPushes(tx Tx, payment int64, hide func(string) string) error {
	pushes, err := tx.PushesOf(payment)
	if err != nil {
		return fmt.Errorf("reading the pushes of payment %d: %w", payment, err)
	}
	for _, push := range pushes {
		was := push
		push.MerchantRequestID, push.CheckoutRequestID, push.Detail = hide(push.MerchantRequestID), hide(push.CheckoutRequestID), hide(push.Detail)
		push.Inquiry.What = hide(push.Inquiry.What)
		if push == was {
			continue
		}
		if err := tx.SavePush(push); err != nil {
			return fmt.Errorf("erasing push %d of payment %d: %w", push.Number, payment, err)
		}
	}
	return nil
}

// eraseDelivery empties a webhook and what was answered to it. It can't be sent again, so
// one that is still due is given up.
func (g *Gateway) eraseDelivery(tx Tx, d *Delivery, hide func(string) string, work *eraseWork, done *Erased) error {
	untold, err := untold(tx, d)
	if err != nil {
		return err
	}
	if untold {
		done.Untold++
	}
	if d.State == DeliveryDue {
		d.exhaust("given up, since the customer's data were erased")
		d.UpdatedAt = g.now()
	}
	if url := hide(d.URL); url != d.URL {
		if err := tx.DeleteEndpoint(d.Partner, d.URL); err != nil {
			return fmt.Errorf("erasing what is known of a webhook's URL: %w", err)
		}
		d.URL = url
	}
	d.Body, d.Reason = nil, hide(d.Reason)
	if err := tx.SaveDelivery(d); err != nil {
		return fmt.Errorf("erasing delivery %d: %w", d.ID, err)
	}
	return work.eraseReplies(tx, d)
}

// untold reports whether no attempt of a webhook has reached its partner, and none will.
// One that was superseded has a later one in its place.
func untold(tx Tx, d *Delivery) (bool, error) {
	if d.State == DeliveryDone || d.Reason == superseded || len(d.Body) == 0 {
		return false, nil
	}
	reached, err := tx.Reached(d.ID)
	if err != nil {
		return false, fmt.Errorf("reading the attempts of delivery %d: %w", d.ID, err)
	}
	return !reached, nil
}
