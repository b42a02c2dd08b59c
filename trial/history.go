package trial

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Who saw or did what an event tells.
type Who string

// The witnesses of a trial.
const (
	Client  Who = "client"  // orders, and what they were answered
	Partner Who = "partner" // webhooks that came
	Mpesa   Who = "mpesa"   // the simulator: prompts, money, callbacks
	Gateway Who = "gateway" // what GET said of a transaction at the end
	Chaos   Who = "chaos"   // what was broken, and when
	Forgery Who = "forgery" // callbacks that M-PESA did not send
	Auditor Who = "auditor" // what is in the audit log at the end
	Other   Who = "other"   // another partner
)

// What happened.
type What string

// Events of a trial, by their witness.
const (
	Ordered  What = "ordered"  // Client: is about to send an order
	Answered What = "answered" // Client: got an answer to it, or gave up waiting (HTTP 0)

	Repeated What = "repeated" // Client: sent a finished order again, and was answered
	Altered  What = "altered"  // Client: sent another order with a used key, and was answered

	Told  What = "told"  // Partner: a webhook, and how it was answered
	Found What = "found" // Partner: where a transaction stood when a webhook told of it

	Prompted What = "prompted" // Mpesa: a push became a prompt
	Received What = "received" // Mpesa: a customer's money moved
	Called   What = "called"   // Mpesa or Forgery: a callback was sent, and how it was answered

	Stands What = "stands" // Gateway: where a transaction stands when all is over
	Peeked What = "peeked" // Other: asked for a transaction that is not its own

	Logged  What = "logged"  // Auditor: a callback in the log
	Checked What = "checked" // Auditor: the chain, with Detail where it is broken

	Broke What = "broke" // Chaos: a kill, a cut, a restart
)

// Event is one line of a history. What does not belong to its kind is zero.
type Event struct {
	At          time.Time `json:"at"`
	Who         Who       `json:"who"`
	What        What      `json:"what"`
	Reference   string    `json:"reference,omitempty"` // of the order, its own for each
	Transaction int64     `json:"transaction,omitempty"`
	HTTP        int       `json:"http,omitempty"`
	Status      string    `json:"status,omitempty"` // success, duplicate or error to the client; successful, failed … to the partner
	Receipt     string    `json:"receipt,omitempty"`
	Cents       int64     `json:"cents,omitempty"`
	Message     string    `json:"message,omitempty"` // webhook-id, or the prompt's CheckoutRequestID
	Detail      string    `json:"detail,omitempty"`
	Result      string    `json:"result,omitempty"` // ResultCode of a callback
	Digest      string    `json:"digest,omitempty"` // SHA-256 of a callback's or a webhook's body, in hex
	Faults      []string  `json:"faults,omitempty"` // of a callback: what was done to it on purpose
}

// Digest is what Event.Digest has of a body.
func Digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// History is what all witnesses saw, in the order in which they said it. It is safe
// for concurrent use.
type History struct {
	mu     sync.Mutex
	events []Event
}

// Add writes e down, now unless it says when.
func (h *History) Add(e Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

// Events returns what was written so far.
func (h *History) Events() []Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.events[:len(h.events):len(h.events)]
}

// Write writes the history as JSON, a line for each event.
func (h *History) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	for _, e := range h.Events() {
		if err := enc.Encode(e); err != nil {
			return fmt.Errorf("writing the history: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing the history: %w", err)
	}
	return nil
}

// Read reads what Write wrote.
func Read(r io.Reader) ([]Event, error) {
	var all []Event
	for dec := json.NewDecoder(r); ; {
		var e Event
		err := dec.Decode(&e)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the history: %w", err)
		}
		all = append(all, e)
	}
}
