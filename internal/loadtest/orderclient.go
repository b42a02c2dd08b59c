package loadtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// OrderClient orders at a gateway as a careful partner does: each order has a key of its
// own, and is repeated with it until there is a final answer.
type OrderClient struct {
	Gateways []string // base URLs; an order that gets no answer is repeated at the next
	Key      string   // API key
	Callback string   // URL for webhooks
	HTTP     *http.Client
	History  *History
	Pause    time.Duration // between two attempts
}

// Order is one order of a partner.
type Order struct {
	Reference string // is its idempotency key too
	Phone     string
	Shillings int64
}

// answer is what a gateway answers to an order.
type answer struct {
	httpStatus int
	Status     string `json:"status"`
	ID         int64  `json:"transaction_id"`
	Message    string `json:"message"`
}

// final reports whether an order with this answer need not be repeated. A 5xx with a
// transaction is final too: that payment is stored.
func (a answer) final() bool { return a.ID != 0 && a.httpStatus != http.StatusConflict }

// Place orders, and repeats the order until the answer is final or ctx ends.
func (c *OrderClient) Place(ctx context.Context, gateway int, o Order) error {
	c.History.Add(Event{Actor: Client, Kind: OrderSent, Reference: o.Reference, Cents: o.Shillings * 100})
	for {
		a, err := c.send(ctx, gateway, OrderAnswered, o)
		if err == nil && a.final() {
			return nil
		}
		if err == nil {
			err = fmt.Errorf("answered %d: %s", a.httpStatus, a.Message)
		}
		if pause(ctx, c.Pause) != nil {
			return fmt.Errorf("%s is not settled: %w", o.Reference, err)
		}
		gateway++
	}
}

// Repeat sends a finished order again, once as it was and once with another amount.
func (c *OrderClient) Repeat(ctx context.Context, gateway int, o Order) error {
	altered := o
	altered.Shillings++
	_, err := c.send(ctx, gateway, OrderRepeated, o)
	if err == nil {
		_, err = c.send(ctx, gateway, OrderAltered, altered)
	}
	if err != nil {
		return fmt.Errorf("sending %s again: %w", o.Reference, err)
	}
	return nil
}

// send sends an order and records the answer as an event of a kind.
func (c *OrderClient) send(ctx context.Context, gateway int, kind Kind, o Order) (a answer, err error) {
	body, err := json.Marshal(map[string]any{
		"phone": o.Phone, "amount": o.Shillings, "reference": o.Reference, "callback_url": c.Callback,
	})
	if err != nil {
		return a, err
	}
	a.httpStatus, err = c.do(ctx, http.MethodPost, gateway, "/api/v1/mpesa/stk_push", o.Reference, bytes.NewReader(body), &a)
	c.History.Add(Event{Actor: Client, Kind: kind, Reference: o.Reference, HTTP: a.httpStatus, Status: a.Status,
		Transaction: a.ID, Detail: a.Message})
	return a, err
}

// Status reads a transaction. The event has the status "not found" when there is none,
// which is no error.
func (c *OrderClient) Status(ctx context.Context, gateway int, transaction int64) (Event, error) {
	e := Event{Actor: Gateway, Kind: FinalStatus, Transaction: transaction}
	var payment struct {
		Status  string `json:"status"`
		Amount  int64  `json:"amount"`
		Receipt string `json:"mpesa_receipt"`
		Prompt  string `json:"checkout_request_id"`
		Reason  string `json:"review_reason"`
	}
	var err error
	e.HTTP, err = c.do(ctx, http.MethodGet, gateway, "/api/v1/transactions/"+strconv.FormatInt(transaction, 10), "", http.NoBody, &payment)
	switch {
	case err != nil:
		return e, err
	case e.HTTP == http.StatusNotFound:
		e.Status = "not found"
	case e.HTTP != http.StatusOK:
		return e, fmt.Errorf("reading transaction %d: answered %d", transaction, e.HTTP)
	default:
		e.Status, e.Cents, e.Receipt, e.Message, e.Detail = payment.Status, payment.Amount*100, payment.Receipt, payment.Prompt, payment.Reason
	}
	return e, nil
}

// do sends a request to one of the gateways and decodes the answer. The status is 0 when
// there was none.
func (c *OrderClient) do(
	ctx context.Context, method string, gateway int, path, key string, body io.Reader, into any,
) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, method, c.Gateways[gateway%len(c.Gateways)]+path, body)
	if err != nil {
		return 0, err
	}
	req.Header.Set("X-API-KEY", c.Key)
	if key != "" {
		req.Header.Set("X-Idempotency-Key", key)
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxWebhook))
	if err != nil {
		return 0, err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return 0, fmt.Errorf("answered %d: %.100q", res.StatusCode, raw)
	}
	return res.StatusCode, nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
