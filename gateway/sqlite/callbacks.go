package sqlite

import (
	"slices"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

const callbackColumns = `id, token, payment_id, remote, body, verdict, received_at, digest, prev, hash, erased_at, salt`

func scanCallback(r row) (c gateway.Callback, err error) {
	err = r.Scan(&c.ID, &c.Token, intoRef{&c.PaymentID}, &c.Remote, &c.Body, &c.Verdict, intoTime{&c.ReceivedAt},
		&c.Digest, &c.Prev, &c.Hash, intoTime{&c.ErasedAt}, &c.Salt)
	return c, err
}

// InsertCallback implements gateway.Tx. There is one writer, so the last row is the
// one before.
func (t *tx) InsertCallback(c *gateway.Callback) error {
	const what = "inserting a callback"
	last, err := t.lastCallback(what)
	if err != nil {
		return err
	}
	prev := last.Hash
	if len(prev) == 0 { // there is none, or it is of a release before the chain
		prev = gateway.ChainStart()
	}
	c.ID = last.ID + 1
	c.Seal(prev)
	_, err = t.exec(what, `INSERT INTO callbacks (`+callbackColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`,
		c.ID, c.Token, ref(c.PaymentID), c.Remote, blob(c.Body), c.Verdict, instant(c.ReceivedAt),
		c.Digest, c.Prev, c.Hash, instant(c.ErasedAt), blob(c.Salt))
	if err != nil {
		return err
	}
	t.memory.last = &gateway.Callback{ID: c.ID, Hash: c.Hash}
	return nil
}

// lastCallback is the end of the raw log; its ID is 0 while there is none.
func (t *tx) lastCallback(what string) (last gateway.Callback, err error) {
	if t.memory.last != nil {
		return *t.memory.last, nil
	}
	rows, err := list(t, what, scanLast, `SELECT id, hash FROM callbacks ORDER BY id DESC LIMIT 1`)
	if len(rows) == 1 {
		last = rows[0]
	}
	return last, err
}

func scanLast(r row) (c gateway.Callback, err error) {
	err = r.Scan(&c.ID, &c.Hash)
	return c, err
}

// CallbacksOf implements gateway.Tx.
func (t *tx) CallbacksOf(paymentID, after int64, most int) ([]gateway.Callback, error) {
	return list(t, "callbacks of a payment", scanCallback,
		`SELECT `+callbackColumns+` FROM callbacks WHERE payment_id IS ? AND id > ? ORDER BY id LIMIT ?`, ref(paymentID), after, most)
}

// NewestCallbacks implements gateway.Tx.
func (t *tx) NewestCallbacks(paymentID int64, most int) (newest []gateway.CallbackSummary, all int, err error) {
	const what = "the newest callbacks of a payment"
	all, err = one(t, what, scanCount, `SELECT count(*) FROM callbacks WHERE payment_id = ?`, paymentID)
	if err != nil {
		return nil, 0, err
	}
	newest, err = list(t, what, scanSummary,
		`SELECT id, remote, verdict, length(body), received_at FROM callbacks WHERE payment_id = ? ORDER BY id DESC LIMIT ?`, paymentID, most)
	slices.Reverse(newest)
	return newest, all, err
}

func scanSummary(r row) (c gateway.CallbackSummary, err error) {
	err = r.Scan(&c.ID, &c.Remote, &c.Verdict, &c.Size, intoTime{&c.ReceivedAt})
	return c, err
}

// CameBefore implements gateway.Tx.
func (t *tx) CameBefore(entry int64, push gateway.Push, body []byte) ([]string, error) {
	return list(t, "looking for a callback", func(r row) (verdict string, err error) { return verdict, r.Scan(&verdict) },
		`SELECT DISTINCT verdict FROM callbacks WHERE payment_id = ? AND id < ? AND token = ? AND body = ?`, push.PaymentID, entry, push.Token, body)
}

// Entries implements gateway.Tx.
func (t *tx) Entries(paymentID int64) ([]gateway.Callback, error) {
	return list(t, "people's entries about a payment", scanCallback,
		`SELECT `+callbackColumns+` FROM callbacks WHERE payment_id = ? AND remote = ? ORDER BY id`, paymentID, gateway.Administration)
}

// CallbacksAfter implements gateway.Tx.
func (t *tx) CallbacksAfter(id int64, most int) ([]gateway.Callback, error) {
	return list(t, "callbacks", scanCallback,
		`SELECT `+callbackColumns+` FROM callbacks WHERE id > ? ORDER BY id`+limit(most), id)
}

// EraseCallback implements gateway.Tx.
func (t *tx) EraseCallback(id int64, at time.Time) error {
	return t.update("erasing a callback",
		`UPDATE callbacks SET body = x'', salt = x'', erased_at = ? WHERE id = ?`, instant(at), id)
}

// EraseCallbacks implements gateway.Tx.
func (t *tx) EraseCallbacks(paymentID int64, most int, at time.Time) (int, error) {
	return t.count("erasing callbacks of a payment", `UPDATE callbacks SET body = x'', salt = x'', erased_at = ? WHERE id IN
		(SELECT id FROM callbacks WHERE payment_id = ? AND erased_at IS NULL ORDER BY id LIMIT ?)`, instant(at), paymentID, most)
}

// ClaimReceipt implements gateway.Tx. A payment that owns the receipt already may
// claim it again.
func (t *tx) ClaimReceipt(receipt string, paymentID int64, at time.Time) (int64, error) {
	const what = "claiming a receipt"
	res, err := t.exec(what, `INSERT INTO receipts (receipt, payment_id, claimed_at) VALUES (?,?,?)
		ON CONFLICT (receipt) DO NOTHING`, receipt, paymentID, instant(at))
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, t.failed(what, err)
	}
	if n == 1 {
		return paymentID, nil
	}
	return one(t, what, scanID, `SELECT payment_id FROM receipts WHERE receipt = ?`, receipt)
}

func scanID(r row) (id int64, err error) {
	err = r.Scan(&id)
	return id, err
}
