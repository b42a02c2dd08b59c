package sqlite

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// paymentColumns are all but the id, in the order of paymentValues and scanPayment.
const paymentColumns = `partner, direction, idempotency_key, fingerprint,
	phone, amount, reference, callback_url,
	state, pushes, checks, merchant_request_id, checkout_request_id,
	result_code, result_desc, receipt, claimed, transacted_at, refusal, support, review_reason,
	trace, erased_at, due_at, created_at, updated_at`

const paymentMarks = `?,?,?,?, ?,?,?,?, ?,?,?,?,?, ?,?,?,?,?,?,?,?, ?,?,?,?,?`

func paymentValues(p *gateway.Payment) []any {
	return []any{
		p.Partner, string(p.Direction), text(p.IdempotencyKey), p.Fingerprint,
		p.Phone.Digits(), int64(p.Amount), p.Reference, p.CallbackURL,
		string(p.State), p.Pushes, p.Checks, p.MerchantRequestID, p.CheckoutRequestID,
		string(p.ResultCode), p.ResultDesc, p.Receipt, p.Claimed, instant(p.TransactedAt), p.Refusal, p.Support, p.ReviewReason,
		p.Trace, instant(p.ErasedAt), instant(p.DueAt), instant(p.CreatedAt), instant(p.UpdatedAt),
	}
}

func scanPayment(r row) (*gateway.Payment, error) {
	p := new(gateway.Payment)
	err := r.Scan(&p.ID,
		&p.Partner, &p.Direction, intoText{&p.IdempotencyKey}, &p.Fingerprint,
		&p.Phone, &p.Amount, &p.Reference, &p.CallbackURL,
		&p.State, &p.Pushes, &p.Checks, &p.MerchantRequestID, &p.CheckoutRequestID,
		&p.ResultCode, &p.ResultDesc, &p.Receipt, &p.Claimed, intoTime{&p.TransactedAt}, &p.Refusal, &p.Support, &p.ReviewReason,
		&p.Trace, intoTime{&p.ErasedAt}, intoTime{&p.DueAt}, intoTime{&p.CreatedAt}, intoTime{&p.UpdatedAt})
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

// Payments implements gateway.Tx.
func (t *tx) Payments(f gateway.PaymentFilter) ([]*gateway.Payment, error) {
	var w where
	w.and(f.Partner != "", "partner = ?", f.Partner)
	w.and(f.State != "", "state = ?", string(f.State))
	w.and(f.Phone != "", "phone = ?", f.Phone.Digits())
	w.and(!f.Before.IsZero(), "created_at < ?", instant(f.Before))
	w.and(f.Unerased, "erased_at IS ?", nil)
	w.and(f.After != 0, "id > ?", f.After)
	return list(t, "payments", scanPayment,
		`SELECT id, `+paymentColumns+` FROM payments`+w.clause()+` ORDER BY id`+limit(f.Limit), w.args...)
}

// PaymentsSince implements gateway.Tx.
func (t *tx) PaymentsSince(phone daraja.MSISDN, at time.Time) (int, error) {
	return one(t, "counting payments", scanCount,
		`SELECT count(*) FROM payments WHERE phone = ? AND created_at >= ?`, phone.Digits(), at.UnixMicro())
}
