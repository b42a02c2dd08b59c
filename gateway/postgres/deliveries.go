package postgres

import (
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/gateway"
)

// deliveryColumns are all that the domain knows but the id, in the order of
// deliveryValues and scanDelivery.
const deliveryColumns = `payment_id, partner, message_id, url, endpoint, body,
	state, attempts, resends, tries, reason, trace, due_at, created_at, updated_at`

const deliveryMarks = `$1,$2,$3,$4,$5,$6, $7,$8,$9,$10,$11,$12,$13,$14,$15`

func deliveryValues(d *gateway.Delivery) []any {
	return []any{
		d.PaymentID, text(d.Partner), text(d.MessageID), text(d.URL), text(d.Endpoint), blob(d.Body),
		text(d.State), d.Attempts, d.Resends, d.Tries, text(d.Reason), text(d.Trace),
		instant(d.DueAt), instant(d.CreatedAt), instant(d.UpdatedAt),
	}
}

func scanDelivery(r row) (*locked[gateway.Delivery], error) {
	l := new(locked[gateway.Delivery])
	d, w := &l.row, &l.when
	err := r.Scan(&d.ID, &d.PaymentID, to(&d.Partner), to(&d.MessageID), to(&d.URL), to(&d.Endpoint), &d.Body,
		to(&d.State), &d.Attempts, &d.Resends, &d.Tries, to(&d.Reason), to(&d.Trace),
		intoTime{&d.DueAt}, intoTime{&d.CreatedAt}, intoTime{&d.UpdatedAt}, intoTime{&w.run}, &w.turn, &w.failures)
	w.due = d.DueAt
	return l, err
}

const selectDeliveries = `SELECT id, ` + deliveryColumns + `, run_at, turn, failures FROM deliveries`

// knowDelivery keeps a delivery that this update has locked, and returns a copy.
func (t *tx) knowDelivery(l *locked[gateway.Delivery]) *gateway.Delivery {
	if t.writes {
		t.deliveries[l.row.ID] = l
	}
	d := l.row
	return &d
}

// InsertDelivery implements gateway.Tx.
func (t *tx) InsertDelivery(d *gateway.Delivery) error {
	what := fmt.Sprintf("inserting a delivery of payment %d", d.PaymentID)
	if err := t.ready(what, true); err != nil {
		return err
	}
	var w when
	queue := w.move(d.DueAt, t.store.clock.Now())
	if id, ok := t.member.newDelivery(d, w); ok {
		t.insertedDelivery(d, id, w, queue)
		return nil
	}
	id, err := t.insertNew(what, t.store.ids.Deliveries, insertOneDelivery, append(deliveryValues(d), instant(w.run), w.turn), nil)
	if err != nil {
		return err
	}
	t.insertedDelivery(d, id, w, queue)
	return nil
}

const insertOneDelivery = `INSERT INTO deliveries (` + deliveryColumns + `, run_at, turn, id) OVERRIDING SYSTEM VALUE
	VALUES (` + deliveryMarks + `, $16, $17, $18)
	ON CONFLICT (id) DO NOTHING RETURNING id`

// insertedDelivery notes a new delivery.
func (t *tx) insertedDelivery(d *gateway.Delivery, id int64, w when, queue bool) {
	d.ID = id
	row := rowKey{deliveryWork, id}
	if queue {
		t.jobs = append(t.jobs, job{row: row, turn: w.turn})
	}
	t.dues = append(t.dues, due{row: row, when: w})
	t.deliveries[id] = &locked[gateway.Delivery]{row: *d, when: w}
}

