package trial

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

// Shop orders at a gateway as a careful partner does: each order has a key of its
// own, and is repeated with it until there is an answer that settles what it came to.
type Shop struct {
	Gateways []string // base URLs; an order that gets no answer is repeated at the next
	Key      string   // API key
	Callback string   // URL for webhooks
	HTTP     *http.Client
	History  *History
	Pause    time.Duration // between two tries
}

// Order is one order of a shop.
type Order struct {
	Reference string // is its idempotency key too
	Phone     string
	Shillings int64
}

// reply is what a gateway answers to an order.
type reply struct {
	status int
	Status string `json:"status"`
	ID     int64  `json:"transaction_id"`
	Words  string `json:"message"`
}

// final reports whether the answer says what the order came to. A 5xx with a
// transaction is one too: that payment is on record.
func (r reply) final() bool { return r.ID != 0 && r.status != http.StatusConflict }

// Place orders, and repeats until it knows what came of it or ctx ends.
func (s *Shop) Place(ctx context.Context, nth int, o Order) error {
	s.History.Add(Event{Who: Client, What: Ordered, Reference: o.Reference, Cents: o.Shillings * 100})
	var last error
	for try := nth; ; try++ {
		r, err := s.send(ctx, s.Gateways[try%len(s.Gateways)], o)
		s.History.Add(Event{Who: Client, What: Answered, Reference: o.Reference, HTTP: r.status, Status: r.Status,
			Transaction: r.ID, Detail: r.Words})
		if err == nil && r.final() {
			return nil
		}
		if last = err; err == nil {
			last = fmt.Errorf("answered %d: %s", r.status, r.Words)
		}
		if err := pause(ctx, s.Pause); err != nil {
			return fmt.Errorf("%s is not settled: %w", o.Reference, last)
		}
	}
}

func (s *Shop) send(ctx context.Context, gateway string, o Order) (r reply, err error) {
	body, err := json.Marshal(map[string]any{
		"phone": o.Phone, "amount": o.Shillings, "reference": o.Reference, "callback_url": s.Callback,
	})
	if err != nil {
		return r, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, gateway+"/api/v1/mpesa/stk_push", bytes.NewReader(body))
	if err != nil {
		return r, err
	}
	req.Header.Set("X-API-KEY", s.Key)
	req.Header.Set("X-Idempotency-Key", o.Reference)
	req.Header.Set("Content-Type", "application/json")
	return s.do(req)
}

func (s *Shop) do(req *http.Request) (r reply, err error) {
	res, err := s.HTTP.Do(req)
	if err != nil {
		return r, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxWebhook))
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(answer, &r); err != nil {
		return r, fmt.Errorf("answered %d: %.100q", res.StatusCode, answer)
	}
	r.status = res.StatusCode
	return r, nil
}

// Repeat sends a finished order again, once as it was and once with another amount,
// and writes down the answers.
func (s *Shop) Repeat(ctx context.Context, nth int, o Order) error {
	other := o
	other.Shillings++
	for what, o := range map[What]Order{Repeated: o, Altered: other} {
		r, err := s.send(ctx, s.Gateways[nth%len(s.Gateways)], o)
		if err != nil {
			return fmt.Errorf("sending %s again: %w", o.Reference, err)
		}
		s.History.Add(Event{Who: Client, What: what, Reference: o.Reference, HTTP: r.status, Status: r.Status, Transaction: r.ID, Detail: r.Words})
	}
	return nil
}

// Ask writes down where a transaction stands, unless it is pending, and returns its
// status.
func (s *Shop) Ask(ctx context.Context, nth int, transaction int64) (status string, err error) {
	e, err := s.stands(ctx, nth, transaction)
	if err == nil && e.Status != "pending" {
		s.History.Add(e)
	}
	return e.Status, err
}

// Status is where a transaction stands.
func (s *Shop) Status(ctx context.Context, nth int, transaction int64) (string, error) {
	e, err := s.stands(ctx, nth, transaction)
	return e.Status, err
}

// Peek asks for another partner's transaction, and writes down the answer.
func (s *Shop) Peek(ctx context.Context, nth int, transaction int64) error {
	res, err := s.get(ctx, nth, transaction)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	s.History.Add(Event{Who: Other, What: Peeked, Transaction: transaction, HTTP: res.StatusCode})
	return nil
}

func (s *Shop) stands(ctx context.Context, nth int, transaction int64) (Event, error) {
	res, err := s.get(ctx, nth, transaction)
	if err != nil {
		return Event{}, err
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound {
		return Event{Who: Gateway, What: Stands, Transaction: transaction, HTTP: res.StatusCode, Status: "not found"}, nil
	}
	var got struct {
		Status  string  `json:"status"`
		Amount  int64   `json:"amount"`
		Receipt *string `json:"mpesa_receipt"`
		Prompt  string  `json:"checkout_request_id"`
		Reason  string  `json:"review_reason"`
	}
	if err := json.NewDecoder(io.LimitReader(res.Body, maxWebhook)).Decode(&got); err != nil || res.StatusCode != http.StatusOK {
		return Event{}, fmt.Errorf("asking for transaction %d: %s %w", transaction, res.Status, err)
	}
	e := Event{Who: Gateway, What: Stands, Transaction: transaction, Status: got.Status, Cents: got.Amount * 100, Message: got.Prompt, Detail: got.Reason}
	if got.Receipt != nil {
		e.Receipt = *got.Receipt
	}
	return e, nil
}

func (s *Shop) get(ctx context.Context, nth int, transaction int64) (*http.Response, error) {
	url := s.Gateways[nth%len(s.Gateways)] + "/api/v1/transactions/" + strconv.FormatInt(transaction, 10)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-API-KEY", s.Key)
	return s.HTTP.Do(req)
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
