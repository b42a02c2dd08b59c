package sqlite

import (
	"context"
	"database/sql/driver"
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
	ids     gateway.IDs // an update's
	memory  *memory     // the writer's; a view's is empty
	wrote   bool        // something may have been written
	done    []deed      // what was
	broken  error       // why nothing more can be done
	changes []change    // of what is due
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

// deed is a statement that has written something.
type deed struct {
	query string
	args  []any
	id    int64 // that SQLite gave the row; 0 where it gave none
}

// exec runs a statement that writes.
func (t *tx) exec(what, query string, args ...any) (driver.Result, error) {
	if !t.writes {
		return nil, fmt.Errorf("%s: %w", what, gateway.ErrReadOnly)
	}
	if err := t.usable(what); err != nil {
		return nil, err
	}
	t.wrote = true
	res, err := t.session.exec(query, args...)
	if err != nil {
		return nil, t.failed(what, err)
	}
	t.done = append(t.done, deed{query: query, args: args})
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
	t.done[len(t.done)-1].id = id
	return id, nil
}

// update runs a statement that must change a row, and returns gateway.ErrNotFound
// when there is none.
func (t *tx) update(what, query string, args ...any) error {
	n, err := t.count(what, query, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
	}
	return err
}

// count runs a statement that writes and returns how many rows it has changed.
func (t *tx) count(what, query string, args ...any) (int, error) {
	res, err := t.exec(what, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, t.failed(what, err)
	}
	return int(n), nil
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

// list returns the rows of a query.
func list[T any](t *tx, what string, scan func(row) (T, error), query string, args ...any) ([]T, error) {
	if err := t.usable(what); err != nil {
		return nil, err
	}
	if err := t.ctx.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var all []T
	var ended error // of ctx
	err := t.session.query(func(r row) error {
		if ended = t.ctx.Err(); ended != nil {
			return ended
		}
		v, err := scan(r)
		all = append(all, v)
		return err
	}, query, args...)
	switch {
	case ended != nil:
		return nil, fmt.Errorf("%s: %w", what, ended)
	case err != nil:
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
