package postgres

import (
	"fmt"

	"github.com/darajabox/darajabox/gateway"
)

// Tokens open a payment's callback path, so they stay out of errors.
//
// A push belongs to its payment: whoever changes it holds the lock of the payment,
// which is always taken first, so that no two updates wait for each other.

const pushColumns = `token, payment_id, number, state, merchant_request_id, checkout_request_id, detail, questions, inquiry, created_at`

const pushRow = `s.token, s.payment_id, s.number, s.state, s.merchant_request_id, s.checkout_request_id, s.detail, s.questions, s.inquiry, s.created_at`

func pushValues(p gateway.Push) []any {
	return []any{
		text(p.Token), p.PaymentID, p.Number, text(p.State),
		text(p.MerchantRequestID), text(p.CheckoutRequestID), text(p.Detail), p.Questions, text(p.Inquiry.String()), instant(p.CreatedAt),
	}
}

func intoPush(p *gateway.Push) []any {
	return []any{to(&p.Token), &p.PaymentID, &p.Number, to(&p.State),
		to(&p.MerchantRequestID), to(&p.CheckoutRequestID), to(&p.Detail), &p.Questions, intoInquiry{&p.Inquiry}, intoTime{&p.CreatedAt}}
}

func scanPush(r row) (p gateway.Push, err error) {
	err = r.Scan(intoPush(&p)...)
	return p, err
}

// InsertPush implements gateway.Tx. A token or a number that is taken fails the
// update.
func (t *tx) InsertPush(p gateway.Push) error {
	what := fmt.Sprintf("inserting push %d of payment %d", p.Number, p.PaymentID)
	if err := t.ready(what, true); err != nil {
		return err
	}
	if m := t.member; m != nil {
		m.pushes, m.tied = append(m.pushes, p), true
		return nil
	}
	return t.put(what,
		`INSERT INTO pushes (`+pushColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`, pushValues(p)...)
}

// SavePush implements gateway.Tx. It finds the push by its token and writes every
// other field.
func (t *tx) SavePush(p gateway.Push) error {
	const save = `UPDATE pushes SET (` + pushColumns + `) = ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) WHERE token = $1`
	what := fmt.Sprintf("saving push %d of payment %d", p.Number, p.PaymentID)
	if m := t.member; m != nil && t.pushes[p.Token] && t.ready(what, true) == nil {
		m.save(p)
		return nil
	}
	if t.pushes[p.Token] { // it is there and locked, so that nothing can be wrong
		return t.put(what, save, pushValues(p)...)
	}
	return t.update(what, save, pushValues(p)...)
}

// pushAndPayment is a push with the payment that it is of.
type pushAndPayment struct {
	push    gateway.Push
	payment *lockedPayment
}

func scanPushAndPayment(r row) (both pushAndPayment, err error) {
	both.payment = new(lockedPayment)
	err = r.Scan(append(intoPush(&both.push), both.payment.into()...)...)
	both.payment.scanned()
	return both, err
}

// PushByToken implements gateway.Tx. Inside an update it reads the payment as well,
// since that is what comes next.
func (t *tx) PushByToken(token string) (gateway.Push, error) {
	const what = "push by its token"
	if !t.writes {
		return one(t, what, scanPush, `SELECT `+pushRow+` FROM pushes s WHERE token = $1`, text(token))
	}
	if a := (&ask{kind: askPush, token: token}); t.look(a) {
		return t.knowPush(a.both), nil
	}
	both, err := one(t, what, scanPushAndPayment, `SELECT `+pushRow+`, `+paymentRow+`
		FROM pushes s JOIN payments p ON p.id = s.payment_id WHERE s.token = $1 FOR NO KEY UPDATE OF p, s`, text(token))
	if err != nil {
		return gateway.Push{}, err
	}
	return t.knowPush(both), nil
}

// knowPush keeps a push that this update has locked with its payment.
func (t *tx) knowPush(both pushAndPayment) gateway.Push {
	t.know(both.payment)
	if t.pushes == nil {
		t.pushes = make(map[string]bool)
	}
	t.pushes[both.push.Token] = true
	return both.push
}

// PushesOf implements gateway.Tx.
func (t *tx) PushesOf(paymentID int64) ([]gateway.Push, error) {
	if t.writes && t.payments[paymentID] == nil {
		_ = t.put(fmt.Sprintf("locking payment %d", paymentID), `SELECT 1 FROM payments WHERE id = $1 FOR NO KEY UPDATE`, paymentID)
	}
	return list(t, fmt.Sprintf("pushes of payment %d", paymentID), scanPush,
		`SELECT `+pushRow+` FROM pushes s WHERE payment_id = $1 ORDER BY number`, paymentID)
}

// PushesOfAll implements gateway.Tx.
func (t *tx) PushesOfAll(paymentIDs ...int64) ([]gateway.Push, error) {
	if t.writes { // the payments are locked first
		_ = t.put("locking payments", `SELECT 1 FROM payments WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE`, paymentIDs)
	}
	return list(t, "pushes of payments", scanPush,
		`SELECT `+pushRow+` FROM pushes s WHERE payment_id = ANY($1) ORDER BY payment_id, number`, paymentIDs)
}
