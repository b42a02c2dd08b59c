package sqlite

import (
	"fmt"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// openReviews are the payments, by the index of those that wait for a person. SQLite has
// no statistics that would tell it how few these are.
const openReviews = `payments INDEXED BY payments_review`

// openReviewsOfPartner are those for a query that names a partner.
const openReviewsOfPartner = `payments INDEXED BY payments_partner_review`

// OpenReviews implements gateway.Tx. The index alone has it all.
func (t *tx) OpenReviews() ([]gateway.StateCount, error) {
	return list(t, "open reviews", scanStateCount, `SELECT state, count(*), min(review_at) FROM `+openReviews+`
		WHERE review_at IS NOT NULL GROUP BY state ORDER BY state`)
}

func scanStateCount(r row) (c gateway.StateCount, err error) {
	err = r.Scan(&c.State, &c.Count, intoTime{&c.Oldest})
	return c, err
}

const declarationColumns = `code, outcome, note, declared_by, declared_at`

func scanDeclaration(r row) (d gateway.Declaration, err error) {
	err = r.Scan(&d.Code, &d.Outcome, &d.Note, &d.By, intoTime{&d.At})
	return d, err
}

// SaveDeclaration implements gateway.Tx.
func (t *tx) SaveDeclaration(d gateway.Declaration) error {
	_, err := t.exec(fmt.Sprintf("declaring result %q", string(d.Code)),
		`INSERT OR REPLACE INTO declared_results (`+declarationColumns+`) VALUES (?,?,?,?,?)`,
		string(d.Code), string(d.Outcome), d.Note, d.By, instant(d.At))
	return err
}

// DeleteDeclaration implements gateway.Tx.
func (t *tx) DeleteDeclaration(code daraja.ResultCode) error {
	return t.update(fmt.Sprintf("forgetting declared result %q", string(code)),
		`DELETE FROM declared_results WHERE code = ?`, string(code))
}

// Declaration implements gateway.Tx.
func (t *tx) Declaration(code daraja.ResultCode) (gateway.Declaration, error) {
	return one(t, fmt.Sprintf("declared result %q", string(code)), scanDeclaration,
		`SELECT `+declarationColumns+` FROM declared_results WHERE code = ?`, string(code))
}

// Declarations implements gateway.Tx.
func (t *tx) Declarations() ([]gateway.Declaration, error) {
	return list(t, "declared results", scanDeclaration, `SELECT `+declarationColumns+` FROM declared_results ORDER BY code`)
}
