package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/darajabox/darajabox/internal/logthrottle"
)

// fetchCooldown is how often River looks for new jobs at most, and tells the other
// replicas of them; pollInterval is how often it looks when nobody has told it.
// NOTIFY takes a lock of the whole database while it commits, so it is not sent for
// each job: one that falls between two waits for the next look.
const (
	fetchCooldown = 10 * time.Millisecond
	pollInterval  = 40 * time.Millisecond
)

// job is a row that is to be worked on now.
type job struct {
	row  rowKey
	turn int64
}

// work is what a job of River's carries: which row, and the turn that it stands for.
type work struct {
	ID   int64 `json:"id"`
	Turn int64 `json:"turn"`
}

type paymentJob struct{ work }

// Kind implements river.JobArgs.
func (paymentJob) Kind() string { return paymentWork.String() }

type deliveryJob struct{ work }

// Kind implements river.JobArgs.
func (deliveryJob) Kind() string { return deliveryWork.String() }

// inserter is a client of River's that only queues, in other people's transactions.
func inserter(log *slog.Logger) (*river.Client[pgx.Tx], error) {
	c, err := river.NewClient(riverpgxv5.New(nil), queueing(log))
	if err != nil {
		return nil, fmt.Errorf("making River's client: %w", err)
	}
	return c, nil
}

// queueing is how jobs are queued, whoever does it. They are tried for good: when a
// row is done is the domain's decision.
func queueing(log *slog.Logger) *river.Config {
	return &river.Config{
		Logger: logthrottle.New(log), FetchCooldown: fetchCooldown, FetchPollInterval: pollInterval,
		MaxAttempts: math.MaxInt16, Hooks: []rivertype.Hook{&atOnce{}},
	}
}

// atOnce dates jobs back, because River compares the time of the replica that
// inserts with that of the server, and the two may differ. Jobs of the same date go
// in the order of their ids.
type atOnce struct{ river.HookDefaults }

// InsertBegin implements rivertype.HookInsertBegin.
func (*atOnce) InsertBegin(_ context.Context, params *rivertype.JobInsertParams) error {
	epoch := time.Unix(0, 0)
	params.ScheduledAt = &epoch
	return nil
}

// queue puts jobs into River's queues, in a transaction.
func queue(ctx context.Context, c *river.Client[pgx.Tx], tx pgx.Tx, jobs []job) error {
	if len(jobs) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		w := work{ID: j.row.id, Turn: j.turn}
		var args river.JobArgs = paymentJob{w}
		if j.row.kind == deliveryWork {
			args = deliveryJob{w}
		}
		params[i] = river.InsertManyParams{Args: args, InsertOpts: &river.InsertOpts{Queue: j.row.kind.table()}}
	}
	_, err := c.InsertManyTx(ctx, tx, params)
	return err
}

// queueJobs queues what this update has made due, in its own transaction.
func (t *tx) queueJobs() error {
	return queue(t.session.ctx, t.store.river, riverTx{session: t.session}, t.jobs)
}

// riverTx is a session as River knows it. What was put off goes ahead of River's
// statements, in the same round trip.
type riverTx struct {
	pgx.Tx  // nil: River begins, commits and copies nothing here
	session *session
}

// Conn implements pgx.Tx.
func (r riverTx) Conn() *pgx.Conn { return r.session.conn.Conn() }

// Exec implements pgx.Tx. It is put off: River notifies by it, and looks at nothing
// that comes back.
func (r riverTx) Exec(_ context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	r.session.put(statement{what: "telling of jobs", sql: sql, args: args})
	return pgconn.CommandTag{}, nil
}

// Query implements pgx.Tx.
func (r riverTx) Query(_ context.Context, sql string, args ...any) (pgx.Rows, error) {
	return r.session.query(sql, args)
}

// QueryRow implements pgx.Tx.
func (r riverTx) QueryRow(_ context.Context, sql string, args ...any) pgx.Row {
	rows, err := r.session.query(sql, args)
	return firstRow{rows, err}
}

// firstRow reads one row and closes the rest.
type firstRow struct {
	rows pgx.Rows
	err  error
}

// Scan implements pgx.Row.
func (r firstRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		return errors.Join(pgx.ErrNoRows, r.rows.Err())
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// query sends what was put off and then a query, whose rows are read from the wire.
func (s *session) query(sql string, args []any) (pgx.Rows, error) {
	b := &pgx.Batch{}
	if !s.begun {
		b.Queue(s.begin)
	}
	before := s.queue
	s.queue = nil
	for _, st := range before {
		b.Queue(st.sql, st.args...)
	}
	b.Queue(sql, args...)
	br := s.conn.SendBatch(s.ctx, b)
	if !s.begun {
		if _, err := br.Exec(); err != nil {
			_ = br.Close()
			return nil, err
		}
		s.begun = true
	}
	for _, st := range before {
		if err := st.run(br); err != nil {
			_ = br.Close()
			return nil, err
		}
	}
	rows, err := br.Query()
	if err != nil {
		_ = br.Close()
		return nil, err
	}
	return &lastRows{Rows: rows, batch: br}, nil
}

// lastRows are the rows of the last statement of a batch.
type lastRows struct {
	pgx.Rows
	batch pgx.BatchResults
	err   error
}

// Close implements pgx.Rows.
func (r *lastRows) Close() {
	r.Rows.Close()
	r.err = r.batch.Close()
}

// Next implements pgx.Rows. At the end the batch is closed, as rows close themselves.
func (r *lastRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Err implements pgx.Rows.
func (r *lastRows) Err() error { return errors.Join(r.Rows.Err(), r.err) }
