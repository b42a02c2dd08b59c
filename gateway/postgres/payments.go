package postgres

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// paymentColumns are all that the domain knows but the id, in the order of
// paymentValues and scanPayment.
const paymentColumns = `partner, direction, idempotency_key, fingerprint,
	phone, amount, reference, callback_url,
	state, pushes, checks, merchant_request_id, checkout_request_id,
	result_code, result_desc, receipt, claimed, transacted_at, refusal, support, review_reason, review_at,
	trace, erased_at, due_at, step_at, inquiry_at, created_at, updated_at`

const paymentMarks = `$1,$2,$3,$4, $5,$6,$7,$8, $9,$10,$11,$12,$13, $14,$15,$16,$17,$18,$19,$20,$21,$22, $23,$24,$25,$26,$27,$28,$29`

// paymentRow is a payment of table p with how its work stands.
const paymentRow = `p.id, p.partner, p.direction, p.idempotency_key, p.fingerprint,
	p.phone, p.amount, p.reference, p.callback_url,
	p.state, p.pushes, p.checks, p.merchant_request_id, p.checkout_request_id,
	p.result_code, p.result_desc, p.receipt, p.claimed, p.transacted_at, p.refusal, p.support, p.review_reason, p.review_at,
	p.trace, p.erased_at, p.due_at, p.step_at, p.inquiry_at, p.created_at, p.updated_at, p.run_at, p.turn, p.failures`

func paymentValues(p *gateway.Payment) []any {
	return []any{
		text(p.Partner), text(p.Direction), nullable(p.IdempotencyKey), text(p.Fingerprint),
		text(p.Phone.Digits()), int64(p.Amount), text(p.Reference), text(p.CallbackURL),
		text(p.State), p.Pushes, p.Checks, text(p.MerchantRequestID), text(p.CheckoutRequestID),
		text(p.ResultCode), text(p.ResultDesc), text(p.Receipt), text(p.Claimed), instant(p.TransactedAt), text(p.Refusal), p.Support, text(p.ReviewReason), instant(p.ReviewAt),
		text(p.Trace), instant(p.ErasedAt), instant(p.WorkAt()), instant(p.DueAt), instant(p.InquiryAt), instant(p.CreatedAt), instant(p.UpdatedAt),
	}
}

func (l *lockedPayment) into() []any {
	p, w := &l.row, &l.when
	return []any{&p.ID,
		to(&p.Partner), to(&p.Direction), to(&p.IdempotencyKey), to(&p.Fingerprint),
		to(&p.Phone), &p.Amount, to(&p.Reference), to(&p.CallbackURL),
		to(&p.State), &p.Pushes, &p.Checks, to(&p.MerchantRequestID), to(&p.CheckoutRequestID),
		to(&p.ResultCode), to(&p.ResultDesc), to(&p.Receipt), to(&p.Claimed), intoTime{&p.TransactedAt}, to(&p.Refusal), &p.Support, to(&p.ReviewReason), intoTime{&p.ReviewAt},
		to(&p.Trace), intoTime{&p.ErasedAt}, intoTime{&l.due}, intoTime{&p.DueAt}, intoTime{&p.InquiryAt}, intoTime{&p.CreatedAt}, intoTime{&p.UpdatedAt},
		intoTime{&w.run}, &w.turn, &w.failures}
}

// lockedPayment is a locked payment; outside an update it is just one that was read.
type lockedPayment struct {
	locked[gateway.Payment]
	due time.Time // as the row has it
}

// scanned is called after the row is read. A replica of an earlier release writes due_at and
// does not know step_at.
func (l *lockedPayment) scanned() {
	if !l.due.Equal(l.row.WorkAt()) {
		l.row.DueAt = l.due
	}
	l.when.due = l.row.WorkAt()
}

func scanPayment(r row) (*lockedPayment, error) {
	l := new(lockedPayment)
	err := r.Scan(l.into()...)
	l.scanned()
	return l, err
}

// know keeps a payment that this update has locked, and returns a copy.
func (t *tx) know(l *lockedPayment) *gateway.Payment {
	if t.writes {
		t.payments[l.row.ID] = &l.locked
	}
	p := l.row
	return &p
}

// InsertPayment implements gateway.Tx.
func (t *tx) InsertPayment(p *gateway.Payment) error {
	const what = "inserting a payment"
	if err := t.ready(what, true); err != nil {
		return err
	}
	var w when
	queue := w.move(p.WorkAt(), t.store.clock.Now())
	if id, ok := t.member.newPayment(p, w); ok {
		t.inserted(p, id, w, queue)
		return nil
	}
	id, err := t.insertNew(what, t.store.ids.Payments, insertOnePayment, append(paymentValues(p), instant(w.run), w.turn),
		func() error { return t.checkKey(p) })
	if err != nil {
		return err
	}
	t.inserted(p, id, w, queue)
	return nil
}

const insertOnePayment = `INSERT INTO payments (` + paymentColumns + `, run_at, turn, id) OVERRIDING SYSTEM VALUE
	VALUES (` + paymentMarks + `, $30, $31, $32)
	ON CONFLICT DO NOTHING RETURNING id`

// checkKey returns gateway.ErrDuplicateKey when a payment has p's idempotency key.
func (t *tx) checkKey(p *gateway.Payment) error {
	if p.IdempotencyKey == "" {
		return nil
	}
	n, err := one(t, "looking for a key", scanCount, `SELECT count(*) FROM payments WHERE partner = $1 AND idempotency_key = $2`,
		text(p.Partner), nullable(p.IdempotencyKey))
	if err == nil && n > 0 {
		err = fmt.Errorf("inserting a payment: %w", gateway.ErrDuplicateKey)
	}
	return err
}

