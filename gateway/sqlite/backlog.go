package sqlite

import (
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// Backlog implements gateway.Tx.
func (t *tx) Backlog(now time.Time) (gateway.Backlog, error) {
	return one(t, "what is due", scanBacklog, `SELECT
		(SELECT count(*) FROM payments WHERE due_at <= ?1),
		(SELECT count(*) FROM deliveries WHERE due_at <= ?1),
		(SELECT min(due_at) FROM (
			SELECT min(due_at) AS due_at FROM payments WHERE due_at <= ?1 UNION ALL
			SELECT min(due_at) FROM deliveries WHERE due_at <= ?1)),
		(SELECT count(*) FROM deliveries WHERE state = 'due' AND reason <> '' AND due_at > ?1)`, now.UnixMicro())
}

func scanBacklog(r row) (b gateway.Backlog, err error) {
	err = r.Scan(&b.Payments, &b.Deliveries, intoTime{&b.Oldest}, &b.Waiting)
	return b, err
}

func scanCount(r row) (n int, err error) {
	err = r.Scan(&n)
	return n, err
}

// Exclusive implements gateway.Store: one process owns the file.
func (s *Store) Exclusive() bool { return true }
