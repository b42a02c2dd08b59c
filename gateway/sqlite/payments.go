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
	result_code, result_desc, receipt, claimed, transacted_at, refusal, support, review_reason, review_at,
	trace, erased_at, due_at, step_at, inquiry_at, created_at, updated_at`

const paymentMarks = `?,?,?,?, ?,?,?,?, ?,?,?,?,?, ?,?,?,?,?,?,?,?,?, ?,?,?,?,?,?,?`

func paymentValues(p *gateway.Payment) []any {
	return []any{
		p.Partner, string(p.Direction), text(p.IdempotencyKey), p.Fingerprint,
		p.Phone.Digits(), int64(p.Amount), p.Reference, p.CallbackURL,
		string(p.State), p.Pushes, p.Checks, p.MerchantRequestID, p.CheckoutRequestID,
		string(p.ResultCode), p.ResultDesc, p.Receipt, p.Claimed, instant(p.TransactedAt), p.Refusal, p.Support, p.ReviewReason, instant(p.ReviewAt),
		p.Trace, instant(p.ErasedAt), instant(p.WorkAt()), instant(p.DueAt), instant(p.InquiryAt), instant(p.CreatedAt), instant(p.UpdatedAt),
	}
}

func scanPayment(r row) (*gateway.Payment, error) {
	p := new(gateway.Payment)
	err := r.Scan(&p.ID,
		&p.Partner, &p.Direction, intoText{&p.IdempotencyKey}, &p.Fingerprint,
		&p.Phone, &p.Amount, &p.Reference, &p.CallbackURL,
		&p.State, &p.Pushes, &p.Checks, &p.MerchantRequestID, &p.CheckoutRequestID,
		&p.ResultCode, &p.ResultDesc, &p.Receipt, &p.Claimed, intoTime{&p.TransactedAt}, &p.Refusal, &p.Support, &p.ReviewReason, intoTime{&p.ReviewAt},
		&p.Trace, intoTime{&p.ErasedAt}, intoTime{new(time.Time)}, intoTime{&p.DueAt}, intoTime{&p.InquiryAt}, intoTime{&p.CreatedAt}, intoTime{&p.UpdatedAt})
	return p, err
}

// InsertPayment implements gateway.Tx.
func (t *tx) InsertPayment(p *gateway.Payment) error {
	id, err := t.insertNew("inserting a payment", t.ids.Payments,
		`INSERT INTO payments (id, `+paymentColumns+`) VALUES (?, `+paymentMarks+`)`, paymentValues(p))
	if isDuplicate(err) {
		return fmt.Errorf("inserting a payment: %w", gateway.ErrDuplicateKey)
	}
	if err != nil {
		return err
	}
	p.ID = id
	t.memory.payments.put(id, storedPayment(*p))
	t.changes = append(t.changes, changeOf(paymentWork, id, p.WorkAt()))
	return nil
}

// stateColumns are those that change on a payment's way. The others are written once,
// and again when a customer's data are erased.
const stateColumns = `state, pushes, checks, merchant_request_id, checkout_request_id,
	result_code, result_desc, receipt, claimed, transacted_at, refusal, support, review_reason, review_at,
	erased_at, due_at, step_at, inquiry_at, updated_at`

const stateMarks = `?,?,?,?,?, ?,?,?,?,?,?,?,?,?, ?,?,?,?,?`

func stateValues(p *gateway.Payment) []any {
	return []any{
		string(p.State), p.Pushes, p.Checks, p.MerchantRequestID, p.CheckoutRequestID,
		string(p.ResultCode), p.ResultDesc, p.Receipt, p.Claimed, instant(p.TransactedAt), p.Refusal, p.Support, p.ReviewReason, instant(p.ReviewAt),
		instant(p.ErasedAt), instant(p.WorkAt()), instant(p.DueAt), instant(p.InquiryAt), instant(p.UpdatedAt), p.ID,
	}
}

// onlyState reports whether a row differs from another, of which a copy is made, in
// stateColumns only.
func onlyState(before *gateway.Payment, after gateway.Payment) bool {
	if before == nil {
		return false
	}
	after.State, after.Pushes, after.Checks = before.State, before.Pushes, before.Checks
	after.MerchantRequestID, after.CheckoutRequestID = before.MerchantRequestID, before.CheckoutRequestID
	after.ResultCode, after.ResultDesc, after.Receipt, after.Claimed = before.ResultCode, before.ResultDesc, before.Receipt, before.Claimed
	after.TransactedAt, after.Refusal, after.Support, after.ReviewReason = before.TransactedAt, before.Refusal, before.Support, before.ReviewReason
	after.ReviewAt = before.ReviewAt
	after.ErasedAt, after.DueAt, after.InquiryAt, after.UpdatedAt = before.ErasedAt, before.DueAt, before.InquiryAt, before.UpdatedAt
	return after == *before
}

// SavePayment implements gateway.Tx. It writes every field that may have changed: which
// indexes an UPDATE goes through is settled by the columns that it names.
func (t *tx) SavePayment(p *gateway.Payment) error {
	const what = "saving a payment"
	var err error
	row := storedPayment(*p)
	if onlyState(t.memory.payments.get(p.ID), row) {
		err = t.update(what, `UPDATE payments SET (`+stateColumns+`) = (`+stateMarks+`) WHERE id = ?`, stateValues(p)...)
	} else {
		err = t.update(what, `UPDATE payments SET (`+paymentColumns+`) = (`+paymentMarks+`) WHERE id = ?`,
			append(paymentValues(p), p.ID)...)
	}
	if isDuplicate(err) {
		return fmt.Errorf("%s: %w", what, gateway.ErrDuplicateKey)
	}
	if err != nil {
		return err
	}
	if p.Refusal != "" && p.Pushes == 1 {
		if err := t.update(what, `UPDATE payments SET refused = 1 WHERE id = ?`, p.ID); err != nil {
			return err
		}
	}
	t.memory.payments.put(p.ID, row)
	t.changes = append(t.changes, changeOf(paymentWork, p.ID, p.WorkAt()))
	return nil
}

// Payment implements gateway.Tx.
func (t *tx) Payment(id int64) (*gateway.Payment, error) {
	const what = "payment by its id"
	if err := t.usable(what); err != nil {
		return nil, err
	}
	if p := t.memory.payments.get(id); p != nil {
		return p, nil
	}
	p, err := one(t, what, scanPayment, `SELECT id, `+paymentColumns+` FROM payments WHERE id = ?`, id)
	if err == nil && t.writes {
		t.memory.payments.put(id, *p)
	}
	return p, err
}

// PaymentByKey implements gateway.Tx. Nothing is found by an empty key. Mostly nothing is
// by another either, which the index alone can tell.
func (t *tx) PaymentByKey(partner, key string) (*gateway.Payment, error) {
	id, err := one(t, "payment by its key", scanID,
		`SELECT id FROM payments WHERE partner = ? AND idempotency_key = ?`, partner, text(key))
	if err != nil {
		return nil, err
	}
	return t.Payment(id)
}

// Payments implements gateway.Tx.
func (t *tx) Payments(f gateway.PaymentFilter) ([]*gateway.Payment, error) {
	query, args := paymentsQuery(f)
	return list(t, "payments", scanPayment, query, args...)
}

func paymentsQuery(f gateway.PaymentFilter) (query string, args []any) {
	var w where
	w.and(f.Partner != "", "partner = ?", f.Partner)
	w.and(f.State != "", "state = ?", string(f.State))
	w.and(f.Phone != "", "phone = ?", f.Phone.Digits())
	w.and(!f.Before.IsZero(), "created_at < ?", instant(f.Before))
	w.and(f.Unerased, "erased_at IS ?", nil)
	w.and(f.Again, "phone = '' AND erased_at IS ?", nil)
	w.and(f.After != 0, "id > ?", f.After)
	w.in("state", f.States)
	w.only(f.InReview, "review_at IS NOT NULL")
	w.and(f.ResultCode != "", "result_code = ?", string(f.ResultCode))
	from := "payments"
	switch {
	case f.InReview && f.Partner != "":
		from = openReviewsOfPartner
	case f.InReview:
		from = openReviews
	}
	return `SELECT id, ` + paymentColumns + ` FROM ` + from + w.clause() + ` ORDER BY id` + limit(f.Limit), w.args
}

// PaymentsBetween implements gateway.Tx.
func (t *tx) PaymentsBetween(phone daraja.MSISDN, from, to time.Time) (int, error) {
	return one(t, "counting payments", scanCount,
		`SELECT count(*) FROM payments WHERE phone = ? AND refused = 0 AND created_at BETWEEN ? AND ?`, phone.Digits(), from.UnixMicro(), to.UnixMicro())
}
