package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// partnerSteps speak of the business that wants money: what it orders, and what it
// is answered at once.
func (w *world) partnerSteps() []step {
	return []step{
		{`^the partner asks for KES (\d+)$`, w.asks},
		{`^the partner asks for KES (\d+) from "([^"]*)"$`, w.asksFrom},
		{`^the partner asks for KES (\d+) with the reference "([^"]*)"$`, w.asksWithReference},
		{`^the customer's prompt shows the reference "([^"]*)"$`, w.promptShowsReference},
		{`^the customer's prompt shows the payment's own reference$`, w.promptShowsOwnReference},
		{`^the partner sees the reference "([^"]*)"$`, w.seesReference},
		{`^the partner asks for KES (\d+) with the key "([^"]*)"$`, w.asksWithKey},
		{`^another partner asks for KES (\d+) with the key "([^"]*)"$`, w.anotherAsksWithKey},
		{`^the partner asks for KES (\d+), to be told at another address$`, w.asksForAnotherAddress},
		{`^the partner is told that an order for KES (\d+) was paid$`, w.anOrderWasPaid},
		{`^the partner looks at the first payment$`, w.looksAtTheFirst},
		{`^the order is accepted$`, w.isAccepted},
		{`^the order is a duplicate of the first one$`, w.isDuplicate},
		{`^the gateway refuses the order because "([^"]*)"$`, w.isRefused},
		{`^the gateway refuses the order as another one, because "([^"]*)"$`, w.isAnotherOrder},
		{`^M-PESA refuses the order with "([^"]*)"$`, w.isRefusedByMpesa},
	}
}

// newOrder is an order of the scenario's customer.
func (w *world) newOrder(amount int64) *order {
	return &order{
		gateway: w.at.Gateway, apiKey: w.at.PartnerKey, phone: w.phone, asked: w.phone, amount: amount, path: w.path(), down: w.down,
		reference: fmt.Sprintf("%s-%d", w.name[3:], len(w.orders)+1), // it goes to M-PESA whole
	}
}

// body is the order as JSON.
func (w *world) body(o *order) map[string]any {
	return map[string]any{
		"phone": o.asked, "amount": o.amount, "reference": o.reference, "callback_url": w.at.InboxForGateway + o.path,
	}
}

// send sends an order and keeps the answer. An order with a key that was used
// before is the earlier one again, as far as M-PESA and the webhook go.
func (w *world) send(ctx context.Context, o *order) error {
	if earlier := w.withKey(o); earlier != nil {
		o.reference, o.path = earlier.reference, earlier.path
	}
	body, err := json.Marshal(w.body(o))
	if err != nil {
		return err
	}
	for range mostTries {
		w.said, err = w.order(ctx, o.apiKey, o.key, body)
		if err != nil {
			return err
		}
		if w.said.status != http.StatusServiceUnavailable || w.said.wait == 0 || w.hasty {
			break
		}
		if err := w.comesBack(ctx); err != nil {
			return err
		}
	}
	w.keep(o, w.said)
	return nil
}

// order asks the gateway for a payment, and notes how long its answer took.
func (w *world) order(ctx context.Context, apiKey, key string, body []byte) (verdict, error) {
	began := w.now()
	v, err := w.partner.order(ctx, apiKey, key, body)
	v.took = w.now().Sub(began)
	return v, err
}

// now is the stack's time.
func (w *world) now() time.Time {
	if t, ok := w.stack.(Traveller); ok {
		return t.Now()
	}
	return time.Now()
}

// withKey finds the order that has a payment and o's idempotency key.
func (w *world) withKey(o *order) *order {
	for _, earlier := range w.orders {
		if o.key != "" && earlier.key == o.key && earlier.apiKey == o.apiKey {
			return earlier
		}
	}
	return nil
}

// keep remembers an order that has come on record.
func (w *world) keep(o *order, v verdict) {
	if v.TransactionID == 0 {
		return
	}
	if earlier := w.withKey(o); earlier != nil {
		w.last = earlier
		return
	}
	o.id, o.refused = v.TransactionID, v.status == http.StatusBadGateway
	o.late = v.took >= pushLost
	w.orders, w.suite.orders = append(w.orders, o), append(w.suite.orders, o)
	w.last = o
}

