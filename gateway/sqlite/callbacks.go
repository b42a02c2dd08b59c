package sqlite

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func scanCallback(r row) (c gateway.Callback, err error) {
	err = r.Scan(&c.ID, &c.Token, intoRef{&c.PaymentID}, &c.Remote, &c.Body, &c.Verdict, intoTime{&c.ReceivedAt})
	return c, err
}

// InsertCallback implements gateway.Tx.
func (t *tx) InsertCallback(c *gateway.Callback) error {
	id, err := t.insert("inserting a callback",
		`INSERT INTO callbacks (token, payment_id, remote, body, verdict, received_at) VALUES (?,?,?,?,?,?)`,
		c.Token, ref(c.PaymentID), c.Remote, blob(c.Body), c.Verdict, instant(c.ReceivedAt))
	if err != nil {
		return err
	}
	c.ID = id
	return nil
}

// CallbacksOf implements gateway.Tx.
func (t *tx) CallbacksOf(paymentID int64) ([]gateway.Callback, error) {
	return list(t, fmt.Sprintf("callbacks of payment %d", paymentID), scanCallback,
		`SELECT id, token, payment_id, remote, body, verdict, received_at
		FROM callbacks WHERE payment_id IS ? ORDER BY id`, ref(paymentID))
}

// ClaimReceipt implements gateway.Tx. A payment that owns the receipt already may
// claim it again.
func (t *tx) ClaimReceipt(receipt string, paymentID int64, at time.Time) (int64, error) {
	what := fmt.Sprintf("claiming a receipt for payment %d", paymentID)
	_, err := t.exec(what, `INSERT INTO receipts (receipt, payment_id, claimed_at) VALUES (?,?,?)
		ON CONFLICT (receipt) DO NOTHING`, receipt, paymentID, instant(at))
	if err != nil {
		return 0, err
	}
	return one(t, what, scanID, `SELECT payment_id FROM receipts WHERE receipt = ?`, receipt)
}

func scanID(r row) (id int64, err error) {
	err = r.Scan(&id)
	return id, err
}
