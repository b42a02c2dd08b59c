package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// A row whose work failed, or that is still due after it, waits before the next
// call: a second, doubled with each failure up to a minute; see leaveRows.

// busyAgain is when a job is looked at again whose row this replica is working on.
const busyAgain = 100 * time.Millisecond

// jobRun is one try of a job.
type jobRun struct {
	row     int64
	turn    int64
	job     int64
	attempt int
}

// standing is how a row stands when its job comes.
type standing struct {
	due time.Time // zero when the job is not its row's any more
	to  target
}

// leaving is a row whose call has ended, or is not made yet.
type leaving struct {
	jobRun
	begun  time.Time // due_at when the call began; zero when none was made, or it was moved since
	failed bool
	until  time.Time // when to try again, if not by due_at and pauses
}

// left is how a row was left.
type left struct {
	run      time.Time
	failures int
}

// work does what a job says, unless the row has moved on. It returns nil only when
// the row needs this job no more: River completes it then, whoever has it by now. An
// error has River try it again: the database could not be asked, this replica stops,
// or the job was given to another replica meanwhile.
func (w *worker) work(ctx context.Context, k kind, j *rivertype.JobRow, args work) error {
	if w.stopping.Err() != nil {
		return river.JobSnooze(0)
	}
	row := rowKey{k, args.ID}
	call, ok := w.store.calls.begin(row)
	if !ok { // the job before is about to end
		return river.JobSnooze(busyAgain)
	}
	defer w.store.calls.end(row)
	run := jobRun{row: args.ID, turn: args.Turn, job: j.ID, attempt: j.Attempt}
	now := w.store.clock.Now()
	stands, err := w.stands(k, run)
	switch {
	case err != nil:
		return err
	case stands.due.IsZero():
		return nil
	case stands.due.After(now):
		return w.leaveRow(k, leaving{jobRun: run})
	}
	w.store.calls.stands(call, stands.due)
	if until := w.places.begin(ctx, stands.to, now); !until.IsZero() {
		return w.leaveRow(k, leaving{jobRun: run, until: notTooLate(until, now, stands.due)})
	}
	err = w.call(ctx, k, args.ID)
	w.places.end(stands.to, w.store.clock.Now().Sub(now))
	switch {
	case err != nil && w.stopping.Err() != nil:
		return river.JobSnooze(0) // not its fault; for another replica, or the next start
	case err == nil && w.store.calls.done(call):
		return nil
	}
	if err != nil {
		w.store.seldom.Warn("due work is left undone", "kind", k.String(), "id", args.ID, "error", err)
	}
	l := leaving{jobRun: run, failed: err != nil}
	if w.store.calls.untouched(call) {
		l.begun = stands.due
	}
	return w.leaveRow(k, l)
}

// stands reads how the row of a job stands.
func (w *worker) stands(k kind, run jobRun) (standing, error) {
	st, err := w.check[k].ask(run)
	if err != nil {
		return st, fmt.Errorf("reading %s %d: %w", k, run.row, plain(err))
	}
	return st, nil
}

// call makes one call, in a goroutine of its own, since one that ends its goroutine
// would take a place of River's with it.
func (w *worker) call(ctx context.Context, k kind, id int64) error {
	result := make(chan error, 1)
	go func() {
		err := errors.New("the call ended its goroutine")
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
			result <- err
		}()
		if k == paymentWork {
			err = w.do.WorkPayment(ctx, id)
		} else {
			err = w.do.WorkDelivery(ctx, id)
		}
	}()
	return <-result
}

// errNotOurs is why a row is not left: its job is not this replica's any more.
var errNotOurs = errors.New("the job was given to another replica")

// leaveRow gives a row back to the sweep, unless it has moved on.
func (w *worker) leaveRow(k kind, l leaving) error {
	got, err := w.leave[k].ask(l)
	if err != nil {
		return fmt.Errorf("leaving %s %d: %w", k, l.row, plain(err))
	}
	if !got.run.IsZero() {
		w.store.sweeper.expect(got.run)
		return nil
	}
	stands, err := w.stands(k, l.jobRun)
	if err == nil && !stands.due.IsZero() {
		err = fmt.Errorf("leaving %s %d: %w", k, l.row, errNotOurs)
	}
	return err
}

// standings reads how rows stand whose jobs have come.
func (s *Store) standings(ctx context.Context, k kind, runs []jobRun) ([]standing, error) {
	ids := make([]int64, len(runs))
	for i, r := range runs {
		ids[i] = r.row
	}
	type state struct {
		turn int64
		standing
	}
	states := make(map[int64]state, len(runs))
	rows, _ := s.db.Query(ctx, `SELECT id, turn, due_at, `+k.target()+` FROM `+k.table()+` WHERE id = ANY($1) AND run_at IS NULL AND due_at IS NOT NULL`, ids)
	var id int64
	var st state
	_, err := pgx.ForEachRow(rows, []any{&id, &st.turn, intoTime{&st.due}, to(&st.to.partner), to(&st.to.endpoint)}, func() error {
		states[id] = st
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]standing, len(runs))
	for i, r := range runs {
		if st, ok := states[r.row]; ok && st.turn == r.turn {
			all[i] = st.standing
		}
	}
	return all, nil
}

// leaveRows gives rows back to the sweep, each by its own due_at, or after a pause.
// Rows that have moved on stay as they are, and so do those of a job that River has
// meanwhile given to another replica.
func (s *Store) leaveRows(ctx context.Context, k kind, rows []leaving) ([]left, error) {
	n := len(rows)
	ids, turns, jobs, attempts := make([]int64, n), make([]int64, n), make([]int64, n), make([]int, n)
	begun, failed, until := make([]*time.Time, n), make([]bool, n), make([]*time.Time, n)
	for i, r := range rows {
		ids[i], turns[i], jobs[i], attempts[i], failed[i] = r.row, r.turn, r.job, r.attempt, r.failed
		begun[i], until[i] = some(r.begun), some(r.until)
	}
	got, err := s.db.Query(ctx, `UPDATE `+k.table()+` r SET
			run_at = CASE WHEN f.until IS NOT NULL THEN f.until
				WHEN f.failed OR r.due_at = f.begun
				THEN greatest(r.due_at, $8::timestamptz + make_interval(secs => least(60, power(2, least(r.failures, 6)))))
				ELSE r.due_at END,
			failures = CASE WHEN f.until IS NOT NULL THEN r.failures WHEN f.failed OR r.due_at = f.begun THEN r.failures + 1 ELSE 0 END
		FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::timestamptz[], $6::boolean[], $7::timestamptz[])
			AS f (id, turn, job, attempt, begun, failed, until)
		WHERE r.id = f.id AND r.turn = f.turn AND r.run_at IS NULL AND r.due_at IS NOT NULL
			AND EXISTS (SELECT 1 FROM river_job j WHERE j.id = f.job AND j.attempt = f.attempt AND j.state = 'running')
		RETURNING r.id, r.run_at, r.failures`, ids, turns, jobs, attempts, begun, failed, until, s.clock.Now())
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]left, n)
	var id int64
	var l left
	_, err = pgx.ForEachRow(got, []any{&id, intoTime{&l.run}, &l.failures}, func() error {
		byID[id] = l
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]left, n)
	for i, r := range rows {
		all[i] = byID[r.row]
	}
	return all, nil
}

func some(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
