package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// session is one connection with the statements prepared on it. It connects at
// first use, and again after drop. One goroutine uses it at a time.
//
// Statements run without a caller's context: the driver would interrupt SQLite in
// the middle of a transaction that others share.
type session struct {
	db    *sql.DB
	conn  *sql.Conn
	stmts map[string]*sql.Stmt
}

func (s *session) stmt(query string) (*sql.Stmt, error) {
	if st, ok := s.stmts[query]; ok {
		return st, nil
	}
	if s.conn == nil {
		conn, err := s.db.Conn(context.Background())
		if err != nil {
			return nil, fmt.Errorf("connecting: %w", err)
		}
		s.conn, s.stmts = conn, make(map[string]*sql.Stmt)
	}
	st, err := s.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, fmt.Errorf("preparing a statement: %w", err)
	}
	s.stmts[query] = st
	return st, nil
}

func (s *session) exec(query string, args ...any) (sql.Result, error) {
	st, err := s.stmt(query)
	if err != nil {
		return nil, err
	}
	return st.Exec(args...)
}

func (s *session) query(query string, args ...any) (*sql.Rows, error) {
	st, err := s.stmt(query)
	if err != nil {
		return nil, err
	}
	return st.Query(args...)
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
	_ = s.conn.Raw(func(any) error { return errBadConn() })
	_ = s.conn.Close()
	s.conn, s.stmts = nil, nil
}
