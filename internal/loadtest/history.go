package loadtest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// Actor is who did or observed what an event records.
type Actor string

// The actors of a run.
const (
	Client       Actor = "client"        // places orders
	Partner      Actor = "partner"       // gets webhooks
	OtherPartner Actor = "other partner" // owns no payment
	Mpesa        Actor = "mpesa"         // the simulator: prompts, money, callbacks
	Gateway      Actor = "gateway"       // its answers to GET at the end
	Chaos        Actor = "chaos"         // injects faults
	Forgery      Actor = "forgery"       // sends callbacks that M-PESA did not send
	Auditor      Actor = "auditor"       // reads the audit log at the end
)

// Kind is what happened.
type Kind string

// Events of a run, by their actor.
const (
	OrderSent     Kind = "order sent"     // Client: recorded before it is sent
	OrderAnswered Kind = "order answered" // Client: with HTTP 0 it got no answer
	OrderRepeated Kind = "order repeated" // Client: the answer to a finished order that is sent again
	OrderAltered  Kind = "order altered"  // Client: the answer to another order with a used key

	WebhookReceived Kind = "webhook received" // Partner: and how it was answered
	StatusRead      Kind = "status read"      // Partner: the status of a transaction when its webhook came

	Prompted     Kind = "prompted"      // Mpesa: a push became a prompt
	Paid         Kind = "paid"          // Mpesa: a customer's money moved
	CallbackSent Kind = "callback sent" // Mpesa or Forgery: and how it was answered

	FinalStatus Kind = "final status"  // Gateway: the status of a transaction at the end
	ReadByOther Kind = "read by other" // OtherPartner: asked for a transaction of Partner

	CallbackLogged Kind = "callback logged" // Auditor: a callback in the log
	ChainVerified  Kind = "chain verified"  // Auditor: with Detail where the chain is broken

	FaultInjected Kind = "fault injected" // Chaos: a kill, a cut, a restart
)

// Event is one line of a history. Fields that do not belong to its kind are zero.
type Event struct {
	At          time.Time `json:"at"`
	Actor       Actor     `json:"actor"`
	Kind        Kind      `json:"kind"`
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

// History is the events of all actors, in the order in which they were added. It is
// safe for concurrent use.
type History struct {
	mu     sync.Mutex
	events []Event
}

// Add appends e, with the present time unless it has one.
func (h *History) Add(e Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, e)
}

// Events returns the events so far.
func (h *History) Events() []Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.events[:len(h.events):len(h.events)]
}

// Write writes the history as JSON, a line for each event.
func (h *History) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	for _, e := range h.Events() {
		if err := enc.Encode(e); err != nil {
			return fmt.Errorf("writing the history: %w", err)
		}
	}
	return nil
}
