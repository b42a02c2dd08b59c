package postgres

import "github.com/darajabox/darajabox/gateway"

// withDigits is whether a payment of the page p, or what belongs to it, has a text that
// is LIKE $3, or an id or a body with the digits $4.
const withDigits = `
	p.reference LIKE $3 OR p.callback_url LIKE $3 OR coalesce(p.idempotency_key, '') LIKE $3
	OR p.result_desc LIKE $3 OR p.refusal LIKE $3 OR p.review_reason LIKE $3
	OR position($4 IN p.merchant_request_id) > 0 OR position($4 IN p.checkout_request_id) > 0
	OR EXISTS (SELECT FROM pushes s WHERE s.payment_id = p.id
		AND (s.detail LIKE $3 OR position($4 IN s.merchant_request_id) > 0 OR position($4 IN s.checkout_request_id) > 0))
	OR EXISTS (SELECT FROM deliveries d WHERE d.payment_id = p.id AND (d.url LIKE $3 OR d.reason LIKE $3 OR position($5::bytea IN d.body) > 0
		OR EXISTS (SELECT FROM attempts a WHERE a.delivery_id = d.id AND a.reply LIKE $3)))`

// PaymentsWith implements gateway.Tx.
func (t *tx) PaymentsWith(digits string, after int64, most int) (found []int64, last int64, err error) {
	page, err := list(t, "payments with digits", func(r row) (p gateway.Looked, err error) {
		err = r.Scan(&p.ID, &p.Has)
		return p, err
	}, `SELECT p.id, (`+withDigits+`) FROM (SELECT * FROM payments WHERE id > $1 ORDER BY id LIMIT $2) p ORDER BY p.id`,
		after, most, gateway.DigitsPattern(digits), digits, []byte(digits))
	found, last = gateway.FoundIn(page)
	return found, last, err
}

// DeleteEndpoint implements gateway.Tx.
func (t *tx) DeleteEndpoint(partner, url string) error {
	return t.put("deleting an endpoint", `DELETE FROM endpoints WHERE partner = $1 AND url = $2`, text(partner), text(url))
}
