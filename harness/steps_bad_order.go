package harness

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// badOrderSteps speak of orders that cannot be taken, and of callers who may not order.
func (w *world) badOrderSteps() []step {
	return []step{
		{`^the partner sends an order without (\w+)$`, func(ctx context.Context, field string) {
			w.sendChanged(ctx, func(body map[string]any) { delete(body, field) })
		}},
		{`^the partner sends an order whose (\w+) is (.+)$`, func(ctx context.Context, field, value string) {
			w.sendChanged(ctx, func(body map[string]any) { body[field] = json.RawMessage(value) })
		}},
		{`^the partner sends an order whose reference has (\d+) characters$`, func(ctx context.Context, length int) {
			w.sendChanged(ctx, func(body map[string]any) { body["reference"] = strings.Repeat("R", length) })
		}},
		{`^the partner asks for KES (\d+) with a key of (\d+) characters$`, func(ctx context.Context, amount int64, length int) {
			w.orderWith(ctx, amount, func(o *order) { o.key = strings.Repeat("k", length) })
		}},
		{`^the partner sends an order of (\d+) KiB$`, func(ctx context.Context, kib int) {
			w.sendChanged(ctx, func(body map[string]any) { body["note"] = strings.Repeat("n", kib<<10) })
		}},
		{`^the partner sends (plain text|half an object|a list|nothing at all) instead of an order$`, func(ctx context.Context, what string) {
			bodies := map[string]string{"plain text": "please", "half an object": `{"phone":`, "a list": "[]", "nothing at all": ""}
			w.sendRaw(ctx, w.at.PartnerKey, []byte(bodies[what]))
		}},
		{`^somebody with (no|a wrong) API key asks for KES (\d+)$`, w.strangerAsks},
		{`^the partner asks after transaction (\d+)$`, w.readTransaction},
		{`^the gateway does not know who asks, because "([^"]*)"$`, func(reason string) {
			w.answered(http.StatusUnauthorized, "error", reason)
		}},
		{`^the gateway cannot read it$`, func() { w.isError(http.StatusBadRequest) }},
		{`^the gateway refuses to read that much$`, func() { w.isError(http.StatusRequestEntityTooLarge) }},
		{`^the gateway knows no such transaction$`, func() { w.isError(http.StatusNotFound) }},
	}
}

// sendChanged sends the customer's order with something wrong in it.
func (w *world) sendChanged(ctx context.Context, change func(map[string]any)) {
	body := w.body(w.newOrder(150))
	change(body)
	w.sendRaw(ctx, w.at.PartnerKey, must(json.Marshal(body)))
}

// sendRaw sends what should be refused. If it is not, the payment is kept, so that
// the records show it.
func (w *world) sendRaw(ctx context.Context, apiKey string, body []byte) {
	w.said = w.order(ctx, apiKey, "", body)
	w.keep(w.newOrder(150), w.said)
}

func (w *world) strangerAsks(ctx context.Context, who string, amount int64) {
	key := ""
	if who == "a wrong" {
		key = "dbx_test_nobody"
	}
	w.sendRaw(ctx, key, must(json.Marshal(w.body(w.newOrder(amount)))))
}

func (w *world) readTransaction(ctx context.Context, id int64) {
	w.said = verdict{answer: w.readAs(ctx, w.at.PartnerKey, id)}
	check(json.Unmarshal(w.said.body, &w.said))
}

// readAs is the answer to a partner who reads a transaction.
func (w *world) readAs(ctx context.Context, apiKey string, id int64) answer {
	return w.client.do(ctx, call{method: http.MethodGet, url: transactionURL(w.at.Gateway, id), header: map[string]string{"X-API-KEY": apiKey}})
}

// isError compares the kind of a refusal whose words are not laid down.
func (w *world) isError(status int) {
	failIf(w.said.status != status || w.said.Status != "error" || w.said.Message == "" || w.said.TransactionID != 0,
		"the gateway answered %s, not a %d with a message", w.said, status)
}
