package postgres

import (
	"fmt"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// OpenReviews implements gateway.Tx. An index of the open ones alone has it all.
func (t *tx) OpenReviews() ([]gateway.StateCount, error) {
	return list(t, "open reviews", scanStateCount, `SELECT state, count(*), min(review_at) FROM payments
		WHERE review_at IS NOT NULL GROUP BY state ORDER BY state COLLATE "C"`)
}

func scanStateCount(r row) (c gateway.StateCount, err error) {
	err = r.Scan(to(&c.State), &c.Count, intoTime{&c.Oldest})
	return c, err
}

const declarationColumns = `code, outcome, note, declared_by, declared_at`

func scanDeclaration(r row) (d gateway.Declaration, err error) {
	err = r.Scan(to(&d.Code), to(&d.Outcome), to(&d.Note), to(&d.By), intoTime{&d.At})
	return d, err
}

// SaveDeclaration implements gateway.Tx.
func (t *tx) SaveDeclaration(d gateway.Declaration) error {
	return t.put(fmt.Sprintf("declaring result %q", string(d.Code)),
		`INSERT INTO declared_results (`+declarationColumns+`) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (code) DO UPDATE SET (outcome, note, declared_by, declared_at)
			= (excluded.outcome, excluded.note, excluded.declared_by, excluded.declared_at)`,
		text(d.Code), text(d.Outcome), text(d.Note), text(d.By), instant(d.At))
}

// DeleteDeclaration implements gateway.Tx.
func (t *tx) DeleteDeclaration(code daraja.ResultCode) error {
	return t.update(fmt.Sprintf("forgetting declared result %q", string(code)),
		`DELETE FROM declared_results WHERE code = $1`, text(code))
}

// Declaration implements gateway.Tx.
func (t *tx) Declaration(code daraja.ResultCode) (gateway.Declaration, error) {
	return one(t, fmt.Sprintf("declared result %q", string(code)), scanDeclaration,
		`SELECT `+declarationColumns+` FROM declared_results WHERE code = $1`, text(code))
}

// Declarations implements gateway.Tx. The order is that of the bytes, in every locale.
func (t *tx) Declarations() ([]gateway.Declaration, error) {
	return list(t, "declared results", scanDeclaration,
		`SELECT `+declarationColumns+` FROM declared_results ORDER BY code COLLATE "C"`)
}
