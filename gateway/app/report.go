package app

import (
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// WebhookAttempt is an attempt to deliver a webhook, for Config.Report.
type WebhookAttempt struct {
	URL    string
	Body   []byte // of the webhook
	Number int    // 1 for the first
	Status int    // HTTP; 0 when there was no answer
	Error  string // why there was no answer
}

// reporter is an observer of webhooks alone.
type reporter func(WebhookAttempt)

var _ gateway.Observer = reporter(nil)

// Changed implements gateway.Observer.
func (reporter) Changed(gateway.Change) {}

// CallbackTaken implements gateway.Observer.
func (reporter) CallbackTaken(gateway.Callback, *gateway.Payment, time.Duration) {}

// Updated implements gateway.Observer.
func (reporter) Updated(time.Duration, error) {}

// Attempted implements gateway.Observer.
func (r reporter) Attempted(d gateway.Delivery, a gateway.Attempt, _ time.Time) {
	attempt := WebhookAttempt{URL: d.URL, Body: d.Body, Number: a.Number, Status: a.Status}
	if a.Status == 0 {
		attempt.Error = a.Detail
	}
	r(attempt)
}

// Review is a payment that needs a person's review, for Config.Reviews.
type Review struct {
	TransactionID int64
	Reference     string
	Phone         string
	Amount        string // in shillings
	Reason        string
}

// reviews is an observer of payments that come to need a review.
type reviews func(Review)

var _ gateway.Observer = reviews(nil)

// Changed implements gateway.Observer.
func (r reviews) Changed(c gateway.Change) {
	if p := c.Payment; c.NeedsReview && p.State != gateway.Unknown {
		r(Review{TransactionID: p.ID, Reference: p.Reference, Phone: p.Phone.Digits(), Amount: p.Amount.String(), Reason: p.ReviewReason})
	}
}

// CallbackTaken implements gateway.Observer.
func (reviews) CallbackTaken(gateway.Callback, *gateway.Payment, time.Duration) {}

// Updated implements gateway.Observer.
func (reviews) Updated(time.Duration, error) {}

// Attempted implements gateway.Observer.
func (reviews) Attempted(gateway.Delivery, gateway.Attempt, time.Time) {}
