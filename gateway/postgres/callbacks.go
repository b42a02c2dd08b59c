package postgres

import (
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/darajabox/darajabox/gateway"
)

const callbackColumns = `id, token, payment_id, remote, body, verdict, received_at, digest, prev, hash, erased_at, salt`

func scanCallback(r row) (c gateway.Callback, err error) {
	err = r.Scan(&c.ID, intoBytes{&c.Token}, intoRef{&c.PaymentID}, intoBytes{&c.Remote}, &c.Body, intoBytes{&c.Verdict},
		intoTime{&c.ReceivedAt}, &c.Digest, &c.Prev, &c.Hash, intoTime{&c.ErasedAt}, &c.Salt)
	return c, err
}

// appendCallback puts a row at the end of the chain. Replicas queue for the row of
// callback_head, so that it is locked, hashed (gateway.Callback.Seal, in SQL), and
// let go by the commit with no round trip between.
const appendCallback = `WITH head AS (
	UPDATE callback_head h SET id = h.id + 1, prev = h.hash, hash = sha256(h.hash || $7::bytea
		|| int8send(h.id + 1) || int8send(coalesce($2::bigint, 0)) || int8send($8::bigint)
		|| int4send(octet_length($1::bytea)) || $1::bytea
		|| int4send(octet_length($3::bytea)) || $3::bytea
		|| int4send(octet_length($5::bytea)) || $5::bytea)
	RETURNING h.id, h.prev, h.hash)
INSERT INTO callbacks (` + callbackColumns + `)
	SELECT head.id, $1, $2, $3, $4, $5, $6, $7, head.prev, head.hash, $10, $9 FROM head
	RETURNING id, prev, hash`

// InsertCallback implements gateway.Tx. The row is put into the chain by the commit,
// or by the next look-up, and its ID, Prev and Hash are set then.
func (t *tx) InsertCallback(c *gateway.Callback) error {
	if err := t.ready("inserting a callback", true); err != nil {
		return err
	}
	t.callbacks = append(t.callbacks, c)
	t.member.tie()
	return nil
}

// appendCallbacks sends the callbacks that were inserted.
func (t *tx) appendCallbacks() {
	for _, c := range t.callbacks {
		if c.ErasedAt.IsZero() {
			c.Digest = c.SumBody()
		}
		var received int64
		if !c.ReceivedAt.IsZero() {
			received = c.ReceivedAt.UnixMicro()
		}
		t.session.put(statement{
			what: "inserting a callback", sql: appendCallback,
			args: []any{[]byte(c.Token), ref(c.PaymentID), []byte(c.Remote), blob(c.Body), []byte(c.Verdict),
				instant(c.ReceivedAt), c.Digest, received, blob(c.Salt), instant(c.ErasedAt)},
			read: func(br pgx.BatchResults) error { return br.QueryRow().Scan(&c.ID, &c.Prev, &c.Hash) },
		})
	}
	t.callbacks = nil
}

// CallbacksOf implements gateway.Tx.
func (t *tx) CallbacksOf(paymentID, after int64, most int) ([]gateway.Callback, error) {
	const ( // id + 0, as in NewestCallbacks
		callbacks = `SELECT ` + callbackColumns + ` FROM callbacks WHERE `
		page      = ` AND id + 0 > $1 ORDER BY id + 0 LIMIT $2`
	)
	what := fmt.Sprintf("callbacks of payment %d", paymentID)
	if paymentID == 0 {
		return list(t, what, scanCallback, callbacks+`payment_id IS NULL`+page, after, most)
	}
	return list(t, what, scanCallback, callbacks+`payment_id = $3`+page, after, most, paymentID)
}

