package postgres

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	sweepEvery  = time.Second           // looks for what other replicas have left
	sweepAgain  = 20 * time.Millisecond // after rows that were locked, and after errors ten times as long
	sweepRows   = 500                   // of a kind in one transaction
	sweepWithin = 10 * time.Second
	straysRows  = 200
)

// slack is how late a timer may be set. It forgives a real clock the time between
// two readings, and not a manual clock that was advanced between them.
const slack = time.Millisecond

// sweeper knows when the next row falls due, as far as this replica can.
type sweeper struct {
	mu    sync.Mutex
	next  time.Time // for which the timer is set; zero is none
	wake  chan struct{}
	asked uint64 // grows when something is due before next
	armed uint64 // asked when the timer was last set
}

func newSweeper() *sweeper {
	return &sweeper{wake: make(chan struct{}, 1)}
}

// expect has the tables swept again if a row falls due before all that is known.
func (w *sweeper) expect(run time.Time) {
	if run.IsZero() {
		return
	}
	w.mu.Lock()
	sooner := w.next.IsZero() || run.Before(w.next)
	if sooner {
		w.next = run
		w.asked++
	}
	w.mu.Unlock()
	if sooner {
		w.ring()
	}
}

// ring wakes the sweep. It never blocks, so that a clock may call it from anywhere.
func (w *sweeper) ring() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *sweeper) version() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

// arm tells that what was asked for up to a version is queued, and that the timer
// is set for what comes next.
func (w *sweeper) arm(version uint64, next time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asked == version {
		w.next = next
	}
	w.armed = version
}

// ready reports whether the timer is set for all that this replica knows of.
func (w *sweeper) ready() (ok bool, version uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.armed == w.asked, w.asked
}

// timer wakes the sweep at a time; the zero time is never.
type timer struct {
	at   time.Time
	stop func() bool
}

// sweep queues rows as they fall due, until ctx ends.
func (s *Store) sweep(ctx context.Context) {
	set := timer{stop: func() bool { return true }}
	defer func() { set.stop() }()
	for ctx.Err() == nil {
		version := s.sweeper.version()
		next, again, err := s.queueDue(ctx)
		pause := sweepEvery
		switch {
		case err != nil && ctx.Err() == nil:
			s.seldom.Warn("what has fallen due can't be queued", "error", plain(err))
			pause = 10 * sweepAgain
		case again:
			pause = sweepAgain
		default:
			set = s.setTimer(set, next)
			s.sweeper.arm(version, next)
		}
		wait(ctx, s.sweeper.wake, pause)
	}
}

// wait waits for a signal, the end of ctx, or some time of the machine's.
func wait(ctx context.Context, signal <-chan struct{}, most time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	select {
	case <-signal:
	case <-ctx.Done():
	}
}

// setTimer has the sweep woken at a time, in place of an earlier timer. One that is
// right already stays, so that whoever has seen the store idle can rely on it.
func (s *Store) setTimer(earlier timer, at time.Time) timer {
	if now := s.clock.Now(); at.Equal(earlier.at) && at.After(now) {
		return earlier
	}
	earlier.stop()
	set := timer{stop: func() bool { return true }}
	for !at.IsZero() {
		now := s.clock.Now()
		if !at.After(now) {
			s.sweeper.ring()
			break
		}
		set = timer{at: at, stop: s.clock.AfterFunc(at.Sub(now), s.sweeper.ring)}
		if s.clock.Now().Sub(now) < slack {
			break
		}
		set.stop() // time has passed, and the timer would be late by as much
	}
	return set
}

