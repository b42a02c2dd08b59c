package sqlite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/gateway"
)

// deliveryColumns are all but the id, in the order of deliveryValues and
// scanDelivery.
const deliveryColumns = `payment_id, partner, message_id, url, endpoint, body,
	state, attempts, resends, tries, reason, trace, due_at, created_at, updated_at`

const deliveryMarks = `?,?,?,?,?,?, ?,?,?,?,?,?,?,?,?`

func deliveryValues(d *gateway.Delivery) []any {
	return []any{
		d.PaymentID, d.Partner, d.MessageID, d.URL, d.Endpoint, blob(d.Body),
		string(d.State), d.Attempts, d.Resends, d.Tries, d.Reason, d.Trace,
		instant(d.DueAt), instant(d.CreatedAt), instant(d.UpdatedAt),
	}
}

func scanDelivery(r row) (*gateway.Delivery, error) {
	d := new(gateway.Delivery)
	err := r.Scan(&d.ID, &d.PaymentID, &d.Partner, &d.MessageID, &d.URL, &d.Endpoint, &d.Body,
		&d.State, &d.Attempts, &d.Resends, &d.Tries, &d.Reason, &d.Trace,
		intoTime{&d.DueAt}, intoTime{&d.CreatedAt}, intoTime{&d.UpdatedAt})
	return d, err
}

// InsertDelivery implements gateway.Tx.
func (t *tx) InsertDelivery(d *gateway.Delivery) error {
	id, err := t.insertNew("inserting a delivery", t.ids.Deliveries,
		`INSERT INTO deliveries (id, `+deliveryColumns+`) VALUES (?, `+deliveryMarks+`)`, deliveryValues(d))
	if err != nil {
		return err
	}
	d.ID = id
	if err := t.learnEndpoint(d.Partner, d.URL); err != nil {
		return err
	}
	t.memory.deliveries.put(id, storedDelivery(*d))
	t.changes = append(t.changes, changeOfDelivery(d))
	return nil
}

// progressColumns are those that attempts change.
const progressColumns = `state, attempts, resends, tries, reason, due_at, updated_at`

func progressValues(d *gateway.Delivery) []any {
	return []any{
		string(d.State), d.Attempts, d.Resends, d.Tries, d.Reason, instant(d.DueAt), instant(d.UpdatedAt), d.ID,
	}
}

// onlyProgress reports whether a row differs from another in progressColumns only.
func onlyProgress(before *gateway.Delivery, after gateway.Delivery) bool {
	return before != nil &&
		before.PaymentID == after.PaymentID && before.Partner == after.Partner && before.MessageID == after.MessageID &&
		before.URL == after.URL && before.Endpoint == after.Endpoint && bytes.Equal(before.Body, after.Body) &&
		before.Trace == after.Trace && before.CreatedAt.Equal(after.CreatedAt)
}

// SaveDelivery implements gateway.Tx. It writes every field that may have changed.
func (t *tx) SaveDelivery(d *gateway.Delivery) error {
	const what = "saving a delivery"
	var err error
	row := storedDelivery(*d)
	if onlyProgress(t.memory.deliveries.get(d.ID), row) {
		err = t.update(what, `UPDATE deliveries SET (`+progressColumns+`) = (?,?,?,?,?,?,?) WHERE id = ?`, progressValues(d)...)
	} else {
		err = t.update(what, `UPDATE deliveries SET (`+deliveryColumns+`) = (`+deliveryMarks+`) WHERE id = ?`,
			append(deliveryValues(d), d.ID)...)
	}
	if err != nil {
		return err
	}
	t.memory.deliveries.put(d.ID, row)
	t.changes = append(t.changes, changeOfDelivery(d))
	return nil
}

