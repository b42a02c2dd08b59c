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

// partnerSteps speak of the business that wants money: what it orders, and the gateway's
// answers to that.
func (w *world) partnerSteps() []step {
	return []step{
		{`^the partner asks for KES (\d+)$`, w.asks},
		{`^the partner asks for KES (\d+) from "([^"]*)"$`, w.asksFrom},
		{`^the partner asks for KES (\d+) with the reference "([^"]*)"$`, func(ctx context.Context, amount int64, reference string) {
			w.orderWith(ctx, amount, func(o *order) { o.reference = reference })
		}},
		{`^the customer's prompt shows the reference "([^"]*)"$`, w.promptShowsReference},
		{`^the customer's prompt shows the payment's own reference$`, func(ctx context.Context) {
			w.promptShowsReference(ctx, "T"+strings.ToUpper(strconv.FormatInt(w.current().id, 36)))
		}},
		{`^the partner sees the reference "([^"]*)"$`, func(ctx context.Context, reference string) {
			got := w.payment(ctx).Reference
			failIf(got != reference, "the partner sees %q", got)
		}},
		{`^the partner asks for KES (\d+) with the key "([^"]*)"$`, func(ctx context.Context, amount int64, key string) {
			w.orderWith(ctx, amount, func(o *order) { o.key = w.key(key) })
		}},
		{`^another partner asks for KES (\d+) with the key "([^"]*)"$`, func(ctx context.Context, amount int64, key string) {
			w.orderWith(ctx, amount, func(o *order) { o.key, o.apiKey = w.key(key), w.at.OtherPartnerKey })
		}},
		{`^the partner asks for KES (\d+), to be told at another address$`, func(ctx context.Context, amount int64) {
			w.orderWith(ctx, amount, func(o *order) { o.path = w.path() + "/other" })
		}},
		{`^the partner is told that an order for KES (\d+) was paid$`, w.orderIsPaid},
		{`^the partner looks at the first payment$`, func() {
			failIf(len(w.orders) == 0, "the scenario has no payment")
			w.last = w.orders[0]
		}},
		{`^the order is accepted$`, w.isAccepted},
		{`^the order is a duplicate of the first one$`, w.isDuplicate},
		{`^the gateway refuses the order because "([^"]*)"$`, func(reason string) {
			w.answered(http.StatusBadRequest, "error", reason)
		}},
		{`^the gateway refuses the order as another one, because "([^"]*)"$`, func(reason string) {
			w.answered(http.StatusUnprocessableEntity, "error", reason)
		}},
		{`^M-PESA refuses the order with "([^"]*)"$`, w.isRefusedByMpesa},
	}
}

// newOrder is an order of the scenario's customer.
func (w *world) newOrder(amount int64) *order {
	return &order{
		gateway: w.at.Gateway, apiKey: w.at.PartnerKey, phone: w.phone, amount: amount, path: w.path(), down: w.down,
		reference: fmt.Sprintf("%s-%d", w.name[3:], len(w.orders)+1), // it goes to M-PESA whole
	}
}

// body is the order as JSON.
func (w *world) body(o *order) map[string]any {
	return map[string]any{
		"phone": o.phone, "amount": o.amount, "reference": o.reference, "callback_url": w.at.InboxForGateway + o.path,
	}
}

// send sends an order and keeps the answer. An order with a key that was used
// before is the earlier one again, as far as M-PESA and the webhook go.
func (w *world) send(ctx context.Context, o *order) {
	if earlier := w.withKey(o); earlier != nil {
		o.reference, o.path = earlier.reference, earlier.path
	}
	body := must(json.Marshal(w.body(o)))
	for range mostTries {
		w.said = w.order(ctx, o.apiKey, o.key, body)
		if w.said.status != http.StatusServiceUnavailable || w.said.retryAfter == 0 || w.hasty {
			break
		}
		w.waitRetryAfter(ctx)
	}
	w.keep(o, w.said)
}

// order asks the gateway for a payment, and measures its answer.
func (w *world) order(ctx context.Context, apiKey, key string, body []byte) verdict {
	began := w.now()
	v := w.partner.order(ctx, apiKey, key, body)
	v.took = w.now().Sub(began)
	return v
}

