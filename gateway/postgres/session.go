package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// acquireWithin is how long an update or a view waits for a connection. When the
// database is gone, or slower than what is asked of it, waiting longer only makes a
// pile.
const acquireWithin = 3 * time.Second

// answerWithin is how long all statements of an update or a view may take.
const answerWithin = 20 * time.Second

// tries is how many connections a transaction tries for its first statements; those
// that a restart of the server has left in the pool are dead.
const tries = 3

// session is one transaction on one connection. Statements that nobody waits for
// are put off and travel with the next one that somebody does, in one round trip;
// so does BEGIN.
type session struct {
	pool   *pgxpool.Pool
	ctx    context.Context // of the statements
	cancel context.CancelFunc
	conn   *pgxpool.Conn
	begin  string
	queue  []statement
	begun  bool // the server has answered to the first statements
	ended  bool // COMMIT has been sent
}

// statement is one to be sent; what says of it in an error. read gets its result; nil looks only whether it
// succeeded.
type statement struct {
	what string
	sql  string
	args []any
	read func(br pgx.BatchResults) error
}

// run reads a statement's result.
func (st statement) run(br pgx.BatchResults) (err error) {
	if st.read != nil {
		err = st.read(br)
	} else {
		_, err = br.Exec()
	}
	if err != nil && st.what != "" {
		err = fmt.Errorf("%s: %w", st.what, err)
	}
	return err
}

// startSession takes a connection. It waits for its turn no longer than ctx, and
// acquireWithin.
func startSession(ctx context.Context, pool *pgxpool.Pool, begin string) (*session, error) {
	conn, err := acquire(ctx, pool)
	if err != nil {
		return nil, err
	}
	s := &session{pool: pool, conn: conn, begin: begin}
	s.ctx, s.cancel = context.WithTimeout(context.WithoutCancel(ctx), answerWithin)
	return s, nil
}

var errNoConnection = fmt.Errorf("the database gave no connection within %s", acquireWithin)

func acquire(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	within, cancel := context.WithTimeout(ctx, acquireWithin)
	defer cancel()
	conn, err := pool.Acquire(within)
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case within.Err() != nil:
		return nil, errNoConnection
	default:
		return nil, plain(err)
	}
}

// put puts a statement off.
func (s *session) put(st statement) { s.queue = append(s.queue, st) }

// flush sends what was put off. The error is of the first statement that failed.
func (s *session) flush() error {
	if len(s.queue) == 0 {
		return nil
	}
	queue := s.queue
	s.queue = nil
	var err error
	for range tries {
		if err = s.send(queue); err == nil {
			s.begun = true
			return nil
		}
		// Nothing has come about yet, so that it may begin anew elsewhere.
		if s.begun || s.ended || !lost(err) || !s.replace() {
			break
		}
	}
	return err
}

func (s *session) send(queue []statement) error {
	b := &pgx.Batch{}
	if !s.begun {
		b.Queue(s.begin)
	}
	for _, st := range queue {
		b.Queue(st.sql, st.args...).Fn = st.run
	}
	return s.conn.SendBatch(s.ctx, b).Close()
}

// replace takes another connection for one that is dead.
func (s *session) replace() bool {
	s.drop()
	conn, err := acquire(s.ctx, s.pool)
	if err != nil {
		return false
	}
	s.conn = conn
	return true
}

// commit sends what was put off and COMMIT behind it.
func (s *session) commit() error {
	if len(s.queue) == 0 && !s.begun {
		return nil // nothing was ever asked
	}
	s.ended = true
	s.put(statement{what: "committing", sql: "COMMIT", read: func(br pgx.BatchResults) error {
		tag, err := br.Exec()
		if err == nil && tag.String() != "COMMIT" {
			err = errors.New("the database has rolled the transaction back")
		}
		return err
	}})
	err := s.flush()
	if err != nil && !pgconn.SafeToRetry(err) && !refused(err) {
		return fmt.Errorf("%w: %w", errUnknown, err)
	}
	return err
}

// errUnknown is all that can be said when the connection is lost in a commit.
var errUnknown = errors.New("whether the transaction was committed is not known")

// refused reports that the server has answered with an error, so that nothing was
// committed.
func refused(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Severity == "ERROR"
}

// close gives the connection back. What was not committed is rolled back.
func (s *session) close() {
	defer s.cancel()
	if s.conn == nil {
		return
	}
	if c := s.conn.Conn(); !c.IsClosed() && c.PgConn().TxStatus() != 'I' {
		if _, err := s.conn.Exec(s.ctx, "ROLLBACK"); err != nil {
			s.drop()
			return
		}
	}
	s.conn.Release()
	s.conn = nil
}

// drop closes the connection, whatever state it is in; the server rolls back.
func (s *session) drop() {
	if s.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), time.Second)
	defer cancel()
	_ = s.conn.Conn().Close(ctx)
	s.conn.Release()
	s.conn = nil
}
