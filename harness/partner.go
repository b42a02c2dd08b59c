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

	"github.com/tidwall/gjson"

	"github.com/darajabox/darajabox/internal/inbox"
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
func (p partner) order(ctx context.Context, apiKey, idempotencyKey string, body []byte) verdict {
	header := map[string]string{"X-API-KEY": apiKey, "X-Idempotency-Key": idempotencyKey}
	v := verdict{answer: p.do(ctx, call{method: http.MethodPost, url: p.gateway + "/api/v1/mpesa/stk_push", header: header, body: body})}
	err := json.Unmarshal(v.body, &v)
	failIf(err != nil, "the gateway's answer to an order is no JSON object: %s", v.answer)
	return v
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

func (p partner) transaction(ctx context.Context, apiKey string, id int64) (t transaction) {
	p.get(ctx, transactionURL(p.gateway, id), map[string]string{"X-API-KEY": apiKey}, &t)
	return t
}

// Webhook is a POST that the partner's inbox received.
type Webhook struct{ inbox.Webhook }

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

// Keys lists the keys of the body, which must be a JSON object, in their order.
func (w Webhook) Keys() (keys []string, err error) {
	body := gjson.ParseBytes(w.Body)
	if !body.IsObject() {
		return nil, fmt.Errorf("webhook %d is not a JSON object", w.Seq)
	}
	body.ForEach(func(key, _ gjson.Result) bool {
		keys = append(keys, key.String())
		return true
	})
	return keys, nil
}

// received lists the webhooks that came to a path, oldest first; "" is all paths.
func (p partner) received(ctx context.Context, path string) []Webhook {
	var list struct {
		Received []Webhook `json:"received"`
	}
	p.get(ctx, p.inbox+"/received?path="+url.QueryEscape(path), nil, &list)
	return list.Received
}

// arrival waits until something has come about a transaction, at most for a while.
func (p partner) arrival(ctx context.Context, path string, id int64) {
	const most = 2 * time.Second
	about := url.Values{"path": {path}, "transaction_id": {strconv.FormatInt(id, 10)}, "wait": {most.String()}}
	p.command(ctx, call{method: http.MethodGet, url: p.inbox + "/received?" + about.Encode()})
}

// behave sets how the partner's system answers webhooks.
func (p partner) behave(ctx context.Context, b inbox.Behaviour) {
	p.command(ctx, call{method: http.MethodPut, url: p.inbox + "/behaviour", body: must(json.Marshal(b))})
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

func (c *client) do(ctx context.Context, k call) answer {
	req := must(http.NewRequestWithContext(ctx, k.method, k.url, bytes.NewReader(k.body)))
	if len(k.body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range k.header {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	resp, err := c.http.Do(req)
	check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	failIf(err != nil, "%s %s: reading the answer: %w", k.method, k.url, err)
	seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After")) // none is 0
	return answer{status: resp.StatusCode, body: body, retryAfter: time.Duration(seconds) * time.Second}
}

// command does a call and expects any 2xx.
func (c *client) command(ctx context.Context, k call) answer {
	a := c.do(ctx, k)
	failIf(a.status/100 != 2, "%s %s: %s", k.method, k.url, a)
	return a
}

// get reads JSON into v.
func (c *client) get(ctx context.Context, url string, header map[string]string, v any) {
	a := c.command(ctx, call{method: http.MethodGet, url: url, header: header})
	err := json.Unmarshal(a.body, v)
	failIf(err != nil, "GET %s: %w in %s", url, err, a)
}

// String shows an answer in a message.
func (a answer) String() string {
	const most = 600
	if len(a.body) > most {
		return fmt.Sprintf("%d %s…", a.status, a.body[:most])
	}
	return fmt.Sprintf("%d %s", a.status, a.body)
}