// queueDue makes jobs of all rows that are due and says when the next one will be.
// again means that there are more that could not be had yet.
func (s *Store) queueDue(ctx context.Context) (next time.Time, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, sweepWithin)
	defer cancel()
	for {
		now := s.clock.Now()
		err := s.jobsDB.QueryRow(ctx, `SELECT least((SELECT min(run_at) FROM payments), (SELECT min(run_at) FROM deliveries))`).
			Scan(intoTime{&next})
		if err != nil {
			return next, false, fmt.Errorf("asking what is due next: %w", err)
		}
		if next.IsZero() || next.After(now) {
			return next, false, nil
		}
		n, err := s.takeDue(ctx, now)
		if err != nil {
			return next, false, err
		}
		if n == 0 { // somebody else has them in hand
			return next, true, nil
		}
	}
}

// takeDue queues some rows that are due. Rows that are locked are left to whoever
// comes next: an update is about to move them, or another replica queues them.
func (s *Store) takeDue(ctx context.Context, now time.Time) (n int, err error) {
	err = pgx.BeginFunc(ctx, s.jobsDB, func(tx pgx.Tx) error {
		var all []job
		for k := range kinds {
			rows, _ := tx.Query(ctx, fmt.Sprintf(`WITH due AS MATERIALIZED (
					SELECT id FROM %[1]s WHERE run_at <= $1 ORDER BY run_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED)
				UPDATE %[1]s r SET run_at = NULL, turn = r.turn + 1 FROM due WHERE r.id = due.id
				RETURNING r.id, r.turn`, k.table()), now, sweepRows)
			jobs, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (job, error) {
				j := job{row: rowKey{kind: k}}
				err := r.Scan(&j.row.id, &j.turn)
				return j, err
			})
			if err != nil {
				return fmt.Errorf("taking what is due: %w", err)
			}
			all = append(all, jobs...)
		}
		n = len(all)
		return queue(ctx, s.river, tx, all)
	})
	return n, err
}

// straysBefore is how long a row is overdue that may have lost its job: after twice
// JobWithin River has given the job of a dead replica to another.
func (s *Store) straysBefore() time.Duration { return 3 * s.cfg.JobWithin }

// findStrays gives rows back to the sweep that count as queued and have no job any
// more, until ctx ends. None should be, unless somebody has deleted jobs.
func (s *Store) findStrays(ctx context.Context) {
	for ctx.Err() == nil {
		wait(ctx, nil, s.cfg.JobWithin)
		if err := s.rescueStrays(ctx, s.clock.Now()); err != nil && ctx.Err() == nil {
			s.seldom.Warn("rows that have lost their job can't be looked for", "error", plain(err))
		}
	}
}

func (s *Store) rescueStrays(ctx context.Context, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, sweepWithin)
	defer cancel()
	for k := range kinds {
		tag, err := s.jobsDB.Exec(ctx, fmt.Sprintf(`WITH strays AS MATERIALIZED (
				SELECT id FROM (SELECT id, turn FROM %[1]s
					WHERE due_at IS NOT NULL AND run_at IS NULL AND due_at < $1 ORDER BY due_at LIMIT $2) r
				WHERE NOT EXISTS (SELECT 1 FROM river_job j WHERE j.args @> jsonb_build_object('id', r.id, 'turn', r.turn)
					AND j.kind = $3 AND j.state NOT IN ('completed', 'cancelled', 'discarded')))
			UPDATE %[1]s r SET run_at = due_at FROM strays WHERE r.id = strays.id AND r.due_at IS NOT NULL AND r.run_at IS NULL`,
			k.table()), now.Add(-s.straysBefore()), straysRows, k.String())
		if err != nil {
			return err
		}
		if n := tag.RowsAffected(); n > 0 {
			s.log.Warn("rows had lost their job and are queued again", "kind", k.String(), "rows", n)
			s.sweeper.ring()
		}
	}
	tag, err := s.jobsDB.Exec(ctx, `UPDATE payments SET due_at = inquiry_at, run_at = inquiry_at WHERE inquiry_at IS NOT NULL AND due_at IS NULL`)
	if err == nil && tag.RowsAffected() > 0 { // of a replica of an earlier release
		s.sweeper.ring()
	}
	return err
}
