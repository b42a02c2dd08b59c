// Package adminapi has the answers of the gateway's administration API: the types that
// gateway/admin writes, and that commands read.
package adminapi

import (
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// Time is a time in an answer, in UTC; null when it is zero.
type Time struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.UTC().MarshalJSON()
}

// Partner is a partner.
type Partner struct {
	Name           string `json:"name"`
	Configured     bool   `json:"configured"` // in the configuration, where its key is changed
	ReviewWebhooks bool   `json:"review_webhooks"`
	CreatedAt      Time   `json:"created_at"`
}

// Partners are all partners.
type Partners struct {
	Partners []Partner `json:"partners"`
}

// NewPartner is a partner with its first key and secret.
type NewPartner struct {
	Partner
	APIKey NewKey    `json:"api_key"`
	Secret NewSecret `json:"secret"`
}

// Key is an API key without its text.
type Key struct {
	ID        string   `json:"id"`
	Partner   string   `json:"partner"`
	Scopes    []string `json:"scopes"`
	Note      string   `json:"note"`
	State     string   `json:"state"` // valid, expired or revoked
	CreatedAt Time     `json:"created_at"`
	ExpiresAt Time     `json:"expires_at"`
	RevokedAt Time     `json:"revoked_at"`
	UsedAt    Time     `json:"used_at"` // to the minute
}

// Keys are the keys of a partner.
type Keys struct {
	Keys []Key `json:"keys"`
}

// NewKey is a key in the one answer that shows it.
type NewKey struct {
	Key
	Shown gateway.Shown `json:"key"`
}

// Secret is a webhook secret without its text.
type Secret struct {
	ID        int64  `json:"id"`
	Partner   string `json:"partner"`
	State     string `json:"state"` // valid or expired
	CreatedAt Time   `json:"created_at"`
	ExpiresAt Time   `json:"expires_at"`
}

// Secrets are the webhook secrets of a partner.
type Secrets struct {
	Secrets []Secret `json:"secrets"`
}

// NewSecret is a secret in the one answer that shows it.
type NewSecret struct {
	Secret
	Shown gateway.Shown `json:"webhook_secret"`
}

// Payment is a line of a list. The phone is masked: a list is for finding.
type Payment struct {
	ID           int64              `json:"transaction_id"`
	Partner      string             `json:"partner"`
	State        gateway.State      `json:"state"`
	Amount       int64              `json:"amount"` // whole shillings
	Phone        string             `json:"phone"`
	Reference    string             `json:"reference"`
	Receipt      string             `json:"mpesa_receipt"`
	ResultCode   *daraja.ResultCode `json:"result_code"` // null until M-PESA gave one
	ResultDesc   string             `json:"result_desc"`
	Support      bool               `json:"support"`
	ReviewReason string             `json:"review_reason"`
	ReviewSince  Time               `json:"review_since"` // null while it does not wait for a person
	CreatedAt    Time               `json:"created_at"`
	UpdatedAt    Time               `json:"updated_at"`
}

// Payments are a page of payments. Next is the number after which the next page begins, 0
// at the end, as in the other lists.
type Payments struct {
	Payments []Payment `json:"payments"`
	Next     int64     `json:"next"`
}

// PaymentDetail is a payment with what happened to it.
type PaymentDetail struct {
	Payment
	Kind             gateway.ReviewKind `json:"kind"`              // of an open review, or empty
	Mark             string             `json:"mark"`              // of what that review says, or empty; a resolution gives it as seen
	AccountReference string             `json:"account_reference"` // the reference as it goes to M-PESA
	DueAt            Time               `json:"due_at"`
	Checks           int                `json:"checks"`
	Pushes           []Push             `json:"pushes"`
	Callbacks        []Callback         `json:"callbacks"` // the newest
	CallbacksTotal   int                `json:"callbacks_total"`
	Deliveries       []Delivery         `json:"deliveries"`
	Resolutions      []Resolution       `json:"resolutions"`
}

// Resolution is what a person decided of a payment that waited.
type Resolution = gateway.ResolutionNote

