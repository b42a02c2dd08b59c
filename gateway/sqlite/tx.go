package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/darajabox/darajabox/gateway"
)

var errOver = errors.New("the transaction is over")

// tx is one update's or one view's part of a session. What it does is in a file for
// each table.
type tx struct {
	ctx     context.Context // a view's; an update can't be cancelled
	session *session
	writes  bool
	memory  *memory  // the writer's; a view's is empty
	saved   bool     // a savepoint is set: something may have been written
	broken  error    // why nothing more can be done
	changes []change // of what is due
}

var _ gateway.Tx = (*tx)(nil)

// end makes a tx that f kept useless.
func (t *tx) end() { t.broken = errOver }

// usable says why nothing can be looked up any more, or nil.
func (t *tx) usable(what string) error {
	if t.broken != nil {
		return fmt.Errorf("%s: %w", what, t.broken)
	}
	return nil
}

// save sets a savepoint before the first statement that writes. What fails before it,
// as most does that fails, has nothing to be rolled back.
func (t *tx) save(what string) error {
	if t.saved {
		return nil
	}
	if _, err := t.session.exec("SAVEPOINT one"); err != nil {
		t.broken = fmt.Errorf("%s: setting a savepoint: %w", what, err)
		return t.broken
	}
	t.saved = true
	return nil
}

// exec runs a statement that writes.
func (t *tx) exec(what, query string, args ...any) (sql.Result, error) {
	if !t.writes {
		return nil, fmt.Errorf("%s: %w", what, gateway.ErrReadOnly)
	}
	if err := t.usable(what); err != nil {
		return nil, err
	}
	if err := t.save(what); err != nil {
		return nil, err
	}
	res, err := t.session.exec(query, args...)
	if err != nil {
		return nil, t.failed(what, err)
	}
	return res, nil
}

// insert runs an INSERT and returns the row's id.
func (t *tx) insert(what, query string, args ...any) (int64, error) {
	res, err := t.exec(what, query, args...)
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, t.failed(what, err)
	}
	return id, nil
}

// update runs a statement that must change a row, and returns gateway.ErrNotFound
// when there is none.
func (t *tx) update(what, query string, args ...any) error {
	res, err := t.exec(what, query, args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return t.failed(what, err)
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
	}
	return nil
}

// failed wraps a statement's error. After any but a constraint's, SQLite may have
// ended the transaction, and another statement would commit by itself.
func (t *tx) failed(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	if !isConstraint(err) {
		t.broken = err
	}
	return err
}

// row is what a scan function reads from.
type row interface{ Scan(...any) error }

// list returns the rows of a query.
func list[T any](t *tx, what string, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	if err := t.usable(what); err != nil {
		return nil, err
	}
	if err := t.ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	rows, err := t.session.query(query, args...)
	if err != nil {
		return nil, t.failed(what, err)
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		if err := t.ctx.Err(); err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		v, err := scan(rows)
		if err != nil {
			return nil, t.failed(what, err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil {
		return nil, t.failed(what, err)
	}
	return all, nil
}

// one returns the only row of a query, or gateway.ErrNotFound.
func one[T any](t *tx, what string, scan func(row) (T, error), query string, args ...any) (v T, err error) {
	all, err := list(t, what, scan, query, args...)
	if err != nil {
		return v, err
	}
	if len(all) == 0 {
		return v, fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
	}
	return all[0], nil
}
