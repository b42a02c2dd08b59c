package trial

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"
)

// maxWebhook bounds what is read of a webhook, in bytes.
const maxWebhook = 64 << 10

// Business is a partner that takes webhooks and writes down what it was told. Until
// Heal it fails at times.
type Business struct {
	history *History
	server  *http.Server
	url     string

	mu     sync.Mutex
	dice   *rand.Rand
	fails  float64 // chance that a webhook is not taken
	came   int
	lookUp LookUp
	more   chan struct{} // closed and made anew when one comes
}

// NewBusiness starts a partner on a port of the kernel's choice. Fails is the chance
// that it does not take a webhook: it answers 500 or 429, hangs up, or answers late.
func NewBusiness(h *History, seed uint64, fails float64) (*Business, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &Business{history: h, url: "http://" + l.Addr().String(), dice: rand.New(rand.NewPCG(seed, 1)), fails: fails, more: make(chan struct{})}
	b.server = &http.Server{Handler: b, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = b.server.Serve(l) }()
	return b, nil
}

// URL is where it takes webhooks.
func (b *Business) URL() string { return b.url + "/webhook" }

// LookUp asks where a transaction stands.
type LookUp func(ctx context.Context, transaction int64) (status string, err error)

// Check has the partner ask for one in four transactions at the moment when a webhook
// tells of it.
func (b *Business) Check(f LookUp) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lookUp = f
}

// Close stops it.
func (b *Business) Close() { _ = b.server.Close() }

// Heal ends its failures.
func (b *Business) Heal() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fails = 0
}

// Await waits until n webhooks have come, or ctx ends, and says how many did.
func (b *Business) Await(ctx context.Context, n int) int {
	for {
		b.mu.Lock()
		came, more := b.came, b.more
		b.mu.Unlock()
		if came >= n {
			return came
		}
		select {
		case <-more:
		case <-ctx.Done():
			return came
		}
	}
}

func (b *Business) count() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.came++
	close(b.more)
	b.more = make(chan struct{})
}

// mood is how it takes one webhook.
type mood int

const (
	takes mood = iota
	breaks
	sheds
	hangsUp
	dawdles // takes it, and answers late
)

func (b *Business) mood() (mood, time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dice.Float64() >= b.fails {
		return takes, 0
	}
	return mood(1 + b.dice.IntN(4)), time.Duration(b.dice.IntN(2000)) * time.Millisecond
}

// look asks where a transaction stands that a webhook has just told of.
func (b *Business) look(ctx context.Context, transaction int64) {
	b.mu.Lock()
	ask := b.lookUp
	asks := ask != nil && b.dice.IntN(4) == 0
	b.mu.Unlock()
	if !asks {
		return
	}
	if status, err := ask(ctx, transaction); err == nil {
		b.history.Add(Event{Who: Partner, What: Found, Transaction: transaction, Status: status})
	}
}

// ServeHTTP implements http.Handler.
func (b *Business) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if err != nil {
		return // cut off by chaos: it was not told
	}
	var report struct {
		ID      int64   `json:"transaction_id"`
		Amount  int64   `json:"amount"`
		Receipt *string `json:"mpesa_receipt"`
		Status  string  `json:"status"`
	}
	e := Event{Who: Partner, What: Told, Message: r.Header.Get("webhook-id"), Digest: Digest(body), HTTP: http.StatusOK}
	if err := json.Unmarshal(body, &report); err != nil {
		e.Detail = "unreadable: " + err.Error()
	}
	e.Transaction, e.Status, e.Cents = report.ID, report.Status, report.Amount*100
	if report.Receipt != nil {
		e.Receipt = *report.Receipt
	}
	b.look(r.Context(), e.Transaction)
	m, late := b.mood()
	switch m {
	case breaks:
		e.HTTP = http.StatusInternalServerError
	case sheds:
		e.HTTP = http.StatusTooManyRequests
	case hangsUp:
		e.HTTP = 0
	case dawdles:
		t := time.NewTimer(late)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
		}
	case takes:
	}
	b.history.Add(e)
	b.count()
	if m == hangsUp {
		panic(http.ErrAbortHandler)
	}
	w.WriteHeader(e.HTTP)
}
