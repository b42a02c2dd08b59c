package sqlite

import (
	"strings"

	"github.com/darajabox/darajabox/gateway"
)

// Tokens open a payment's callback path, so they stay out of errors.

const pushColumns = `token, payment_id, number, state, merchant_request_id, checkout_request_id, detail, questions, created_at`

func pushValues(p gateway.Push) []any {
	return []any{
		p.Token, p.PaymentID, p.Number, string(p.State),
		p.MerchantRequestID, p.CheckoutRequestID, p.Detail, p.Questions, instant(p.CreatedAt),
	}
}

func scanPush(r row) (p gateway.Push, err error) {
	err = r.Scan(&p.Token, &p.PaymentID, &p.Number, &p.State,
		&p.MerchantRequestID, &p.CheckoutRequestID, &p.Detail, &p.Questions, intoTime{&p.CreatedAt})
	return p, err
}

// InsertPush implements gateway.Tx.
func (t *tx) InsertPush(p gateway.Push) error {
	_, err := t.exec("inserting a push",
		`INSERT INTO pushes (`+pushColumns+`) VALUES (?,?,?,?,?,?,?,?,?)`, pushValues(p)...)
	if err != nil {
		return err
	}
	t.memory.pushes.put(p.Token, storedPush(p))
	return nil
}

// SavePush implements gateway.Tx. It finds the push by its token and writes every
// other field that may have changed.
func (t *tx) SavePush(p gateway.Push) error {
	const what = "saving a push"
	var err error
	row := storedPush(p)
	if sameOrigin(t.memory.pushes.get(p.Token), row) {
		err = t.update(what, `UPDATE pushes SET (state, merchant_request_id, checkout_request_id, detail, questions) = (?,?,?,?,?) WHERE token = ?`,
			string(p.State), p.MerchantRequestID, p.CheckoutRequestID, p.Detail, p.Questions, p.Token)
	} else {
		err = t.update(what, `UPDATE pushes SET (`+pushColumns+`) = (?,?,?,?,?,?,?,?,?) WHERE token = ?`,
			append(pushValues(p), p.Token)...)
	}
	if err != nil {
		return err
	}
	t.memory.pushes.put(p.Token, row)
	return nil
}

// sameOrigin reports whether a row differs from another only in how the push went.
func sameOrigin(before *gateway.Push, after gateway.Push) bool {
	return before != nil && before.PaymentID == after.PaymentID && before.Number == after.Number && before.CreatedAt.Equal(after.CreatedAt)
}

// PushByToken implements gateway.Tx.
func (t *tx) PushByToken(token string) (gateway.Push, error) {
	const what = "push by its token"
	if err := t.usable(what); err != nil {
		return gateway.Push{}, err
	}
	if p := t.memory.pushes.get(token); p != nil {
		return *p, nil
	}
	p, err := one(t, what, scanPush, `SELECT `+pushColumns+` FROM pushes WHERE token = ?`, token)
	if err == nil && t.writes {
		t.memory.pushes.put(token, p)
	}
	return p, err
}

// PushesOf implements gateway.Tx.
func (t *tx) PushesOf(paymentID int64) ([]gateway.Push, error) {
	return list(t, "pushes of a payment", scanPush,
		`SELECT `+pushColumns+` FROM pushes WHERE payment_id = ? ORDER BY number`, paymentID)
}

// PromptOwner implements gateway.Tx. There is one writer, so nobody else asks meanwhile.
func (t *tx) PromptOwner(except int64, checkoutIDs ...string) (int64, error) {
	args := make([]any, 0, len(checkoutIDs)+1)
	for _, id := range checkoutIDs {
		args = append(args, id)
	}
	return one(t, "payment of a prompt", scanID, promptOwner(len(checkoutIDs)), append(args, except)...)
}

// promptOwner looks for n ids by the index, of which only pushes with an id are part.
func promptOwner(n int) string {
	return `SELECT payment_id FROM pushes
		WHERE checkout_request_id IN (?` + strings.Repeat(",?", n-1) + `) AND checkout_request_id <> '' AND payment_id <> ? LIMIT 1`
}
