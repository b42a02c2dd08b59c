package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/darajabox/darajabox/gateway"
)

// finish writes what the members want written, and commits.
//
// First come the rows that another replica may have been faster to insert, and the
// end of the chain; a member whose row was not to be had runs again, alone. All the
// rest can't fail, but by a fault; then all run again alone, which shows whose it was.
func (g *group) finish() {
	if len(g.done) == 0 {
		return
	}
	if !g.broken {
		if err := g.claim(); err != nil {
			g.fail("inserting payments and receipts", err)
		}
	}
	if !g.broken {
		if err := g.write(); err != nil {
			g.fail("writing", err)
		}
	}
	err := errAlone
	if !g.broken {
		err = g.commit()
	}
	for _, m := range g.done {
		if err == nil {
			g.store.committed(m.tx.dues)
		}
		m.outcome <- err
	}
}

// commit commits, or says that nothing has come of it, or that it isn't known.
func (g *group) commit() error {
	err := g.session.commit()
	if err == nil {
		return nil
	}
	if errors.Is(err, errUnknown) {
		return fmt.Errorf("an update: %w", plain(err))
	}
	g.fail("committing", err)
	return errAlone
}

// claim inserts payments and receipts, and takes the end of the chain.
func (g *group) claim() error {
	payments, receipts := make(map[int64]bool), make(map[string]bool)
	var rows [][]any
	var claims []claim
	callbacks := 0
	for _, m := range g.done {
		for i := range m.payments {
			p := &m.payments[i]
			rows = append(rows, append(paymentValues(&p.row), instant(p.when.run), p.when.turn, p.row.ID))
		}
		claims = append(claims, m.receipts...)
		callbacks += len(m.tx.callbacks)
	}
	if len(rows) > 0 {
		query(g, scanID, func(id int64) { payments[id] = true }, insertPayments, columns(rows)...)
	}
	if len(claims) > 0 {
		query(g, scanText, func(receipt string) { receipts[receipt] = true }, insertReceipts, columns(claimValues(claims))...)
	}
	if callbacks > 0 {
		query(g, scanHead, func(head gateway.Callback) { g.head = head }, `SELECT id, hash FROM callback_head FOR UPDATE`)
	}
	if err := g.session.flush(); err != nil {
		return err
	}
	return g.sortOut(payments, receipts)
}

// sortOut sends away the members whose rows others were faster to insert.
func (g *group) sortOut(payments map[int64]bool, receipts map[string]bool) error {
	var stay, late []*member
	for _, m := range g.done {
		got, wanted := 0, len(m.payments)+len(m.receipts)
		for i := range m.payments {
			if payments[m.payments[i].row.ID] {
				got++
			}
		}
		for _, c := range m.receipts {
			if receipts[c.receipt] {
				got++
			}
		}
		switch got {
		case wanted:
			stay = append(stay, m)
		case 0:
			late = append(late, m)
		default:
			return errors.New("one of several rows of an update was taken")
		}
	}
	g.done = stay
	for _, m := range late {
		m.outcome <- errAlone
	}
	return nil
}

// write writes all the rest.
func (g *group) write() error {
	var jobs []job
	g.writePushes()
	g.writeRows()
	g.appendToChain()
	for _, m := range g.done {
		jobs = append(jobs, m.tx.jobs...)
		for _, e := range m.endpoints {
			g.session.put(statement{what: "saving an endpoint", sql: saveEndpoint, args: endpointValues(e)})
		}
	}
	return queue(g.session.ctx, g.store.river, riverTx{session: g.session}, jobs)
}

func (g *group) writePushes() {
	var begun, saved [][]any
	for _, m := range g.done {
		for _, p := range m.pushes {
			begun = append(begun, pushValues(p))
		}
		for _, p := range m.saved {
			saved = append(saved, pushValues(p))
		}
	}
	g.put("inserting pushes", insertPushes, begun)
	g.put("saving pushes", savePushes, saved)
}

// writeRows writes payments, deliveries and their attempts.
func (g *group) writeRows() {
	var payments, begun, deliveries, attempts [][]any
	for _, m := range g.done {
		for _, id := range dirty(m.tx.payments) {
			payments = append(payments, movedPayment(m.tx.payments[id]))
		}
		for i := range m.deliveries {
			d := &m.deliveries[i]
			begun = append(begun, append(deliveryValues(&d.row), instant(d.when.run), d.when.turn, d.row.ID))
		}
		for _, id := range dirty(m.tx.deliveries) {
			deliveries = append(deliveries, movedDelivery(m.tx.deliveries[id]))
		}
		for _, a := range m.attempts {
			attempts = append(attempts, attemptValues(a))
		}
	}
	g.put("saving payments", savePayments, payments)
	g.put("inserting deliveries", insertDeliveries, begun)
	g.put("saving deliveries", saveDeliveries, deliveries)
	g.put("inserting attempts", insertAttempts, attempts)
}

