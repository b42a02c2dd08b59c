package sqlite

import "github.com/darajabox/darajabox/gateway"

// withDigits is whether a payment of the page p, or what belongs to it, has a text that
// is LIKE ?3, or an id or a body with the digits ?4.
const withDigits = `
	p.reference LIKE ?3 OR p.callback_url LIKE ?3 OR p.idempotency_key LIKE ?3
	OR p.result_desc LIKE ?3 OR p.refusal LIKE ?3 OR p.review_reason LIKE ?3
	OR instr(p.merchant_request_id, ?4) OR instr(p.checkout_request_id, ?4)
	OR EXISTS (SELECT 1 FROM pushes s WHERE s.payment_id = p.id
		AND (s.detail LIKE ?3 OR instr(s.merchant_request_id, ?4) OR instr(s.checkout_request_id, ?4)))
	OR EXISTS (SELECT 1 FROM deliveries d WHERE d.payment_id = p.id AND (d.url LIKE ?3 OR d.reason LIKE ?3 OR instr(d.body, ?5)
		OR EXISTS (SELECT 1 FROM attempts a WHERE a.delivery_id = d.id AND a.reply LIKE ?3)))`

// PaymentsWith implements gateway.Tx.
func (t *tx) PaymentsWith(digits string, after int64, most int) (found []int64, last int64, err error) {
	page, err := list(t, "payments with digits", func(r row) (p gateway.Looked, err error) {
		err = r.Scan(&p.ID, &p.Has)
		return p, err
	}, `SELECT p.id, coalesce(`+withDigits+`, 0) FROM (SELECT * FROM payments WHERE id > ?1 ORDER BY id LIMIT ?2) p ORDER BY p.id`,
		after, most, gateway.DigitsPattern(digits), digits, []byte(digits))
	found, last = gateway.FoundIn(page)
	return found, last, err
}

// DeleteEndpoint implements gateway.Tx.
func (t *tx) DeleteEndpoint(partner, url string) error {
	if _, err := t.exec("deleting an endpoint", `DELETE FROM endpoints WHERE partner = ? AND url = ?`, partner, url); err != nil {
		return err
	}
	to := target{partner, url}
	t.memory.endpoints.put(to, gateway.Endpoint{Partner: partner, URL: url})
	t.memory.savedEndpoints = append(t.memory.savedEndpoints, to)
	return nil
}
