package sqlite

import (
	"testing"

	"github.com/darajabox/darajabox/gateway/storetest"
)

// A database of a release that counted ids goes on: what it has is found, and what
// comes has greater ids.
func TestDatabaseWithCountedIDs(t *testing.T) {
	dir := t.TempDir()
	migratedTo(t, dir, 3,
		`INSERT INTO payments (partner, direction, fingerprint, phone, amount, reference, callback_url, state, pushes, checks,
			merchant_request_id, checkout_request_id, result_code, result_desc, receipt, refusal, support, review_reason)
			VALUES ('acme', 'collect', '', '254708374149', 100, '', '', 'paid', 1, 0, '', '', '', '', '', '', 0, '')`,
		`INSERT INTO deliveries (payment_id, partner, url, body, state, attempts) VALUES (1, 'acme', 'http://127.0.0.1/', x'', 'delivered', 1)`)
	storetest.OldIDs(t, opened(t, dir, frozen()), 1, 1)
}