// inserted notes a new payment.
func (t *tx) inserted(p *gateway.Payment, id int64, w when, queue bool) {
	p.ID = id
	row := rowKey{paymentWork, id}
	if queue {
		t.jobs = append(t.jobs, job{row: row, turn: w.turn})
	}
	t.dues = append(t.dues, due{row: row, when: w})
	t.payments[id] = &locked[gateway.Payment]{row: *p, when: w}
}

// SavePayment implements gateway.Tx. It writes every field.
func (t *tx) SavePayment(p *gateway.Payment) error {
	what := fmt.Sprintf("saving payment %d", p.ID)
	if err := t.ready(what, true); err != nil {
		return err
	}
	if t.payments[p.ID] == nil {
		if _, err := t.Payment(p.ID); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	l := t.payments[p.ID]
	if !samePayment(l.row, *p) {
		if err := t.alone(what); err != nil {
			return err
		}
	}
	moved := p.IdempotencyKey != l.row.IdempotencyKey || p.Partner != l.row.Partner
	t.plan(rowKey{paymentWork, p.ID}, &l.when, p.WorkAt())
	l.row, l.dirty = *p, true
	if !moved {
		return nil
	}
	t.saveLocked() // another payment may have the key, and its owner wants to know now
	err := t.session.flush()
	if isDuplicate(err) {
		err = fmt.Errorf("%w: %w", gateway.ErrDuplicateKey, err)
	}
	if err != nil {
		return t.failed(what, err)
	}
	return nil
}

func (t *tx) sendPayment(id int64, l *locked[gateway.Payment]) {
	t.session.put(statement{what: fmt.Sprintf("saving payment %d", id),
		sql:  `UPDATE payments SET (` + paymentColumns + `, run_at, turn, failures) = (` + paymentMarks + `, $30, $31, $32) WHERE id = $33`,
		args: append(paymentValues(&l.row), instant(l.when.run), l.when.turn, l.when.failures, id)})
}

// Payment implements gateway.Tx.
func (t *tx) Payment(id int64) (*gateway.Payment, error) {
	what := fmt.Sprintf("payment %d", id)
	if l := t.payments[id]; l != nil && t.ready(what, false) == nil {
		p := l.row
		return &p, nil
	}
	if a := (&ask{kind: askPayment, id: id}); t.look(a) {
		if a.payment == nil {
			return nil, fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
		}
		return t.know(a.payment), nil
	}
	l, err := one(t, what, scanPayment, `SELECT `+paymentRow+` FROM payments p WHERE id = $1`+t.forUpdate(), id)
	if err != nil {
		return nil, err
	}
	return t.know(l), nil
}

// PaymentByKey implements gateway.Tx. Nothing is found by an empty key.
func (t *tx) PaymentByKey(partner, key string) (*gateway.Payment, error) {
	const what = "payment by its key"
	if err := t.ready(what, false); err != nil {
		return nil, err
	}
	if key == "" || t.member.keyIsNew(partner, key) {
		return nil, fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
	}
	l, err := one(t, what, scanPayment,
		`SELECT `+paymentRow+` FROM payments p WHERE partner = $1 AND idempotency_key = $2`+t.forUpdate(), text(partner), nullable(key))
	if err != nil {
		return nil, err
	}
	return t.know(l), nil
}

// Payments implements gateway.Tx.
func (t *tx) Payments(f gateway.PaymentFilter) ([]*gateway.Payment, error) {
	if err := t.planAnew("payments"); err != nil {
		return nil, err
	}
	query, args := paymentsQuery(f)
	rows, err := list(t, "payments", scanPayment, query+t.forUpdate(), args...)
	if err != nil {
		return nil, err
	}
	all := make([]*gateway.Payment, len(rows))
	for i, l := range rows {
		all[i] = t.know(l)
	}
	return all, nil
}

func paymentsQuery(f gateway.PaymentFilter) (query string, args []any) {
	var w where
	w.and(f.Partner != "", "partner =", text(f.Partner))
	w.and(f.State != "", "state =", text(f.State))
	w.and(f.Phone != "", "phone =", text(f.Phone.Digits()))
	w.and(!f.Before.IsZero(), "created_at <", instant(f.Before))
	w.only(f.Unerased, "erased_at IS NULL")
	w.only(f.Again, "phone = '' AND erased_at IS NULL")
	w.and(f.After != 0, "id >", f.After)
	w.in("state", f.States)
	w.only(f.InReview, "review_at IS NOT NULL")
	w.and(f.ResultCode != "", "result_code =", text(f.ResultCode))
	return `SELECT ` + paymentRow + ` FROM payments p` + w.clause() + ` ORDER BY id` + limit(f.Limit), w.args
}

// PaymentsBetween implements gateway.Tx. In an update it takes the phone's lock, which
// holds to the end, so that no two replicas count the same before either inserts.
func (t *tx) PaymentsBetween(phone daraja.MSISDN, from, to time.Time) (int, error) {
	if a := (&ask{kind: askBetween, phone: phone.Digits(), from: from, to: to}); t.look(a) {
		return a.count, nil
	}
	if t.writes {
		const lock = `SELECT pg_advisory_xact_lock(hashtextextended('phone ' || $1, 0))::text`
		if err := t.put("locking a phone", lock, phone.Digits()); err != nil {
			return 0, err
		}
	}
	return one(t, "counting payments", scanCount,
		`SELECT count(*) FROM payments WHERE phone = $1 AND (refusal = '' OR pushes > 1) AND created_at BETWEEN $2 AND $3`, text(phone.Digits()), from, to)
}