// SaveDelivery implements gateway.Tx. It writes every field.
func (t *tx) SaveDelivery(d *gateway.Delivery) error {
	what := fmt.Sprintf("saving delivery %d", d.ID)
	if err := t.ready(what, true); err != nil {
		return err
	}
	if t.deliveries[d.ID] == nil {
		if _, err := t.Delivery(d.ID); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	l := t.deliveries[d.ID]
	if !sameDelivery(l.row, *d) {
		if err := t.alone(what); err != nil {
			return err
		}
	}
	t.plan(rowKey{deliveryWork, d.ID}, &l.when, d.DueAt)
	l.row, l.dirty = *d, true
	return nil
}

func (t *tx) sendDelivery(id int64, l *locked[gateway.Delivery]) {
	t.session.put(statement{what: fmt.Sprintf("saving delivery %d", id),
		sql:  `UPDATE deliveries SET (` + deliveryColumns + `, run_at, turn, failures) = (` + deliveryMarks + `, $16, $17, $18) WHERE id = $19`,
		args: append(deliveryValues(&l.row), instant(l.when.run), l.when.turn, l.when.failures, id)})
}

// Delivery implements gateway.Tx.
func (t *tx) Delivery(id int64) (*gateway.Delivery, error) {
	what := fmt.Sprintf("delivery %d", id)
	if l := t.deliveries[id]; l != nil && t.ready(what, false) == nil {
		d := l.row
		return &d, nil
	}
	if a := (&ask{kind: askDelivery, id: id}); t.look(a) {
		if a.delivery == nil {
			return nil, fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
		}
		return t.knowDelivery(a.delivery), nil
	}
	l, err := one(t, what, scanDelivery, selectDeliveries+` WHERE id = $1`+t.forUpdate(), id)
	if err != nil {
		return nil, err
	}
	return t.knowDelivery(l), nil
}

// DeliveriesOf implements gateway.Tx.
func (t *tx) DeliveriesOf(paymentIDs ...int64) ([]*gateway.Delivery, error) {
	return t.listDeliveries("deliveries of payments", selectDeliveries+` WHERE payment_id = ANY($1) ORDER BY created_at, id`, paymentIDs)
}

// Deliveries implements gateway.Tx.
func (t *tx) Deliveries(f gateway.DeliveryFilter) ([]*gateway.Delivery, error) {
	if err := t.planAnew("deliveries"); err != nil {
		return nil, err
	}
	query, args := deliveriesQuery(f)
	return t.listDeliveries("deliveries", query, args...)
}

func deliveriesQuery(f gateway.DeliveryFilter) (query string, args []any) {
	var w where
	w.and(f.Partner != "", "partner =", text(f.Partner))
	w.and(f.State != "", "state =", text(f.State))
	w.and(f.After != 0, "id >", f.After)
	return selectDeliveries + w.clause() + ` ORDER BY id` + limit(f.Limit), w.args
}

func (t *tx) listDeliveries(what, query string, args ...any) ([]*gateway.Delivery, error) {
	rows, err := list(t, what, scanDelivery, query+t.forUpdate(), args...)
	if err != nil {
		return nil, err
	}
	all := make([]*gateway.Delivery, len(rows))
	for i, l := range rows {
		all[i] = t.knowDelivery(l)
	}
	return all, nil
}

const attemptColumns = `delivery_id, number, at, took, status, detail, reply`

func attemptValues(a gateway.Attempt) []any {
	return []any{a.DeliveryID, a.Number, instant(a.At), int64(a.Took), a.Status, text(a.Detail), text(a.Reply)}
}

func scanAttempt(r row) (a gateway.Attempt, err error) {
	err = r.Scan(&a.DeliveryID, &a.Number, intoTime{&a.At}, &a.Took, &a.Status, to(&a.Detail), to(&a.Reply))
	return a, err
}

// InsertAttempt implements gateway.Tx. A number that is taken fails the update: it is
// what keeps out a replica that was thought dead.
func (t *tx) InsertAttempt(a gateway.Attempt) error {
	what := fmt.Sprintf("inserting attempt %d of delivery %d", a.Number, a.DeliveryID)
	if err := t.ready(what, true); err != nil {
		return err
	}
	if m := t.member; m != nil {
		m.attempts, m.tied = append(m.attempts, a), true
		return nil
	}
	return t.put(what, `INSERT INTO attempts (`+attemptColumns+`) VALUES ($1,$2,$3,$4,$5,$6,$7)`, attemptValues(a)...)
}

// NewestAttempts implements gateway.Tx.
func (t *tx) NewestAttempts(deliveryID int64, most int) ([]gateway.Attempt, error) {
	newest, err := list(t, fmt.Sprintf("the newest attempts of delivery %d", deliveryID), scanAttempt,
		`SELECT `+attemptColumns+` FROM attempts WHERE delivery_id = $1 ORDER BY number DESC LIMIT $2`, deliveryID, most)
	slices.Reverse(newest)
	return newest, err
}

// Reached implements gateway.Tx.
func (t *tx) Reached(deliveryID int64) (bool, error) {
	n, err := one(t, fmt.Sprintf("looking for an attempt of delivery %d that reached its partner", deliveryID), scanCount,
		`SELECT count(*) FROM (SELECT 1 FROM attempts WHERE delivery_id = $1 AND status BETWEEN 200 AND 299 LIMIT 1) reached`, deliveryID)
	return n > 0, err
}

// RepliesWith implements gateway.Tx.
func (t *tx) RepliesWith(deliveryID int64, digits string, after, most int) ([]gateway.Attempt, error) {
	return list(t, fmt.Sprintf("replies to delivery %d with digits", deliveryID), scanAttempt, `SELECT `+attemptColumns+` FROM attempts
		WHERE delivery_id = $1 AND number > $2 AND reply LIKE $3 ORDER BY number LIMIT $4`, deliveryID, after, gateway.DigitsPattern(digits), most)
}

// EraseReplies implements gateway.Tx.
func (t *tx) EraseReplies(deliveryID int64, first, last int) error {
	return t.put(fmt.Sprintf("erasing replies to delivery %d", deliveryID),
		`UPDATE attempts SET reply = '' WHERE delivery_id = $1 AND number BETWEEN $2 AND $3 AND reply <> ''`, deliveryID, first, last)
}
