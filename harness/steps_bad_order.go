package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// badOrderSteps speak of orders that cannot be taken, and of those who may not
// order.
func (w *world) badOrderSteps() []step {
	return []step{
		{`^the partner sends an order without (\w+)$`, w.orderWithout},
		{`^the partner sends an order whose (\w+) is (.+)$`, w.orderWhose},
		{`^the partner sends an order whose reference has (\d+) characters$`, w.orderWithReferenceOf},
		{`^the partner asks for KES (\d+) with a key of (\d+) characters$`, w.asksWithKeyOf},
		{`^the partner sends an order of (\d+) KiB$`, w.orderOfSize},
		{`^the partner sends (plain text|half an object|a list|nothing at all) instead of an order$`, w.noOrder},
		{`^somebody with (no|a wrong) API key asks for KES (\d+)$`, w.somebodyAsks},
		{`^the partner asks after transaction (\d+)$`, w.asksAfter},
		{`^the gateway does not know who asks, because "([^"]*)"$`, w.isUnknown},
		{`^the gateway cannot read it$`, w.cannotRead},
		{`^the gateway refuses to read that much$`, w.tooMuch},
		{`^the gateway knows no such transaction$`, w.noSuchTransaction},
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

func (w *world) orderWithout(ctx context.Context, field string) error {
	return w.sendChanged(ctx, func(body map[string]any) { delete(body, field) })
}

// orderWhose takes a JSON value.
func (w *world) orderWhose(ctx context.Context, field, value string) error {
	return w.sendChanged(ctx, func(body map[string]any) { body[field] = json.RawMessage(value) })
}

func (w *world) orderWithReferenceOf(ctx context.Context, length int) error {
	return w.sendChanged(ctx, func(body map[string]any) { body["reference"] = strings.Repeat("R", length) })
}

func (w *world) asksWithKeyOf(ctx context.Context, amount int64, length int) error {
	o := w.newOrder(amount)
	o.key = strings.Repeat("k", length)
	return w.send(ctx, o)
}

func (w *world) orderOfSize(ctx context.Context, kib int) error {
	return w.sendChanged(ctx, func(body map[string]any) { body["note"] = strings.Repeat("n", kib<<10) })
}

func (w *world) noOrder(ctx context.Context, what string) error {
	bodies := map[string]string{"plain text": "please", "half an object": `{"phone":`, "a list": "[]", "nothing at all": ""}
	return w.sendRaw(ctx, w.at.PartnerKey, []byte(bodies[what]))
}

func (w *world) somebodyAsks(ctx context.Context, who string, amount int64) error {
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

func (w *world) asksAfter(ctx context.Context, id int64) error {
	a, err := w.client.do(ctx, call{
		method: http.MethodGet, url: transactionURL(w.at.Gateway, id), header: map[string]string{"X-API-KEY": w.at.PartnerKey},
	})
	w.said = verdict{answer: a}
	return errors.Join(err, json.Unmarshal(a.body, &w.said))
}

// isError compares the kind of a refusal whose words are not laid down.
func (w *world) isError(status int) error {
	if w.said.status != status || w.said.Status != "error" || w.said.Message == "" || w.said.TransactionID != 0 {
		return fmt.Errorf("the gateway answered %s, not a %d with a message", w.said, status)
	}
	return nil
}

func (w *world) isUnknown(reason string) error {
	return w.answered(http.StatusUnauthorized, "error", reason)
}

func (w *world) cannotRead() error        { return w.isError(http.StatusBadRequest) }
func (w *world) tooMuch() error           { return w.isError(http.StatusRequestEntityTooLarge) }
func (w *world) noSuchTransaction() error { return w.isError(http.StatusNotFound) }
