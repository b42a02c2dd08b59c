package gateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Report describes a settled payment for its partner, and, where the partner wants that,
// one that waits for a person: the body of the webhook, its keys in this order. Amount
// is in whole shillings, the date true UTC.
type Report struct {
	TransactionID     int64              `json:"transaction_id"`
	MerchantRequestID string             `json:"merchant_request_id"`
	CheckoutRequestID string             `json:"checkout_request_id"`
	ResultCode        *daraja.ResultCode `json:"result_code"`
	ResultDesc        string             `json:"result_desc"`
	Amount            int64              `json:"amount"`
	MpesaReceipt      *string            `json:"mpesa_receipt"`
	TransactionDate   *string            `json:"transaction_date"`
	Phone             string             `json:"phone"`
	Status            Status             `json:"status"`
	ReviewReason      string             `json:"review_reason,omitempty"` // in webhooks with status review only
}

// NewReport describes p as it stands. What is not known yet is null.
func NewReport(p *Payment) Report {
	r := Report{
		TransactionID:     p.ID,
		MerchantRequestID: p.MerchantRequestID,
		CheckoutRequestID: p.CheckoutRequestID,
		ResultDesc:        p.ResultDesc,
		Amount:            p.Amount.Shillings(),
		Phone:             p.Phone.Digits(),
		Status:            p.State.Status(),
	}
	if p.ResultCode != "" {
		r.ResultCode = &p.ResultCode
	}
	if p.Receipt != "" {
		r.MpesaReceipt = &p.Receipt
	}
	if !p.TransactedAt.IsZero() {
		at := p.TransactedAt.UTC().Format(time.RFC3339)
		r.TransactionDate = &at
	}
	return r
}

// tell makes the webhook that p's partner is to get after a transition from a state, if
// there is one.
func (g *Gateway) tell(tx Tx, p *Payment, effect Effect, from State) error {
	if effect != Settle {
		if tells, err := g.tellsReview(tx, p, from); !tells || err != nil {
			return err
		}
	}
	if effect == Settle && mayHaveTold(from) {
		if err := supersede(tx, p); err != nil {
			return err
		}
	}
	d, err := g.newDelivery(p, p.UpdatedAt)
	if err != nil {
		return err
	}
	if err := tx.InsertDelivery(d); err != nil {
		return fmt.Errorf("recording the webhook of payment %d: %w", p.ID, err)
	}
	return nil
}

// mayHaveTold reports whether a payment in a state can have a webhook already. Most
// settle from another state, and have nothing to look up.
func mayHaveTold(s State) bool {
	switch s {
	case Sending, Pending, Unknown, Retrying, Resending:
		return false
	default:
		return true
	}
}

// superseded is the reason of a webhook that ended because a later result came.
const superseded = "superseded by a later result"

// supersede ends the webhooks of p that are still due, so that none of them comes after
// the one with the result that p has now.
func supersede(tx Tx, p *Payment) error {
	earlier, err := tx.DeliveriesOf(p.ID)
	if err != nil {
		return fmt.Errorf("reading the webhooks of payment %d: %w", p.ID, err)
	}
	for _, d := range earlier {
		if d.State != DeliveryDue {
			continue
		}
		d.exhaust(superseded)
		d.UpdatedAt = p.UpdatedAt
		if err := tx.SaveDelivery(d); err != nil {
			return fmt.Errorf("ending webhook %d of payment %d: %w", d.ID, p.ID, err)
		}
	}
	return nil
}

// newDelivery is the webhook that tells the partner of p, due at once.
func (g *Gateway) newDelivery(p *Payment, now time.Time) (*Delivery, error) {
	report := NewReport(p)
	if report.Status == StatusReview {
		report.ReviewReason = p.WhyReview()
	}
	body, err := daraja.Marshal(report)
	if err != nil {
		return nil, fmt.Errorf("writing the webhook of payment %d: %w", p.ID, err)
	}
	id, err := g.messageID()
	if err != nil {
		return nil, err
	}
	return &Delivery{
		PaymentID: p.ID, Partner: p.Partner, MessageID: id, URL: p.CallbackURL, Endpoint: endpointOf(p.CallbackURL), Body: body, Trace: p.Trace,
		State: DeliveryDue, DueAt: now, CreatedAt: now, UpdatedAt: now,
	}, nil
}

// tellsOfReview reports whether a webhook has the status review, as an erased one may.
func tellsOfReview(d *Delivery) bool { return d.status() == StatusReview || len(d.Body) == 0 }

// LatestWebhook is the one of p's webhooks that tells of what p is now, or the last when none
// does, or nil. Of several it is the last that was not superseded. Replicas' clocks differ, so
// the last need not be the one with the result.
func LatestWebhook(p *Payment, webhooks []*Delivery) (latest *Delivery) {
	for _, d := range slices.Backward(webhooks) {
		switch {
		case d.status() != p.State.Status():
		case d.Reason != superseded:
			return d
		case latest == nil:
			latest = d
		}
	}
	if latest == nil && len(webhooks) > 0 {
		return webhooks[len(webhooks)-1]
	}
	return latest
}

// status is what a webhook says of its payment; "" once it is erased.
func (d *Delivery) status() Status {
	var r struct {
		Status Status `json:"status"`
	}
	if err := json.Unmarshal(d.Body, &r); err != nil {
		return ""
	}
	return r.Status
}
