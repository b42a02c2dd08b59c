package sqlite

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/darajabox/darajabox/gateway"
)

// Tokens open a payment's callback path, so they stay out of errors.

const pushColumns = `token, payment_id, number, state, merchant_request_id, checkout_request_id, detail, questions, inquiry, created_at`

func pushValues(p gateway.Push) []any {
	return []any{
		p.Token, p.PaymentID, p.Number, string(p.State),
		p.MerchantRequestID, p.CheckoutRequestID, p.Detail, p.Questions, p.Inquiry.String(), instant(p.CreatedAt),
	}
}

func scanPush(r row) (p gateway.Push, err error) {
	err = r.Scan(&p.Token, &p.PaymentID, &p.Number, &p.State,
		&p.MerchantRequestID, &p.CheckoutRequestID, &p.Detail, &p.Questions, intoInquiry{&p.Inquiry}, intoTime{&p.CreatedAt})
	return p, err
}

// InsertPush implements gateway.Tx.
func (t *tx) InsertPush(p gateway.Push) error {
	_, err := t.exec("inserting a push",
		`INSERT INTO pushes (`+pushColumns+`) VALUES (?,?,?,?,?,?,?,?,?,?)`, pushValues(p)...)
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
		err = t.update(what, `UPDATE pushes SET (state, merchant_request_id, checkout_request_id, detail, questions, inquiry) = (?,?,?,?,?,?) WHERE token = ?`,
			string(p.State), p.MerchantRequestID, p.CheckoutRequestID, p.Detail, p.Questions, p.Inquiry.String(), p.Token)
	} else {
		err = t.update(what, `UPDATE pushes SET (`+pushColumns+`) = (?,?,?,?,?,?,?,?,?,?) WHERE token = ?`,
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

// PushesOfAll implements gateway.Tx, with one statement, however many there are.
func (t *tx) PushesOfAll(paymentIDs ...int64) ([]gateway.Push, error) {
	ids, err := json.Marshal(paymentIDs)
	if err != nil {
		return nil, fmt.Errorf("pushes of payments: %w", err)
	}
	return list(t, "pushes of payments", scanPush,
		`SELECT `+pushColumns+` FROM pushes WHERE payment_id IN (SELECT value FROM json_each(?)) ORDER BY payment_id, number`, string(ids))
}

// PromptOwner implements gateway.Tx. There is one writer, so nobody else asks meanwhile.
func (t *tx) PromptOwner(except int64, checkoutIDs ...string) (int64, error) {
	args := make([]any, 0, 2*len(checkoutIDs))
	for _, id := range checkoutIDs {
		args = append(args, id, except)
	}
	return one(t, "payment of a prompt", scanID, promptOwner(len(checkoutIDs)), args...)
}

// promptOwner looks for each of n ids by the index, of which only pushes with an id are part.
// For a list of ids SQLite would make a table.
func promptOwner(n int) string {
	const each = `SELECT payment_id FROM pushes WHERE checkout_request_id = ? AND checkout_request_id <> '' AND payment_id <> ?`
	return strings.Repeat(each+` UNION ALL `, n-1) + each + ` LIMIT 1`
}

// NamePrompt implements gateway.Tx.
func (t *tx) NamePrompt(paymentID int64, name string) error {
	_, err := t.exec("naming a prompt", `INSERT INTO prompt_names (name, payment_id) VALUES (?,?) ON CONFLICT DO NOTHING`, name, paymentID)
	return err
}

// PromptNamed implements gateway.Tx.
func (t *tx) PromptNamed(except int64, name string) (int64, error) {
	return one(t, "payment of a prompt's name", scanID, `SELECT payment_id FROM prompt_names WHERE name = ? AND payment_id <> ? LIMIT 1`, name, except)
}
