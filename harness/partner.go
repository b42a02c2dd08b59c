package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// partner is a business that uses the gateway: its orders, and its inbox.
type partner struct {
	*client
	gateway string
	inbox   string
}

// verdict is the gateway's answer to an order.
type verdict struct {
	answer
	Status        string `json:"status"`
	TransactionID int64  `json:"transaction_id"`
	Message       string `json:"message"`

	took time.Duration // by the stack's time
}

// order asks for a payment. An empty key is not sent.
func (p partner) order(ctx context.Context, apiKey, idempotencyKey string, body []byte) (verdict, error) {
	header := map[string]string{}
	if apiKey != "" {
		header["X-API-KEY"] = apiKey
	}
	if idempotencyKey != "" {
		header["X-Idempotency-Key"] = idempotencyKey
	}
	a, err := p.do(ctx, call{method: http.MethodPost, url: p.gateway + "/api/v1/mpesa/stk_push", header: header, body: body})
	if err != nil {
		return verdict{}, fmt.Errorf("ordering: %w", err)
	}
	v := verdict{answer: a}
	if err := json.Unmarshal(a.body, &v); err != nil {
		return v, fmt.Errorf("the gateway's answer to an order is no JSON object: %s", a)
	}
	return v, nil
}

// transaction is a payment as the gateway shows it to its partner.
type transaction struct {
	ID           int64   `json:"transaction_id"`
	PromptID     string  `json:"checkout_request_id"`
	Amount       int64   `json:"amount"`
	Reference    string  `json:"reference"`
	Receipt      *string `json:"mpesa_receipt"`
	Phone        string  `json:"phone"`
	Status       string  `json:"status"`
	Support      bool    `json:"support"`
	ReviewReason *string `json:"review_reason"`
}

func transactionURL(gateway string, id int64) string {
	return gateway + "/api/v1/transactions/" + strconv.FormatInt(id, 10)
}

func (p partner) transaction(ctx context.Context, apiKey string, id int64) (transaction, error) {
	var t transaction
	err := p.get(ctx, transactionURL(p.gateway, id), map[string]string{"X-API-KEY": apiKey}, &t)
	return t, err
}

// Webhook is a POST that the partner's inbox took.
type Webhook struct {
	Seq      int                 `json:"seq"`
	Path     string              `json:"path"`
	Header   map[string][]string `json:"header"`
	Body     json.RawMessage     `json:"body"`
	Answered int                 `json:"answered"` // HTTP status; 0 when the connection was dropped
}

// Delivered says whether the partner told the gateway that it heard.
func (w Webhook) Delivered() bool { return w.Answered >= 200 && w.Answered < 300 }

// Content is what a webhook says. ResultCode is as it stands in the JSON.
type Content struct {
	TransactionID   int64           `json:"transaction_id"`
	PromptID        string          `json:"checkout_request_id"`
	ResultCode      json.RawMessage `json:"result_code"`
	ResultDesc      string          `json:"result_desc"`
	Amount          int64           `json:"amount"`
	Receipt         *string         `json:"mpesa_receipt"`
	TransactionDate *string         `json:"transaction_date"`
	Phone           string          `json:"phone"`
	Status          string          `json:"status"`
}

// Content reads the body.
func (w Webhook) Content() (Content, error) {
	var c Content
	if err := json.Unmarshal(w.Body, &c); err != nil {
		return c, fmt.Errorf("webhook %d is not what a webhook is: %w", w.Seq, err)
	}
	return c, nil
}

// Keys lists the keys of the body in their order.
func (w Webhook) Keys() ([]string, error) {
	d := json.NewDecoder(bytes.NewReader(w.Body))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("webhook %d is not a JSON object", w.Seq)
	}
	var keys []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		keys = append(keys, fmt.Sprint(key))
	}
	return keys, nil
}

// received lists the webhooks that came to a path, oldest first; "" is all paths.
func (p partner) received(ctx context.Context, path string) ([]Webhook, error) {
	var list struct {
		Received []Webhook `json:"received"`
	}
	err := p.get(ctx, p.inbox+"/received?path="+url.QueryEscape(path), nil, &list)
	return list.Received, err
}

// arrival waits until something has come about a transaction, at most for a while.
func (p partner) arrival(ctx context.Context, path string, id int64) error {
	const most = 2 * time.Second
	about := url.Values{"path": {path}, "transaction_id": {strconv.FormatInt(id, 10)}, "wait": {most.String()}}
	return p.command(ctx, http.MethodGet, p.inbox+"/received?"+about.Encode(), nil)
}

// behaviour is how the partner's system answers webhooks.
type behaviour struct {
	Status int    `json:"status,omitempty"`
	Times  int    `json:"times,omitempty"`
	Delay  string `json:"delay,omitempty"`
	Drop   bool   `json:"drop,omitempty"`
	Path   string `json:"path"`
}

func (p partner) behave(ctx context.Context, b behaviour) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	return p.command(ctx, http.MethodPut, p.inbox+"/behaviour", body)
}
