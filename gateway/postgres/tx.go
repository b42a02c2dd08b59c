package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/darajabox/darajabox/gateway"
)

var errOver = errors.New("the transaction is over")

// tx is one update or one view. What it does is in a file for each table.
type tx struct {
	store   *Store
	member  *member         // while it shares a group's transaction
	session *session        // otherwise
	ctx     context.Context // a view's: look-ups fail once it has ended
	writes  bool
	broken  error // why nothing more can be done

	payments   map[int64]*locked[gateway.Payment]
	deliveries map[int64]*locked[gateway.Delivery]
	callbacks  []*gateway.Callback // to be put at the end of the chain
	pushes     map[string]bool     // locked, by their tokens
	jobs       []job               // to be queued
	dues       []due               // as they will stand after the commit
}

var _ gateway.Tx = (*tx)(nil)

const (
	beginUpdate = "BEGIN ISOLATION LEVEL READ COMMITTED"
	beginView   = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
)

func (s *Store) newUpdate(ctx context.Context) *tx {
	return &tx{store: s, ctx: context.WithoutCancel(ctx), writes: true,
		payments: make(map[int64]*locked[gateway.Payment]), deliveries: make(map[int64]*locked[gateway.Delivery])}
}

// updateAlone runs f in a transaction of its own.
func (s *Store) updateAlone(ctx context.Context, f func(gateway.Tx) error) error {
	session, err := startSession(ctx, s.db, beginUpdate)
	if err != nil {
		return err
	}
	t := s.newUpdate(ctx)
	t.session = session
	defer t.close()
	defer t.end()
	return t.finish(call(f, t))
}

// finish commits what f has done, alone, unless it ended in err.
func (t *tx) finish(err error) error {
	if err != nil || !t.writes {
		return err
	}
	if t.broken != nil {
		return t.broken // f went on after an error that it must not survive
	}
	if err := t.commit(); err != nil {
		return err
	}
	t.store.committed(t.dues)
	return nil
}

// close gives the connection back, if t has one.
func (t *tx) close() {
	if t.session != nil {
		t.session.close()
	}
}

// View implements gateway.Store. The snapshot is that of the first look-up, which
// fail once ctx has ended. A panic in f is returned as an error. f may run a second
// time when the database has failed the first.
func (s *Store) View(ctx context.Context, f func(gateway.Tx) error) error {
	done, err := s.enter(ctx)
	if err != nil {
		return err
	}
	defer done()
	err = s.views.together(ctx, &tx{store: s, ctx: ctx}, f)
	if errors.Is(err, errAlone) {
		return view(ctx, s.db, s, f)
	}
	return err
}

func view(ctx context.Context, pool *pgxpool.Pool, s *Store, f func(gateway.Tx) error) error {
	session, err := startSession(ctx, pool, beginView)
	if err != nil {
		return err
	}
	t := &tx{store: s, session: session, ctx: ctx}
	defer session.close()
	defer t.end()
	return call(f, t)
}

// call runs f and turns a panic, or the end of its goroutine, into an error.
func call(f func(gateway.Tx) error, t *tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in a transaction: %v", p)
		}
	}()
	return f(t)
}

// end makes a tx that f kept useless.
func (t *tx) end() { t.broken = errOver }

// commit sends what is left. What others queue for, the end of the chain, comes last
// and in one round trip with the commit.
func (t *tx) commit() error {
	t.saveLocked()
	if err := t.queueJobs(); err != nil {
		return t.failed("queueing what is due", err)
	}
	chained := len(t.callbacks) > 0
	if chained {
		t.session.put(statement{what: "putting the disk off", sql: commitFirst})
	}
	t.appendCallbacks()
	err := t.session.commit()
	if err == nil && chained {
		t.session.close() // others can use the connection
		err = t.store.waitForDisk()
	}
	if err != nil {
		return t.failed("an update", err)
	}
	return nil
}

