package sqlite

import (
	"fmt"

	"github.com/darajabox/darajabox/gateway"
)

// paymentColumns are all but the id, in the order of paymentValues and scanPayment.
const paymentColumns = `partner, direction, idempotency_key, fingerprint,
	phone, amount, reference, callback_url,
	state, pushes, checks, merchant_request_id, checkout_request_id,
	result_code, result_desc, receipt, transacted_at, refusal, support, review_reason,
	due_at, created_at, updated_at`

const paymentMarks = `?,?,?,?, ?,?,?,?, ?,?,?,?,?, ?,?,?,?,?,?,?, ?,?,?`

func paymentValues(p *gateway.Payment) []any {
	return []any{
		p.Partner, string(p.Direction), text(p.IdempotencyKey), p.Fingerprint,
		p.Phone.Digits(), int64(p.Amount), p.Reference, p.CallbackURL,
		string(p.State), p.Pushes, p.Checks, p.MerchantRequestID, p.CheckoutRequestID,
		string(p.ResultCode), p.ResultDesc, p.Receipt, instant(p.TransactedAt), p.Refusal, p.Support, p.ReviewReason,
		instant(p.DueAt), instant(p.CreatedAt), instant(p.UpdatedAt),
	}
}

func scanPayment(r row) (*gateway.Payment, error) {
	p := new(gateway.Payment)
	err := r.Scan(&p.ID,
		&p.Partner, &p.Direction, intoText{&p.IdempotencyKey}, &p.Fingerprint,
		&p.Phone, &p.Amount, &p.Reference, &p.CallbackURL,
		&p.State, &p.Pushes, &p.Checks, &p.MerchantRequestID, &p.CheckoutRequestID,
		&p.ResultCode, &p.ResultDesc, &p.Receipt, intoTime{&p.TransactedAt}, &p.Refusal, &p.Support, &p.ReviewReason,
		intoTime{&p.DueAt}, intoTime{&p.CreatedAt}, intoTime{&p.UpdatedAt})
	return p, err
}

// InsertPayment implements gateway.Tx.
func (t *tx) InsertPayment(p *gateway.Payment) error {
	id, err := t.insert("inserting a payment",
		`INSERT INTO payments (`+paymentColumns+`) VALUES (`+paymentMarks+`)`, paymentValues(p)...)
	if isDuplicate(err) {
		return fmt.Errorf("inserting a payment: %w", gateway.ErrDuplicateKey)
	}
	if err != nil {
		return err
	}
	p.ID = id
	t.changes = append(t.changes, changeOf(paymentWork, id, p.DueAt))
	return nil
}

// SavePayment implements gateway.Tx. It writes every field.
func (t *tx) SavePayment(p *gateway.Payment) error {
	what := fmt.Sprintf("saving payment %d", p.ID)
	err := t.update(what, `UPDATE payments SET (`+paymentColumns+`) = (`+paymentMarks+`) WHERE id = ?`,
		append(paymentValues(p), p.ID)...)
	if isDuplicate(err) {
		return fmt.Errorf("%s: %w", what, gateway.ErrDuplicateKey)
	}
	if err != nil {
		return err
	}
	t.changes = append(t.changes, changeOf(paymentWork, p.ID, p.DueAt))
	return nil
}

// Payment implements gateway.Tx.
func (t *tx) Payment(id int64) (*gateway.Payment, error) {
	return one(t, fmt.Sprintf("payment %d", id), scanPayment,
		`SELECT id, `+paymentColumns+` FROM payments WHERE id = ?`, id)
}

// PaymentByKey implements gateway.Tx. Nothing is found by an empty key.
func (t *tx) PaymentByKey(partner, key string) (*gateway.Payment, error) {
	return one(t, "payment by its key", scanPayment,
		`SELECT id, `+paymentColumns+` FROM payments WHERE partner = ? AND idempotency_key = ?`, partner, text(key))
}

// PaymentsIn implements gateway.Tx.
func (t *tx) PaymentsIn(s gateway.State) ([]*gateway.Payment, error) {
	return list(t, "payments in a state", scanPayment,
		`SELECT id, `+paymentColumns+` FROM payments WHERE state = ? ORDER BY id`, string(s))
}
