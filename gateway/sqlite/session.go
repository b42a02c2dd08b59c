package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"

	sqlite3 "modernc.org/sqlite"
)

// session is one connection with the statements prepared on it. It connects at
// first use, and again after drop. One goroutine uses it at a time.
//
// It speaks to the driver itself. What database/sql adds, a pool with its locks and
// the conversion of whatever comes, would cost a tenth of the writer's time.
//
// Statements run without a caller's context: the driver would interrupt SQLite in
// the middle of a transaction that others share.
type session struct {
	name  string // of the database and its settings, for the driver
	conn  driver.Conn
	stmts map[string]statement
	args  []driver.NamedValue // of the statement that runs
	row   scanned
}

// statement is what the driver's statements can do.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func (s *session) stmt(query string) (statement, error) {
	if st, ok := s.stmts[query]; ok {
		return st, nil
	}
	if s.conn == nil {
		conn, err := new(sqlite3.Driver).Open(s.name)
		if err != nil {
			return nil, fmt.Errorf("connecting: %w", err)
		}
		s.conn, s.stmts = conn, make(map[string]statement)
	}
	prepared, err := s.conn.Prepare(query)
	if err != nil {
		return nil, fmt.Errorf("preparing a statement: %w", err)
	}
	st, ok := prepared.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's statements are %T", prepared), prepared.Close())
	}
	s.stmts[query] = st
	return st, nil
}

// exec runs a statement to its end.
func (s *session) exec(query string, args ...any) (driver.Result, error) {
	st, err := s.stmt(query)
	if err != nil {
		return nil, err
	}
	if err := s.bind(args); err != nil {
		return nil, err
	}
	return st.ExecContext(context.Background(), s.args)
}

// query calls each for the rows of a statement, one after the other, until it returns
// an error.
func (s *session) query(each func(row) error, query string, args ...any) (err error) {
	st, err := s.stmt(query)
	if err != nil {
		return err
	}
	if err := s.bind(args); err != nil {
		return err
	}
	rows, err := st.QueryContext(context.Background(), s.args)
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	s.row = slices.Grow(s.row[:0], len(rows.Columns()))[:len(rows.Columns())]
	for {
		switch err := rows.Next(s.row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := each(s.row); err != nil {
			return err
		}
	}
}

// bind turns args into what the driver takes.
func (s *session) bind(args []any) error {
	s.args = s.args[:0]
	for i, arg := range args {
		switch v := arg.(type) {
		case nil, int64, string, []byte, bool:
		case int:
			arg = int64(v)
		default:
			return fmt.Errorf("argument %d of a statement is %T", i+1, arg)
		}
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	return nil
}

// drop closes the connection, whatever state it is in. SQLite rolls back what was
// not committed.
func (s *session) drop() {
	if s.conn == nil {
		return
	}
	for _, st := range s.stmts {
		_ = st.Close()
	}
	_ = s.conn.Close()
	s.conn, s.stmts = nil, nil
}
