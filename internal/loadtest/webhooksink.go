package loadtest

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"
)

// maxWebhook bounds what is read of a webhook or an answer, in bytes.
const maxWebhook = 64 << 10

// WebhookSink is a partner's server that records the webhooks it gets. Until Heal it
// fails at times.
type WebhookSink struct {
	*httptest.Server // takes webhooks at every path
	history          *History
	received         atomic.Int64

	mu      sync.Mutex
	random  *rand.Rand
	failure float64      // probability that a webhook is not accepted at once
	reader  *OrderClient // nil reads no status
}

// NewWebhookSink starts a partner's server. With the probability failure it answers a
// webhook with 500 or 429, late, or not at all.
func NewWebhookSink(h *History, seed uint64, failure float64) *WebhookSink {
	s := &WebhookSink{history: h, random: rand.New(rand.NewPCG(seed, 1)), failure: failure}
	s.Server = httptest.NewServer(s)
	return s
}

// ReadStatus makes the partner read the status of a transaction during one in four of
// the webhooks.
func (s *WebhookSink) ReadStatus(reader *OrderClient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reader = reader
}

// Heal ends its failures.
func (s *WebhookSink) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = 0
}

// Await waits until n webhooks have come, or ctx ends, and returns how many did.
func (s *WebhookSink) Await(ctx context.Context, n int) int {
	for s.received.Load() < int64(n) && pause(ctx, time.Millisecond) == nil {
	}
	return int(s.received.Load())
}

// draw decides how a webhook is answered: with a status, 0 to close the connection,
// after a delay. reader is nil when the transaction's status is not read.
func (s *WebhookSink) draw() (status int, delay time.Duration, reader *OrderClient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.random.IntN(4) == 0 {
		reader = s.reader
	}
	if s.random.Float64() >= s.failure {
		return http.StatusOK, 0, reader
	}
	switch s.random.IntN(4) {
	case 0:
		return http.StatusInternalServerError, 0, reader
	case 1:
		return http.StatusTooManyRequests, 0, reader
	case 2:
		return 0, 0, reader
	default:
		return http.StatusOK, time.Duration(s.random.IntN(2000)) * time.Millisecond, reader
	}
}

// ServeHTTP implements http.Handler.
func (s *WebhookSink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if err != nil {
		return // the connection was cut: no webhook came
	}
	var payment struct {
		ID      int64  `json:"transaction_id"`
		Amount  int64  `json:"amount"`
		Receipt string `json:"mpesa_receipt"`
		Status  string `json:"status"`
	}
	e := Event{Actor: Partner, Kind: WebhookReceived, Message: r.Header.Get("webhook-id"), Digest: Digest(body)}
	if err := json.Unmarshal(body, &payment); err != nil {
		e.Detail = "unreadable: " + err.Error()
	}
	e.Transaction, e.Status, e.Cents, e.Receipt = payment.ID, payment.Status, payment.Amount*100, payment.Receipt
	status, delay, reader := s.draw()
	if reader != nil {
		if now, err := reader.Status(r.Context(), int(payment.ID), payment.ID); err == nil {
			s.history.Add(Event{Actor: Partner, Kind: StatusRead, Transaction: payment.ID, Status: now.Status})
		}
	}
	_ = pause(r.Context(), delay)
	e.HTTP = status
	s.history.Add(e)
	s.received.Add(1)
	if status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(status)
}
