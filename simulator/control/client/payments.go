package client

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/internal/apiclient"
	"github.com/darajabox/darajabox/simulator"
)

// Payment is a push and how it stands: one that was accepted, or one that was refused.
type Payment struct {
	ID          string                  `json:"id"`     // the CheckoutRequestID; "" for a push that was refused
	Record      uint64                  `json:"record"` // the journal's number of the push; 0 when it has it no more
	At          time.Time               `json:"at"`
	EndedAt     *time.Time              `json:"ended_at"`
	Phone       string                  `json:"phone"`
	Name        string                  `json:"name"`
	Shortcode   string                  `json:"shortcode"`
	AmountCents int64                   `json:"amount_cents"`
	Reference   string                  `json:"reference"`
	Status      simulator.PaymentStatus `json:"status"`
	StatusText  string                  `json:"status_text"`
	ResultCode  string                  `json:"result_code"`
	ResultDesc  string                  `json:"result_desc"`
	Receipt     string                  `json:"receipt"`
	DecidedBy   string                  `json:"decided_by"`
}

// PaymentDetail is a payment with what happened, oldest first.
type PaymentDetail struct {
	Payment

	Timeline []TimelineEvent `json:"timeline"`
}

// TimelineEvent is one line of a payment's timeline.
type TimelineEvent struct {
	At     time.Time `json:"at"`
	Text   string    `json:"text"`
	Record uint64    `json:"record"` // the journal's number; 0 for what only the world knows
	Kind   string    `json:"kind"`   // request, prompt, callback, query, action or sms
}

// Payments are a page of a list, the newest first.
type Payments struct {
	Payments []Payment `json:"payments"`
	Next     string    `json:"next"` // Before of the next page; "" at the end
}

// PaymentFilter chooses payments. Its zero value chooses the newest of all.
type PaymentFilter struct {
	Status simulator.PaymentStatus
	Phone  string
	Limit  int    // of a page; 0 leaves it to the simulator
	Before string // Next of the page before
}

// NewPayment is a push that the simulator makes as an app would.
type NewPayment struct {
	Phone       string `json:"phone"`
	Amount      *int64 `json:"amount"` // shillings
	Reference   string `json:"reference,omitempty"`
	Description string `json:"description,omitempty"`
	Shortcode   string `json:"shortcode,omitempty"`
	CallbackURL string `json:"callback_url,omitempty"`
}

// AcceptedPush is a push that was accepted.
type AcceptedPush struct {
	ID              string `json:"id"` // the CheckoutRequestID
	CustomerMessage string `json:"customer_message"`
}

// Payments lists a page of payments.
func (c *Client) Payments(ctx context.Context, f PaymentFilter) (Payments, error) {
	query := apiclient.Query(map[string]string{"status": string(f.Status), "phone": f.Phone, "before": f.Before})
	if f.Limit != 0 {
		query.Set("limit", strconv.Itoa(f.Limit))
	}
	return get[Payments](ctx, c, "/payments", query)
}

// Payment shows a payment by its ID, or a push that was refused by the number of its record.
func (c *Client) Payment(ctx context.Context, id string) (PaymentDetail, error) {
	return get[PaymentDetail](ctx, c, apiclient.Path("payments", id), nil)
}

// Pay makes a payment.
func (c *Client) Pay(ctx context.Context, p NewPayment) (AcceptedPush, error) {
	return send[AcceptedPush](ctx, c, http.MethodPost, "/payments", p)
}

// LedgerEntry is a payment that moved money.
type LedgerEntry struct {
	Receipt           string    `json:"receipt"`
	At                time.Time `json:"at"`
	Phone             string    `json:"phone"`
	Shortcode         string    `json:"shortcode"`
	AmountCents       int64     `json:"amount_cents"`
	AccountReference  string    `json:"account_reference"`
	MerchantRequestID string    `json:"merchant_request_id"`
	CheckoutRequestID string    `json:"checkout_request_id"`
}

// Ledger has the payments that moved money, in order.
type Ledger struct {
	Entries []LedgerEntry `json:"entries"`
}

// Ledger lists the payments that moved money.
func (c *Client) Ledger(ctx context.Context) ([]LedgerEntry, error) {
	l, err := get[Ledger](ctx, c, "/ledger", nil)
	return l.Entries, err
}