// NewestCallbacks implements gateway.Tx.
func (t *tx) NewestCallbacks(paymentID int64, most int) (newest []gateway.CallbackSummary, all int, err error) {
	what := fmt.Sprintf("the newest callbacks of payment %d", paymentID)
	all, err = one(t, what, scanCount, `SELECT count(*) FROM callbacks WHERE payment_id = $1`, paymentID)
	if err != nil {
		return nil, 0, err
	}
	newest, err = list(t, what, scanSummary, // id + 0 keeps the plan from going through the callbacks of all payments by their ids
		`SELECT id, remote, verdict, length(body), received_at FROM callbacks WHERE payment_id = $1 ORDER BY id + 0 DESC LIMIT $2`, paymentID, most)
	slices.Reverse(newest)
	return newest, all, err
}

func scanSummary(r row) (c gateway.CallbackSummary, err error) {
	err = r.Scan(&c.ID, intoBytes{&c.Remote}, intoBytes{&c.Verdict}, &c.Size, intoTime{&c.ReceivedAt})
	return c, err
}

// CameBefore implements gateway.Tx.
func (t *tx) CameBefore(entry int64, push gateway.Push, body []byte) ([]string, error) {
	return list(t, "looking for a callback", func(r row) (verdict string, err error) { return verdict, r.Scan(intoBytes{&verdict}) },
		`SELECT DISTINCT verdict FROM callbacks WHERE payment_id = $1 AND id < $2 AND token = $3 AND body = $4`, push.PaymentID, entry, []byte(push.Token), body)
}

// Entries implements gateway.Tx.
func (t *tx) Entries(paymentID int64) ([]gateway.Callback, error) {
	return list(t, fmt.Sprintf("people's entries about payment %d", paymentID), scanCallback,
		`SELECT `+callbackColumns+` FROM callbacks WHERE payment_id = $1 AND remote = $2 ORDER BY id`, paymentID, []byte(gateway.Administration))
}

// CallbacksAfter implements gateway.Tx.
func (t *tx) CallbacksAfter(id int64, most int) ([]gateway.Callback, error) {
	return list(t, "callbacks", scanCallback,
		`SELECT `+callbackColumns+` FROM callbacks WHERE id > $1 ORDER BY id`+limit(most), id)
}

// EraseCallback implements gateway.Tx.
func (t *tx) EraseCallback(id int64, at time.Time) error {
	return t.update(fmt.Sprintf("erasing callback %d", id),
		`UPDATE callbacks SET body = '', salt = '', erased_at = $1 WHERE id = $2`, instant(at), id)
}

// EraseCallbacks implements gateway.Tx.
func (t *tx) EraseCallbacks(paymentID int64, most int, at time.Time) (int, error) {
	n, _, err := write(t, fmt.Sprintf("erasing callbacks of payment %d", paymentID), scanCount, `WITH erased AS (
		UPDATE callbacks SET body = '', salt = '', erased_at = $1 WHERE id IN
			(SELECT id FROM callbacks WHERE payment_id = $2 AND erased_at IS NULL ORDER BY id + 0 LIMIT $3)
		RETURNING 1) SELECT count(*) FROM erased`, instant(at), paymentID, most)
	return n, err
}

// ClaimReceipt implements gateway.Tx. A payment that owns the receipt already may
// claim it again. Whoever claims it at the same time, on whatever replica, is waited
// for.
func (t *tx) ClaimReceipt(receipt string, paymentID int64, at time.Time) (int64, error) {
	what := fmt.Sprintf("claiming a receipt for payment %d", paymentID)
	if err := t.ready(what, true); err != nil {
		return 0, err
	}
	if t.member.claim(receipt, paymentID, at) {
		return paymentID, nil
	}
	owner, claimed, err := write(t, what, scanID, `INSERT INTO receipts (receipt, payment_id, claimed_at) VALUES ($1,$2,$3)
		ON CONFLICT (receipt) DO NOTHING RETURNING payment_id`, text(receipt), paymentID, instant(at))
	if err != nil || claimed {
		return owner, err
	}
	return one(t, what, scanID, `SELECT payment_id FROM receipts WHERE receipt = $1`, text(receipt))
}
