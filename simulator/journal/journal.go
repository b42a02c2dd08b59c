// Package journal keeps what happened in a simulated world: the requests that came
// in, with the reason of each refusal, and the callbacks that went out. It is the
// tester's own record, so it has phone numbers in full; passwords and tokens are
// taken out before anything is kept. It is bounded: the oldest records go.
package journal

import (
	"encoding/json"
	"sync"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// Limits of a journal.
const (
	DefaultSize = 10_000   // records kept of each kind
	MaxBody     = 64 << 10 // bytes kept of a body

	maxBytes = 64 << 20 // bodies kept of each kind, together
)

// Request is a request and how it was answered.
type Request struct {
	Seq               uint64          `json:"seq"` // set by AddRequest, from 1
	At                time.Time       `json:"at"`
	API               simulator.API   `json:"api"`
	Method            string          `json:"method"`
	Path              string          `json:"path"`
	Status            int             `json:"status"`     // HTTP
	ErrorCode         string          `json:"error_code"` // "" when it was not refused
	Reason            string          `json:"reason"`     // of the refusal, for a person
	Phone             string          `json:"phone"`      // as the request had it
	CheckoutRequestID string          `json:"checkout_request_id"`
	Request           json.RawMessage `json:"request"`  // made by Body
	Response          json.RawMessage `json:"response"` // made by Body
}

// Callback is an attempt to deliver a callback.
type Callback struct {
	Seq               uint64          `json:"seq"` // set by AddCallback, from 1
	At                time.Time       `json:"at"`  // when it was due
	CheckoutRequestID string          `json:"checkout_request_id"`
	URL               string          `json:"url"`
	Copy              int             `json:"copy"`    // from 1
	Status            int             `json:"status"`  // HTTP; 0 when there was no answer
	Error             string          `json:"error"`   // why there was no answer
	Dropped           bool            `json:"dropped"` // lost on purpose: nothing was sent
	Body              json.RawMessage `json:"body"`    // made by Body
}

// Journal is the record. Its methods may be called concurrently.
type Journal struct {
	mu        sync.Mutex
	requests  ring[Request]
	callbacks ring[Callback]
}

// New returns an empty journal that keeps size records of each kind; below 1 it
// keeps DefaultSize.
func New(size int) *Journal {
	if size < 1 {
		size = DefaultSize
	}
	return &Journal{
		requests:  ring[Request]{max: size, maxBytes: maxBytes},
		callbacks: ring[Callback]{max: size, maxBytes: maxBytes},
	}
}

// AddRequest records r and returns its number.
func (j *Journal) AddRequest(r Request) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	r.Seq = j.requests.next()
	j.requests.add(r, len(r.Request)+len(r.Response))
	return r.Seq
}

// AddCallback records c and returns its number.
func (j *Journal) AddCallback(c Callback) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	c.Seq = j.callbacks.next()
	j.callbacks.add(c, len(c.Body))
	return c.Seq
}

// Requests lists the latest requests, at most limit, the newest last.
func (j *Journal) Requests(limit int) []Request {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.requests.latest(limit)
}

// Callbacks lists the latest callbacks, at most limit, the newest last.
func (j *Journal) Callbacks(limit int) []Callback {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.callbacks.latest(limit)
}

// Reset forgets everything and counts from 1 again.
func (j *Journal) Reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.requests.reset()
	j.callbacks.reset()
}
