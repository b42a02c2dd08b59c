// Package activity prints what happens while services run, an event on each line: for
// a person the time with its zone, what it is, the payment's reference, amount and
// phone, and the result in words; for a program a JSON object.
//
// What comes from outside is printed safely: an event stays on one line, its texts are
// cut to a limit, and phone numbers are masked.
package activity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// The kinds of events.
const (
	KindToken    = "token"    // a request for an access token
	KindPush     = "push"     // an STK push
	KindQuery    = "query"    // an STK query
	KindRequest  = "request"  // another request: of another product, or to a path that Daraja does not have
	KindCallback = "callback" // an attempt to deliver a callback
	KindWebhook  = "webhook"  // a webhook of the gateway to a partner
	KindReview   = "review"   // a payment of the gateway needs a person's review
	KindAction   = "action"   // a person or a test changed something: a PIN was entered, the clock was moved
)

// Event is one thing that happened. What a kind does not have is zero. Texts may come from
// outside; Line and JSON make them safe.
type Event struct {
	At            time.Time `json:"at"`               // printed in EAT
	World         string    `json:"world,omitempty"`  // the world of the simulator; "" is the default one
	Record        uint64    `json:"record,omitempty"` // number in the world's journal
	Kind          string    `json:"kind"`
	Reference     string    `json:"reference,omitempty"`
	Amount        string    `json:"amount,omitempty"` // in shillings, as it was written
	Phone         string    `json:"phone,omitempty"`  // as it was written
	Result        string    `json:"result"`           // in words: accepted, refused, "cancelled by the customer"
	ResultCode    string    `json:"result_code,omitempty"`
	TransactionID string    `json:"transaction_id,omitempty"` // of the gateway
	Receipt       string    `json:"receipt,omitempty"`
	Signature     string    `json:"signature,omitempty"`  // of a webhook: ok, bad or none
	ErrorCode     string    `json:"error_code,omitempty"` // Daraja's, of a refusal
	Reason        string    `json:"reason,omitempty"`     // of a refusal, and of a result that does not say it
	URL           string    `json:"url,omitempty"`        // where a callback went
	Status        int       `json:"status,omitempty"`     // HTTP; 0 when there was no answer
	Error         string    `json:"error,omitempty"`      // why there was no answer
	By            string    `json:"by,omitempty"`         // which rule decided
	Faults        []string  `json:"faults,omitempty"`     // done on purpose
	Attempt       int       `json:"attempt,omitempty"`    // of a webhook, from 2; 0 for the first
}

// Refused is the Result of a request that Daraja refuses.
const Refused = "refused"

// ResultText is a result code in words, such as "cancelled by the customer"; of one
// that is not known, the code and its description.
func ResultText(code, description string) string {
	if r, ok := daraja.LookupResult(daraja.ResultCode(code)); ok && r.Short != "" {
		return r.Short
	}
	return strings.TrimSpace("result " + code + " " + description)
}

// lineFormat has columns of a fixed width, so that lines stand below each other.
const lineFormat = "%s  %-8s  %-12s  %-14s  %-12s  %s\n"

// Line is the event for a person. Without a payment, what happened follows the kind.
func (e Event) Line() string {
	e = e.safe()
	at := e.At.Format("15:04:05 MST")
	if e.Reference == "" && e.Amount == "" && e.Phone == "" {
		return fmt.Sprintf("%s  %-8s  %s\n", at, e.Kind, e.text())
	}
	return fmt.Sprintf(lineFormat, at, e.Kind, word(e.Reference), amountText(e.Amount), cmp.Or(e.Phone, "-"), e.text())
}

// JSON is the event for a program, on a line.
func (e Event) JSON() []byte {
	b, _ := daraja.Marshal(e.safe()) // texts, numbers and a time always encode
	return append(b, '\n')
}

// text says what happened.
func (e Event) text() string {
	text := e.Result
	if e.World != "" {
		text = "world " + e.World + ": " + text
	}
	refusal := ""
	switch {
	case e.Result != Refused:
	case e.ErrorCode != "":
		refusal = e.ErrorCode
	case e.Status != 0:
		refusal = fmt.Sprintf("with HTTP status %d", e.Status)
	}
	for _, part := range []struct{ before, text string }{
		{" ", refusal}, {", transaction ", e.TransactionID}, {", receipt ", e.Receipt}, {", signature ", e.Signature},
		{": ", e.Reason}, {"; ", e.delivery()},
	} {
		if part.text != "" {
			text += part.before + part.text
		}
	}
	if cause := e.cause(text); cause != "" {
		text += " (" + cause + ")"
	}
	return text
}

// delivery says how a callback or a webhook was answered, and why a request was not.
func (e Event) delivery() string {
	switch {
	case e.Error != "" && e.URL != "":
		return e.URL + " did not answer: " + e.Error
	case e.Error != "" || e.Status == 0 || e.Kind != KindCallback && e.Kind != KindWebhook:
		return e.Error
	default:
		return strings.TrimSpace(fmt.Sprintf("%s answered %d", e.URL, e.Status))
	}
}

// cause names the rule that decided and the faults, unless text names them.
func (e Event) cause(text string) string {
	named := func(s string) bool { return s == "" || strings.Contains(text, s) || s == "error "+e.ErrorCode }
	var all []string
	if !named(e.By) {
		all = append(all, "by "+e.By)
	}
	all = append(all, slices.DeleteFunc(slices.Clone(e.Faults), named)...)
	if e.Attempt > 1 {
		all = append(all, fmt.Sprintf("attempt %d", e.Attempt))
	}
	return strings.Join(all, "; ")
}