// Push is a push of a payment. Its token proves a callback, so it is not shown.
type Push struct {
	Number            int               `json:"number"`
	State             gateway.PushState `json:"state"`
	MerchantRequestID string            `json:"merchant_request_id"`
	CheckoutRequestID string            `json:"checkout_request_id"`
	Detail            string            `json:"detail"`
	CreatedAt         Time              `json:"created_at"`
}

// Callback is a callback without its body.
type Callback struct {
	ID         int64  `json:"id"`
	Remote     string `json:"remote"`
	Verdict    string `json:"verdict"`
	Bytes      int    `json:"bytes"`
	ReceivedAt Time   `json:"received_at"`
}

// Review is a payment that waits for a person.
type Review struct {
	Payment
	Kind gateway.ReviewKind `json:"kind"`
	Mark string             `json:"mark"` // of what it says; a resolution gives it as seen
}

// Reviews are a page of reviews, and how many there are.
type Reviews struct {
	Reviews []Review      `json:"reviews"`
	Next    int64         `json:"next"`
	Open    []OpenReviews `json:"open"` // of all partners
}

// OpenReviews is how many payments of a kind wait.
type OpenReviews struct {
	Kind   gateway.ReviewKind `json:"kind"`
	Open   int                `json:"open"`
	Oldest Time               `json:"oldest"`
}

// Result is a result code that was declared.
type Result struct {
	Code    string                  `json:"code"`
	Outcome gateway.DeclaredOutcome `json:"outcome"`
	Note    string                  `json:"note"`
	By      string                  `json:"by"`
	At      Time                    `json:"declared_at"`
}

// Results are the declared result codes.
type Results struct {
	Results []Result `json:"results"`
}

// Declared is what a declaration did to the payments that waited with the code.
type Declared struct {
	Result
	Settled int   `json:"settled"`
	Kept    int   `json:"kept"` // for a person
	Next    int64 `json:"next"` // after which payment the next call goes on; 0 when all are done
}

// Delivery is a webhook.
type Delivery struct {
	ID        int64                 `json:"id"`
	PaymentID int64                 `json:"transaction_id"`
	Partner   string                `json:"partner"`
	URL       string                `json:"url"`
	State     gateway.DeliveryState `json:"state"`
	Attempts  int                   `json:"attempts"`
	Resends   int                   `json:"resends"`
	Reason    string                `json:"reason"`
	DueAt     Time                  `json:"due_at"`
	CreatedAt Time                  `json:"created_at"`
	UpdatedAt Time                  `json:"updated_at"`
}

// Deliveries are a page of webhooks.
type Deliveries struct {
	Deliveries []Delivery `json:"deliveries"`
	Next       int64      `json:"next"`
}

// DeliveryDetail is a webhook with its attempts.
type DeliveryDetail struct {
	Delivery
	AttemptsTotal int       `json:"attempts_total"`
	Tried         []Attempt `json:"tried"` // the newest hundred
}

// Attempt is an attempt to deliver a webhook.
type Attempt struct {
	Number int    `json:"number"`
	At     Time   `json:"at"`
	Took   string `json:"took"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Reply  string `json:"reply"`
}

// Erased is what was erased of a customer's data, and what was not. It does not repeat
// whose.
type Erased struct {
	Payments      int          `json:"payments"`
	Mentions      int          `json:"masked_in_other_payments"`
	Callbacks     int          `json:"callbacks"`
	Undelivered   KeptRows     `json:"undelivered_webhooks"`
	KeptPayments  KeptPayments `json:"kept_payments"`
	KeptCallbacks KeptRows     `json:"kept_callbacks"`
	LeftInFiles   string       `json:"left_in_files"` // why, empty when nothing is
}

// KeptPayments are payments that were not erased.
type KeptPayments struct {
	IDs    []int64 `json:"transaction_ids"`
	Reason string  `json:"reason"` // empty when there are none
	Until  string  `json:"until"`  // when the last webhook is given up; empty when none is tried
}

// KeptRows is how many callbacks contain the number and stay, or how many webhooks were
// given up.
type KeptRows struct {
	Count  int    `json:"count"`
	Reason string `json:"reason"` // empty when there are none
}
