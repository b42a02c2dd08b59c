package harness

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// badOrderSteps speak of orders that cannot be taken, and of callers who may not order.
func (w *world) badOrderSteps() []step {
	return []step{
		{`^the partner sends an order without (\w+)$`, func(ctx context.Context, field string) error {
			return w.sendChanged(ctx, func(body map[string]any) { delete(body, field) })
		}},
		{`^the partner sends an order whose (\w+) is (.+)$`, func(ctx context.Context, field, value string) error {
			return w.sendChanged(ctx, func(body map[string]any) { body[field] = json.RawMessage(value) })
		}},
		{`^the partner sends an order whose reference has (\d+) characters$`, func(ctx context.Context, length int) error {
			return w.sendChanged(ctx, func(body map[string]any) { body["reference"] = strings.Repeat("R", length) })
		}},
		{`^the partner asks for KES (\d+) with a key of (\d+) characters$`, func(ctx context.Context, amount int64, length int) error {
			return w.orderWith(ctx, amount, func(o *order) { o.key = strings.Repeat("k", length) })
		}},
		{`^the partner sends an order of (\d+) KiB$`, func(ctx context.Context, kib int) error {
			return w.sendChanged(ctx, func(body map[string]any) { body["note"] = strings.Repeat("n", kib<<10) })
		}},
		{`^the partner sends (plain text|half an object|a list|nothing at all) instead of an order$`, func(ctx context.Context, what string) error {
			bodies := map[string]string{"plain text": "please", "half an object": `{"phone":`, "a list": "[]", "nothing at all": ""}
			return w.sendRaw(ctx, w.at.PartnerKey, []byte(bodies[what]))
		}},
		{`^somebody with (no|a wrong) API key asks for KES (\d+)$`, w.strangerAsks},
		{`^the partner asks after transaction (\d+)$`, w.readTransaction},
		{`^the gateway does not know who asks, because "([^"]*)"$`, func(reason string) error {
			return w.answered(http.StatusUnauthorized, "error", reason)
		}},
		{`^the gateway cannot read it$`, func() error { return w.isError(http.StatusBadRequest) }},
		{`^the gateway refuses to read that much$`, func() error { return w.isError(http.StatusRequestEntityTooLarge) }},
		{`^the gateway knows no such transaction$`, func() error { return w.isError(http.StatusNotFound) }},
	}
}

// sendChanged sends the customer's order with something wrong in it.
func (w *world) sendChanged(ctx context.Context, change func(map[string]any)) error {
	body := w.body(w.newOrder(150))
	change(body)
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return w.sendRaw(ctx, w.at.PartnerKey, raw)
}

// sendRaw sends what should be refused. If it is not, the payment is kept, so that
// the records show it.
func (w *world) sendRaw(ctx context.Context, apiKey string, body []byte) error {
	var err error
	w.said, err = w.order(ctx, apiKey, "", body)
	w.keep(w.newOrder(150), w.said)
	return err
}

func (w *world) strangerAsks(ctx context.Context, who string, amount int64) error {
	key := ""
	if who == "a wrong" {
		key = "dbx_test_nobody"
	}
	body, err := json.Marshal(w.body(w.newOrder(amount)))
	if err != nil {
		return err
	}
	return w.sendRaw(ctx, key, body)
}

func (w *world) readTransaction(ctx context.Context, id int64) error {
	a, err := w.client.do(ctx, call{
		method: http.MethodGet, url: transactionURL(w.at.Gateway, id), header: map[string]string{"X-API-KEY": w.at.PartnerKey},
	})
	w.said = verdict{answer: a}
	return errors.Join(err, json.Unmarshal(a.body, &w.said))
}

// isError compares the kind of a refusal whose words are not laid down.
func (w *world) isError(status int) error {
	return failIf(w.said.status != status || w.said.Status != "error" || w.said.Message == "" || w.said.TransactionID != 0,
		"the gateway answered %s, not a %d with a message", w.said, status)
}
