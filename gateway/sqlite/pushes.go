package sqlite

import (
	"fmt"

	"github.com/darajabox/darajabox/gateway"
)

// Tokens open a payment's callback path, so they stay out of errors.

const pushColumns = `token, payment_id, number, state, merchant_request_id, checkout_request_id, detail, created_at`

func pushValues(p gateway.Push) []any {
	return []any{
		p.Token, p.PaymentID, p.Number, string(p.State),
		p.MerchantRequestID, p.CheckoutRequestID, p.Detail, instant(p.CreatedAt),
	}
}

func scanPush(r row) (p gateway.Push, err error) {
	err = r.Scan(&p.Token, &p.PaymentID, &p.Number, &p.State,
		&p.MerchantRequestID, &p.CheckoutRequestID, &p.Detail, intoTime{&p.CreatedAt})
	return p, err
}

// InsertPush implements gateway.Tx.
func (t *tx) InsertPush(p gateway.Push) error {
	_, err := t.exec(fmt.Sprintf("inserting push %d of payment %d", p.Number, p.PaymentID),
		`INSERT INTO pushes (`+pushColumns+`) VALUES (?,?,?,?,?,?,?,?)`, pushValues(p)...)
	return err
}

// SavePush implements gateway.Tx. It finds the push by its token and writes every
// other field.
func (t *tx) SavePush(p gateway.Push) error {
	return t.update(fmt.Sprintf("saving push %d of payment %d", p.Number, p.PaymentID),
		`UPDATE pushes SET (`+pushColumns+`) = (?,?,?,?,?,?,?,?) WHERE token = ?`,
		append(pushValues(p), p.Token)...)
}

// PushByToken implements gateway.Tx.
func (t *tx) PushByToken(token string) (gateway.Push, error) {
	return one(t, "push by its token", scanPush, `SELECT `+pushColumns+` FROM pushes WHERE token = ?`, token)
}

// PushesOf implements gateway.Tx.
func (t *tx) PushesOf(paymentID int64) ([]gateway.Push, error) {
	return list(t, fmt.Sprintf("pushes of payment %d", paymentID), scanPush,
		`SELECT `+pushColumns+` FROM pushes WHERE payment_id = ? ORDER BY number`, paymentID)
}