func (w *world) asks(ctx context.Context, amount int64) error {
	return w.send(ctx, w.newOrder(amount))
}

func (w *world) asksFrom(ctx context.Context, amount int64, phone string) error {
	o := w.newOrder(amount)
	o.asked = phone
	return w.send(ctx, o)
}

func (w *world) asksWithReference(ctx context.Context, amount int64, reference string) error {
	o := w.newOrder(amount)
	o.reference = reference
	return w.send(ctx, o)
}

// promptShowsReference looks for the latest prompt of the customer.
func (w *world) promptShowsReference(ctx context.Context, reference string) error {
	requests, err := w.recent(ctx)
	if err != nil {
		return err
	}
	last := "nothing"
	for _, r := range requests {
		if f := r.fields(); r.accepted() && text(f.PhoneNumber) == w.phone {
			last = text(f.AccountReference)
		}
	}
	if last != reference {
		return fmt.Errorf("the prompt shows %q", last)
	}
	return nil
}

func (w *world) promptShowsOwnReference(ctx context.Context) error {
	o, err := w.current()
	if err != nil {
		return err
	}
	return w.promptShowsReference(ctx, "T"+strings.ToUpper(strconv.FormatInt(o.id, 36)))
}

func (w *world) seesReference(ctx context.Context, reference string) error {
	t, err := w.payment(ctx)
	if err == nil && t.Reference != reference {
		err = fmt.Errorf("the partner sees %q", t.Reference)
	}
	return err
}

func (w *world) asksWithKey(ctx context.Context, amount int64, key string) error {
	o := w.newOrder(amount)
	o.key = w.key(key)
	return w.send(ctx, o)
}

func (w *world) anotherAsksWithKey(ctx context.Context, amount int64, key string) error {
	o := w.newOrder(amount)
	o.key, o.apiKey = w.key(key), w.at.OtherPartnerKey
	return w.send(ctx, o)
}

func (w *world) asksForAnotherAddress(ctx context.Context, amount int64) error {
	o := w.newOrder(amount)
	o.path = w.otherPath()
	return w.send(ctx, o)
}

func (w *world) anOrderWasPaid(ctx context.Context, amount int64) error {
	if err := w.asks(ctx, amount); err != nil {
		return err
	}
	if err := w.isAccepted(); err != nil {
		return err
	}
	return w.isToldSuccess(ctx)
}

func (w *world) looksAtTheFirst() error {
	if len(w.orders) == 0 {
		return fmt.Errorf("the scenario has no payment")
	}
	w.last = w.orders[0]
	return nil
}

// answered compares the gateway's latest answer to an order.
func (w *world) answered(status int, word, message string) error {
	if w.said.status != status || w.said.Status != word || w.said.Message != message {
		return fmt.Errorf("the gateway answered %s, not %d %q %q", w.said, status, word, message)
	}
	return nil
}

func (w *world) isAccepted() error {
	if _, err := w.current(); err != nil {
		return err
	}
	return w.answered(http.StatusOK, "success", "STK Push accepted for processing")
}

func (w *world) isDuplicate() error {
	if err := w.answered(http.StatusOK, "duplicate", "Duplicate request (idempotency)"); err != nil {
		return err
	}
	if w.said.TransactionID != w.orders[0].id {
		return fmt.Errorf("the answer names transaction %d, the first one was %d", w.said.TransactionID, w.orders[0].id)
	}
	return nil
}

func (w *world) isRefused(reason string) error {
	return w.answered(http.StatusBadRequest, "error", reason)
}

func (w *world) isAnotherOrder(reason string) error {
	return w.answered(http.StatusUnprocessableEntity, "error", reason)
}

func (w *world) isRefusedByMpesa(words string) error {
	if w.said.status != http.StatusBadGateway || w.said.Status != "error" || !strings.Contains(w.said.Message, words) {
		return fmt.Errorf("the gateway answered %s", w.said)
	}
	o, err := w.current()
	if err == nil && !o.refused {
		err = fmt.Errorf("the payment had been accepted before")
	}
	return err
}

// normal is a phone number in M-PESA's form.
func normal(phone string) string {
	m, err := daraja.NormaliseMSISDN(phone)
	if err != nil {
		return phone
	}
	return m.Digits()
}