// Delivery implements gateway.Tx.
func (t *tx) Delivery(id int64) (*gateway.Delivery, error) {
	const what = "delivery by its id"
	if err := t.usable(what); err != nil {
		return nil, err
	}
	if d := t.memory.deliveries.get(id); d != nil {
		return d, nil
	}
	d, err := one(t, what, scanDelivery, `SELECT id, `+deliveryColumns+` FROM deliveries WHERE id = ?`, id)
	if err == nil && t.writes {
		t.memory.deliveries.put(id, *d)
	}
	return d, err
}

// DeliveriesOf implements gateway.Tx.
func (t *tx) DeliveriesOf(paymentIDs ...int64) ([]*gateway.Delivery, error) {
	ids, err := json.Marshal(paymentIDs) // one statement, however many there are
	if err != nil {
		return nil, fmt.Errorf("deliveries of payments: %w", err)
	}
	return list(t, "deliveries of payments", scanDelivery,
		`SELECT id, `+deliveryColumns+` FROM deliveries WHERE payment_id IN (SELECT value FROM json_each(?)) ORDER BY created_at, id`, string(ids))
}

// Deliveries implements gateway.Tx.
func (t *tx) Deliveries(f gateway.DeliveryFilter) ([]*gateway.Delivery, error) {
	query, args := deliveriesQuery(f)
	return list(t, "deliveries", scanDelivery, query, args...)
}

func deliveriesQuery(f gateway.DeliveryFilter) (query string, args []any) {
	var w where
	w.and(f.Partner != "", "partner = ?", f.Partner)
	w.and(f.State != "", "state = ?", string(f.State))
	w.and(f.After != 0, "id > ?", f.After)
	return `SELECT id, ` + deliveryColumns + ` FROM deliveries` + w.clause() + ` ORDER BY id` + limit(f.Limit), w.args
}

const attemptColumns = `delivery_id, number, at, took, status, detail, reply`

func scanAttempt(r row) (a gateway.Attempt, err error) {
	err = r.Scan(&a.DeliveryID, &a.Number, intoTime{&a.At}, &a.Took, &a.Status, &a.Detail, &a.Reply)
	return a, err
}

// InsertAttempt implements gateway.Tx.
func (t *tx) InsertAttempt(a gateway.Attempt) error {
	_, err := t.exec("inserting an attempt",
		`INSERT INTO attempts (`+attemptColumns+`) VALUES (?,?,?,?,?,?,?)`,
		a.DeliveryID, a.Number, instant(a.At), int64(a.Took), a.Status, a.Detail, a.Reply)
	return err
}

// NewestAttempts implements gateway.Tx.
func (t *tx) NewestAttempts(deliveryID int64, most int) ([]gateway.Attempt, error) {
	newest, err := list(t, "the newest attempts of a delivery", scanAttempt,
		`SELECT `+attemptColumns+` FROM attempts WHERE delivery_id = ? ORDER BY number DESC LIMIT ?`, deliveryID, most)
	slices.Reverse(newest)
	return newest, err
}

// Reached implements gateway.Tx.
func (t *tx) Reached(deliveryID int64) (bool, error) {
	n, err := one(t, "looking for an attempt that reached its partner", scanCount,
		`SELECT EXISTS (SELECT 1 FROM attempts WHERE delivery_id = ? AND status BETWEEN 200 AND 299)`, deliveryID)
	return n > 0, err
}

// RepliesWith implements gateway.Tx.
func (t *tx) RepliesWith(deliveryID int64, digits string, after, most int) ([]gateway.Attempt, error) {
	return list(t, "replies with digits", scanAttempt, `SELECT `+attemptColumns+` FROM attempts
		WHERE delivery_id = ? AND number > ? AND reply LIKE ? ORDER BY number LIMIT ?`, deliveryID, after, gateway.DigitsPattern(digits), most)
}

// EraseReplies implements gateway.Tx.
func (t *tx) EraseReplies(deliveryID int64, first, last int) error {
	_, err := t.exec("erasing replies to a delivery",
		`UPDATE attempts SET reply = '' WHERE delivery_id = ? AND number BETWEEN ? AND ? AND reply <> ''`, deliveryID, first, last)
	return err
}