// ready says whether a statement may be sent.
func (t *tx) ready(what string, writes bool) error {
	switch {
	case writes && !t.writes:
		return fmt.Errorf("%s: %w", what, gateway.ErrReadOnly)
	case t.broken != nil:
		return fmt.Errorf("%s: %w", what, t.broken)
	case t.ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, t.ctx.Err())
	}
	return nil
}

// put puts off a statement that writes: it is sent with the next look-up or the
// commit, and fails there.
func (t *tx) put(what, sql string, args ...any) error {
	if err := t.ready(what, true); err != nil {
		return err
	}
	if err := t.alone(what); err != nil {
		return err
	}
	t.session.put(statement{what: what, sql: sql, args: args})
	return nil
}

// failed marks the transaction as lost: after any error PostgreSQL takes no more
// statements in it.
func (t *tx) failed(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, plain(err))
	t.broken = err
	return err
}

// settle sends what is put off, so that a look-up sees it.
func (t *tx) settle() {
	if t.writes {
		t.saveLocked()
		t.appendCallbacks()
	}
}

// planAnew has the rest of the transaction planned for its values. The plans that a
// connection keeps are for any values: that of a filtered list goes through the rows of
// all partners in the order of their ids.
func (t *tx) planAnew(what string) error {
	if err := t.ready(what, false); err != nil {
		return err
	}
	if err := t.alone(what); err != nil {
		return err
	}
	t.session.put(statement{what: "planning", sql: `SET LOCAL plan_cache_mode = force_custom_plan`})
	return nil
}

// row is what a scan function reads from.
type row interface{ Scan(...any) error }

// list returns the rows of a query, with all that was written before it.
func list[T any](t *tx, what string, scan func(row) (T, error), sql string, args ...any) (all []T, err error) {
	if err := t.ready(what, false); err != nil {
		return nil, err
	}
	query := statement{sql: sql, args: args, read: func(br pgx.BatchResults) error {
		rows, err := br.Query()
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (T, error) { return scan(r) })
		return err
	}}
	if m := t.member; m != nil && m.tied && !t.writes && m.look(&ask{kind: askQuery, query: query}) {
		return all, nil
	}
	if err := t.alone(what); err != nil {
		return nil, err
	}
	t.settle()
	t.session.put(query)
	if err := t.session.flush(); err != nil {
		if t.ctx.Err() != nil {
			err = t.ctx.Err()
		}
		return nil, t.failed(what, err)
	}
	return all, nil
}

// one returns the only row of a query, or gateway.ErrNotFound.
func one[T any](t *tx, what string, scan func(row) (T, error), sql string, args ...any) (v T, err error) {
	all, err := list(t, what, scan, sql, args...)
	if err != nil {
		return v, err
	}
	if len(all) == 0 {
		return v, fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
	}
	return all[0], nil
}

// write runs a statement that writes and returns a row, or none.
func write[T any](t *tx, what string, scan func(row) (T, error), sql string, args ...any) (v T, found bool, err error) {
	if err := t.ready(what, true); err != nil {
		return v, false, err
	}
	all, err := list(t, what, scan, sql, args...)
	if err != nil || len(all) == 0 {
		return v, false, err
	}
	return all[0], true, nil
}

// update runs a statement that must change a row, and returns gateway.ErrNotFound
// when there is none.
func (t *tx) update(what, sql string, args ...any) error {
	_, found, err := write(t, what, scanCount, sql+" RETURNING 1", args...)
	if err == nil && !found {
		err = fmt.Errorf("%s: %w", what, gateway.ErrNotFound)
	}
	return err
}

// forUpdate is how look-ups inside an update lock what they return. It lets others
// insert rows that belong to it.
func (t *tx) forUpdate() string {
	if t.writes {
		return " FOR NO KEY UPDATE"
	}
	return ""
}

// isDuplicate reports a row whose like is in a unique index.
func isDuplicate(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "23505"
}

func scanID(r row) (id int64, err error) {
	err = r.Scan(&id)
	return id, err
}

func scanCount(r row) (n int, err error) {
	err = r.Scan(&n)
	return n, err
}
