package sqlite

import (
	"fmt"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

const callbackColumns = `id, token, payment_id, remote, body, verdict, received_at, digest, prev, hash, erased_at`

func scanCallback(r row) (c gateway.Callback, err error) {
	err = r.Scan(&c.ID, &c.Token, intoRef{&c.PaymentID}, &c.Remote, &c.Body, &c.Verdict, intoTime{&c.ReceivedAt},
		&c.Digest, &c.Prev, &c.Hash, intoTime{&c.ErasedAt})
	return c, err
}

// InsertCallback implements gateway.Tx. There is one writer, so the last row is the
// one before.
func (t *tx) InsertCallback(c *gateway.Callback) error {
	const what = "inserting a callback"
	last, err := list(t, what, scanLast, `SELECT id, hash FROM callbacks ORDER BY id DESC LIMIT 1`)
	if err != nil {
		return err
	}
	prev := gateway.ChainStart()
	c.ID = 1
	if len(last) == 1 {
		c.ID = last[0].ID + 1
		if len(last[0].Hash) > 0 { // rows of a release before the chain have none
			prev = last[0].Hash
		}
	}
	c.Seal(prev)
	_, err = t.exec(what, `INSERT INTO callbacks (`+callbackColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,NULL)`,
		c.ID, c.Token, ref(c.PaymentID), c.Remote, blob(c.Body), c.Verdict, instant(c.ReceivedAt),
		c.Digest, c.Prev, c.Hash)
	return err
}

func scanLast(r row) (c gateway.Callback, err error) {
	err = r.Scan(&c.ID, &c.Hash)
	return c, err
}

// CallbacksOf implements gateway.Tx.
func (t *tx) CallbacksOf(paymentID int64) ([]gateway.Callback, error) {
	return list(t, fmt.Sprintf("callbacks of payment %d", paymentID), scanCallback,
		`SELECT `+callbackColumns+` FROM callbacks WHERE payment_id IS ? ORDER BY id`, ref(paymentID))
}

// CallbacksAfter implements gateway.Tx.
func (t *tx) CallbacksAfter(id int64, most int) ([]gateway.Callback, error) {
	return list(t, "callbacks", scanCallback,
		`SELECT `+callbackColumns+` FROM callbacks WHERE id > ? ORDER BY id`+limit(most), id)
}

// EraseCallback implements gateway.Tx.
func (t *tx) EraseCallback(id int64, at time.Time) error {
	return t.update(fmt.Sprintf("erasing callback %d", id),
		`UPDATE callbacks SET body = x'', erased_at = ? WHERE id = ?`, instant(at), id)
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