// appendToChain puts callbacks at the end of the chain, which the group has locked.
func (g *group) appendToChain() {
	var rows [][]any
	prev := g.head.Prev
	for _, m := range g.done {
		for _, c := range m.tx.callbacks {
			g.head.ID++
			c.ID = g.head.ID
			c.Seal(g.head.Hash)
			prev, g.head.Hash = c.Prev, c.Hash
			rows = append(rows, []any{c.ID, []byte(c.Token), ref(c.PaymentID), []byte(c.Remote), blob(c.Body), []byte(c.Verdict),
				instant(c.ReceivedAt), c.Digest, c.Prev, c.Hash, blob(c.Salt), instant(c.ErasedAt)})
		}
	}
	if len(rows) == 0 {
		return
	}
	g.put("inserting callbacks", insertCallbacks, rows)
	g.session.put(statement{what: "moving the end of the chain",
		sql: `UPDATE callback_head SET id = $1, prev = $2, hash = $3`, args: []any{g.head.ID, prev, g.head.Hash}})
}

func scanHead(r row) (c gateway.Callback, err error) {
	err = r.Scan(&c.ID, &c.Hash)
	return c, err
}

// put puts off a statement that writes some rows, if there are any.
func (g *group) put(what, sql string, rows [][]any) {
	if len(rows) > 0 {
		g.session.put(statement{what: what, sql: sql, args: columns(rows)})
	}
}

// columns turns rows of values into a column each, as unnest takes them.
func columns(rows [][]any) []any {
	all := make([]any, len(rows[0]))
	for i, v := range rows[0] {
		switch v.(type) {
		case string:
			all[i] = column[string](rows, i)
		case int:
			all[i] = column[int](rows, i)
		case int64:
			all[i] = column[int64](rows, i)
		case bool:
			all[i] = column[bool](rows, i)
		case []byte:
			all[i] = column[[]byte](rows, i)
		case pgtype.Text:
			all[i] = column[pgtype.Text](rows, i)
		case pgtype.Int8:
			all[i] = column[pgtype.Int8](rows, i)
		case pgtype.Timestamptz:
			all[i] = column[pgtype.Timestamptz](rows, i)
		default:
			panic(fmt.Sprintf("no column of %T", v))
		}
	}
	return all
}

func column[T any](rows [][]any, i int) []T {
	all := make([]T, len(rows))
	for n, row := range rows {
		all[n] = row[i].(T)
	}
	return all
}

const (
	insertPayments = `INSERT INTO payments (` + paymentColumns + `, run_at, turn, id) OVERRIDING SYSTEM VALUE
		SELECT * FROM unnest($1::text[],$2::text[],$3::text[],$4::text[], $5::text[],$6::bigint[],$7::text[],$8::text[],
			$9::text[],$10::int[],$11::int[],$12::text[],$13::text[],
			$14::text[],$15::text[],$16::text[],$17::text[],$18::timestamptz[],$19::text[],$20::boolean[],$21::text[],$22::timestamptz[],
			$23::text[],$24::timestamptz[],$25::timestamptz[],$26::timestamptz[],$27::timestamptz[],$28::timestamptz[],$29::timestamptz[],
			$30::timestamptz[],$31::bigint[],$32::bigint[])
		ON CONFLICT DO NOTHING RETURNING id`

	insertReceipts = `INSERT INTO receipts (receipt, payment_id, claimed_at)
		SELECT * FROM unnest($1::text[],$2::bigint[],$3::timestamptz[]) ORDER BY 1 ON CONFLICT (receipt) DO NOTHING RETURNING receipt`

	savePayments = `UPDATE payments p SET (state, pushes, checks, merchant_request_id, checkout_request_id,
			result_code, result_desc, receipt, claimed, transacted_at, refusal, support, review_reason, review_at,
			due_at, step_at, inquiry_at, updated_at, run_at, turn, failures)
			= (u.state, u.pushes, u.checks, u.merchant_request_id, u.checkout_request_id,
			u.result_code, u.result_desc, u.receipt, u.claimed, u.transacted_at, u.refusal, u.support, u.review_reason, u.review_at,
			u.due_at, u.step_at, u.inquiry_at, u.updated_at, u.run_at, u.turn, u.failures)
		FROM unnest($1::bigint[], $2::text[],$3::int[],$4::int[],$5::text[],$6::text[],
			$7::text[],$8::text[],$9::text[],$10::text[],$11::timestamptz[],$12::text[],$13::boolean[],$14::text[],$15::timestamptz[],
			$16::timestamptz[],$17::timestamptz[],$18::timestamptz[],$19::timestamptz[],$20::timestamptz[],$21::bigint[],$22::int[])
			u (id, state, pushes, checks, merchant_request_id, checkout_request_id,
			result_code, result_desc, receipt, claimed, transacted_at, refusal, support, review_reason, review_at,
			due_at, step_at, inquiry_at, updated_at, run_at, turn, failures)
		WHERE p.id = u.id`

	insertPushes = `INSERT INTO pushes (` + pushColumns + `)
		SELECT * FROM unnest($1::text[],$2::bigint[],$3::int[],$4::text[],$5::text[],$6::text[],$7::text[],$8::int[],$9::text[],$10::timestamptz[])`

	savePushes = `UPDATE pushes s SET (payment_id, number, state, merchant_request_id, checkout_request_id, detail, questions, inquiry, created_at)
			= (u.payment_id, u.number, u.state, u.merchant_request_id, u.checkout_request_id, u.detail, u.questions, u.inquiry, u.created_at)
		FROM unnest($1::text[],$2::bigint[],$3::int[],$4::text[],$5::text[],$6::text[],$7::text[],$8::int[],$9::text[],$10::timestamptz[])
			u (` + pushColumns + `)
		WHERE s.token = u.token`

	insertDeliveries = `INSERT INTO deliveries (` + deliveryColumns + `, run_at, turn, id) OVERRIDING SYSTEM VALUE
		SELECT * FROM unnest($1::bigint[],$2::text[],$3::text[],$4::text[],$5::text[],$6::bytea[],
			$7::text[],$8::int[],$9::int[],$10::int[],$11::text[],$12::text[],$13::timestamptz[],$14::timestamptz[],$15::timestamptz[],
			$16::timestamptz[],$17::bigint[],$18::bigint[])`

	saveDeliveries = `UPDATE deliveries d SET (state, attempts, resends, tries, reason, due_at, updated_at, run_at, turn, failures)
			= (u.state, u.attempts, u.resends, u.tries, u.reason, u.due_at, u.updated_at, u.run_at, u.turn, u.failures)
		FROM unnest($1::bigint[],$2::text[],$3::int[],$4::int[],$5::int[],$6::text[],$7::timestamptz[],$8::timestamptz[],
			$9::timestamptz[],$10::bigint[],$11::int[])
			u (id, state, attempts, resends, tries, reason, due_at, updated_at, run_at, turn, failures)
		WHERE d.id = u.id`

	insertAttempts = `INSERT INTO attempts (` + attemptColumns + `)
		SELECT * FROM unnest($1::bigint[],$2::int[],$3::timestamptz[],$4::bigint[],$5::int[],$6::text[],$7::text[])`

	insertCallbacks = `INSERT INTO callbacks (id, token, payment_id, remote, body, verdict, received_at, digest, prev, hash, salt, erased_at)
		SELECT * FROM unnest($1::bigint[],$2::bytea[],$3::bigint[],$4::bytea[],$5::bytea[],$6::bytea[],$7::timestamptz[],
			$8::bytea[],$9::bytea[],$10::bytea[],$11::bytea[],$12::timestamptz[])`
)

