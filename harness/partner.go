package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
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
	header := map[string]string{"X-API-KEY": apiKey, "X-Idempotency-Key": idempotencyKey}
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

// Webhook is a POST that the partner's inbox received.
type Webhook struct {
	Seq      int                 `json:"seq"`
	Path     string              `json:"path"`
	Header   map[string][]string `json:"header"`
	Body     json.RawMessage     `json:"body"`
	Answered int                 `json:"answered"` // HTTP status; 0 when the connection was dropped
}

// Delivered says whether the partner answered with a 2xx.
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

// Content reads the body. What cannot be read is zero.
func (w Webhook) Content() Content {
	var c Content
	if json.Unmarshal(w.Body, &c) != nil {
		return Content{}
	}
	return c
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
	_, err := p.command(ctx, call{method: http.MethodGet, url: p.inbox + "/received?" + about.Encode()})
	return err
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
	_, err = p.command(ctx, call{method: http.MethodPut, url: p.inbox + "/behaviour", body: body})
	return err
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

// call is one HTTP request.
type call struct {
	method string
	url    string
	header map[string]string // an empty value is not sent
	body   []byte
}

// answer is an HTTP response.
type answer struct {
	status     int
	body       []byte
	retryAfter time.Duration // 0 without one
}

// client does calls. A request that fails is not repeated: to see how often
// something happened is what this package is for.
type client struct{ http *http.Client }

func newClient() *client {
	t := &http.Transport{MaxIdleConnsPerHost: 128, IdleConnTimeout: 30 * time.Second}
	return &client{http: &http.Client{Transport: t, Timeout: 90 * time.Second}}
}

func (c *client) close() { c.http.CloseIdleConnections() }

func (c *client) do(ctx context.Context, k call) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, k.method, k.url, bytes.NewReader(k.body))
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: %w", k.method, k.url, err)
	}
	if len(k.body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range k.header {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("%s %s: reading the answer: %w", k.method, k.url, err)
	}
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // none is 0
	return answer{status: resp.StatusCode, body: body, retryAfter: time.Duration(seconds) * time.Second}, nil
}

// command does a call and expects any 2xx.
func (c *client) command(ctx context.Context, k call) (answer, error) {
	a, err := c.do(ctx, k)
	if err == nil && a.status/100 != 2 {
		err = fmt.Errorf("%s %s: %s", k.method, k.url, a)
	}
	return a, err
}

// get reads JSON into v.
func (c *client) get(ctx context.Context, url string, header map[string]string, v any) error {
	a, err := c.command(ctx, call{method: http.MethodGet, url: url, header: header})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(a.body, v); err != nil {
		return fmt.Errorf("GET %s: %w in %s", url, err, a)
	}
	return nil
}

// String shows an answer in a message.
func (a answer) String() string {
	const most = 600
	if len(a.body) > most {
		return fmt.Sprintf("%d %s…", a.status, a.body[:most])
	}
	return fmt.Sprintf("%d %s", a.status, a.body)
}