// now is the stack's time.
func (w *world) now() time.Time {
	if t, ok := w.stack.(Stepper); ok {
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

// keep remembers an order that has a payment.
func (w *world) keep(o *order, v verdict) {
	if v.TransactionID == 0 {
		return
	}
	if earlier := w.withKey(o); earlier != nil {
		w.last = earlier
		return
	}
	o.id, o.refused = v.TransactionID, v.status == http.StatusBadGateway
	w.orders, w.suite.orders = append(w.orders, o), append(w.suite.orders, o)
	w.last = o
}

// orderWith sends an order with changes.
func (w *world) orderWith(ctx context.Context, amount int64, change func(*order)) {
	o := w.newOrder(amount)
	change(o)
	w.send(ctx, o)
}

func (w *world) asks(ctx context.Context, amount int64) { w.send(ctx, w.newOrder(amount)) }

func (w *world) asksFrom(ctx context.Context, amount int64, phone string) {
	w.orderWith(ctx, amount, func(o *order) { o.phone = phone })
}

// promptShowsReference looks for the latest prompt of the customer.
func (w *world) promptShowsReference(ctx context.Context, reference string) {
	last := "nothing"
	if prompts := w.prompts(ctx, w.ofCustomer); len(prompts) > 0 {
		last = string(prompts[len(prompts)-1].fields().AccountReference)
	}
	failIf(last != reference, "the prompt shows %q", last)
}

func (w *world) orderIsPaid(ctx context.Context, amount int64) {
	w.asks(ctx, amount)
	w.isAccepted()
	w.webhookOfSuccess(ctx)
}

// answered compares the gateway's latest answer to an order.
func (w *world) answered(status int, word, message string) {
	failIf(w.said.status != status || w.said.Status != word || w.said.Message != message,
		"the gateway answered %s, not %d %q %q", w.said, status, word, message)
}

func (w *world) isAccepted() {
	w.current()
	w.answered(http.StatusOK, "success", "STK Push accepted for processing")
}

func (w *world) isDuplicate() {
	w.answered(http.StatusOK, "duplicate", "Duplicate request (idempotency)")
	failIf(w.said.TransactionID != w.orders[0].id,
		"the answer names transaction %d, the first one was %d", w.said.TransactionID, w.orders[0].id)
}

func (w *world) isRefusedByMpesa(words string) {
	failIf(w.said.status != http.StatusBadGateway || w.said.Status != "error" || !strings.Contains(w.said.Message, words),
		"the gateway answered %s", w.said)
	failIf(!w.current().refused, "the payment had been accepted before")
}

// normal is a phone number in M-PESA's form.
func normal(phone string) string {
	m, err := daraja.NormaliseMSISDN(phone)
	if err != nil {
		return phone
	}
	return m.Digits()
}

// merchantSteps speak of the number that the money goes to.
func (w *world) merchantSteps() []step {
	return []step{
		{`^a shop with the till (\d+) and the store number (\d+)$`, func(ctx context.Context, till, store string) {
			w.collectsFor(ctx, store, till)
		}},
		{`^a shop that collects as a paybill with the shortcode (\d+)$`, func(ctx context.Context, shortcode string) {
			w.collectsFor(ctx, shortcode, "")
		}},
		{`^M-PESA got a push for the till (\d+) of the store (\d+)$`, w.gotAPushForTill},
	}
}

// collectsFor has the scenario's orders go to a gateway of another shortcode.
func (w *world) collectsFor(ctx context.Context, shortcode, till string) {
	w.at = must(can[Merchants](w).GatewayFor(ctx, shortcode, till))
	w.partner.gateway = w.at.Gateway
}

func (w *world) gotAPushForTill(ctx context.Context, till, store string) {
	prompts := w.prompts(ctx, ofOrder(w.current()))
	failIf(len(prompts) == 0, "M-PESA got no push for the order")
	f := prompts[0].fields()
	failIf(string(f.PartyB) != till || string(f.BusinessShortCode) != store || f.TransactionType != daraja.CustomerBuyGoodsOnline,
		"M-PESA got a push of %v with PartyB %v and BusinessShortCode %v", f.TransactionType, f.PartyB, f.BusinessShortCode)
}