func claimValues(claims []claim) [][]any {
	rows := make([][]any, len(claims))
	for i, c := range claims {
		rows[i] = []any{text(c.receipt), c.payment, instant(c.at)}
	}
	return rows
}

// movedPayment are the values of a payment that savePayments writes.
func movedPayment(l *locked[gateway.Payment]) []any {
	p, w := &l.row, &l.when
	return []any{p.ID, text(p.State), p.Pushes, p.Checks, text(p.MerchantRequestID), text(p.CheckoutRequestID),
		text(p.ResultCode), text(p.ResultDesc), text(p.Receipt), text(p.Claimed), instant(p.TransactedAt), text(p.Refusal), p.Support, text(p.ReviewReason), instant(p.ReviewAt),
		instant(p.WorkAt()), instant(p.DueAt), instant(p.InquiryAt), instant(p.UpdatedAt), instant(w.run), w.turn, w.failures}
}

// movedDelivery are the values of a delivery that saveDeliveries writes.
func movedDelivery(l *locked[gateway.Delivery]) []any {
	d, w := &l.row, &l.when
	return []any{d.ID, text(d.State), d.Attempts, d.Resends, d.Tries, text(d.Reason), instant(d.DueAt), instant(d.UpdatedAt),
		instant(w.run), w.turn, w.failures}
}

// samePayment reports whether nothing but what savePayments writes tells a from b.
func samePayment(a, b gateway.Payment) bool {
	a.State, a.Pushes, a.Checks, a.MerchantRequestID, a.CheckoutRequestID = b.State, b.Pushes, b.Checks, b.MerchantRequestID, b.CheckoutRequestID
	a.ResultCode, a.ResultDesc, a.Receipt, a.Claimed, a.TransactedAt = b.ResultCode, b.ResultDesc, b.Receipt, b.Claimed, b.TransactedAt
	a.Refusal, a.Support, a.ReviewReason, a.ReviewAt, a.UpdatedAt = b.Refusal, b.Support, b.ReviewReason, b.ReviewAt, b.UpdatedAt
	a.DueAt, a.InquiryAt = b.DueAt, b.InquiryAt
	created, erased := a.CreatedAt.Equal(b.CreatedAt), a.ErasedAt.Equal(b.ErasedAt)
	a.CreatedAt, a.ErasedAt = b.CreatedAt, b.ErasedAt
	return created && erased && a == b
}

// sameDelivery reports whether nothing but what saveDeliveries writes tells a from b.
func sameDelivery(a, b gateway.Delivery) bool {
	return a.PaymentID == b.PaymentID && a.Partner == b.Partner && a.MessageID == b.MessageID && a.URL == b.URL &&
		a.Endpoint == b.Endpoint && string(a.Body) == string(b.Body) && a.Trace == b.Trace && a.CreatedAt.Equal(b.CreatedAt)
}
