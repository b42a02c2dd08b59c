package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// machine is the real clock.
type machine struct{}

func (machine) Now() time.Time { return time.Now() }

func (machine) AfterFunc(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }

// A job whose replica died in the middle is given to another.
func TestDeadReplicasJobIsWorkedOn(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen(), JobWithin: time.Second})
	id := insertDue(t, s, testStart)
	tag, err := s.db.Exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1,
		attempted_at = now() - interval '1 hour', attempted_by = '{dead}'`)
	must(t, err)
	if tag.RowsAffected() != 1 {
		t.Fatalf("%d jobs, want 1", tag.RowsAffected())
	}
	called := make(chan int64, 10)
	working(t, s, calling{payment: func(_ context.Context, id int64) error {
		defer func() { called <- id }()
		return clearPayment(s, id)
	}})
	if got := receive(t, called, "the dead replica's job"); got != id {
		t.Errorf("payment %d was worked on, want %d", got, id)
	}
}

// A job that is taken over in the middle of a call stays alive until its row needs it
// no more, whichever holder is done first. The replica that took over dies here.
func TestTakenOverJobIsNotCompleted(t *testing.T) {
	for name, failing := range map[string]error{"the call fails": errors.New("no"), "the row is due as before": nil} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, Config{URL: migrated(t), Clock: frozen()})
			id := insertDue(t, s, testStart)
			called := make(chan int, 10)
			calls := 0
			working(t, s, calling{payment: func(context.Context, int64) error {
				calls++
				defer func() { called <- calls }()
				if calls > 1 {
					return clearPayment(s, id)
				}
				_, err := s.db.Exec(t.Context(), `UPDATE river_job SET attempt = attempt + 1, attempted_by = '{another}'`)
				return errors.Join(err, failing)
			}})
			receive(t, called, "the first holder's call")
			receive(t, called, "the job to be tried again")
		})
	}
}

// A job that comes again after its row has another is dropped: its holder left the row
// and died before River heard of it.
func TestJobOfAnEarlierTurnIsDropped(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	insertDue(t, s, testStart)
	_, err := s.db.Exec(t.Context(), `UPDATE payments SET run_at = due_at`)
	must(t, err)
	_, err = s.takeDue(t.Context(), testStart)
	must(t, err)
	tag, err := s.db.Exec(t.Context(), `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{another}'
		WHERE args->>'turn' = '2'`)
	must(t, err)
	if tag.RowsAffected() != 1 {
		t.Fatalf("%d jobs of the second turn, want 1", tag.RowsAffected())
	}
	working(t, s, calling{payment: func(context.Context, int64) error {
		t.Error("the first job was worked on")
		return nil
	}})
	waitUntil(t, func() (dropped bool) {
		must(t, s.db.QueryRow(t.Context(), `SELECT state = 'completed' FROM river_job WHERE args->>'turn' = '1'`).Scan(&dropped))
		return dropped
	})
}

// The sweep does not wait for a row that somebody has in hand.
func TestSweepSkipsLockedRows(t *testing.T) {
	clock := frozen()
	s := opened(t, Config{URL: migrated(t), Clock: clock})
	var ids [2]int64
	for i := range ids {
		ids[i] = insertDue(t, s, testStart.Add(time.Second))
	}
	clock.Advance(time.Second)
	sweep := func() int {
		n, err := s.takeDue(t.Context(), clock.Now())
		must(t, err)
		return n
	}
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error {
		_, err := tx.Payment(ids[0])
		if n := sweep(); n != 1 {
			t.Errorf("%d rows were queued, want the one that is free", n)
		}
		return err
	}))
	if n := sweep(); n != 1 {
		t.Errorf("%d rows were queued, want the other", n)
	}
}

// What an update makes due later is known to the sweep when it has been committed.
func TestSweepKnowsWhatWasCommitted(t *testing.T) {
	for name, first := range ways {
		t.Run(name, func(t *testing.T) {
			s := opened(t, Config{URL: migrated(t), Clock: frozen()})
			p := samplePayment("")
			p.DueAt = testStart.Add(time.Hour)
			must(t, s.Update(t.Context(), func(tx gateway.Tx) error { return errors.Join(first(tx), tx.InsertPayment(p)) }))
			if next := s.sweeper.expected(); !next.Equal(p.DueAt) {
				t.Errorf("it expects something to be due at %v, want %v", next, p.DueAt)
			}
		})
	}
}

// A row that is put off while its job is queued waits until its new time.
func TestRowThatIsPutOffIsNotCalledYet(t *testing.T) {
	clock := frozen()
	s := opened(t, Config{URL: migrated(t), Clock: clock})
	p := samplePayment("")
	p.DueAt = testStart
	id := insertPayment(t, s, p)
	p.DueAt = testStart.Add(time.Hour)
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error { return tx.SavePayment(p) }))
	called := make(chan time.Time, 10)
	working(t, s, calling{payment: func(context.Context, int64) error {
		called <- clock.Now()
		return clearPayment(s, id)
	}})
	must(t, s.Idle(t.Context()))
	clock.Advance(time.Hour)
	if at := receive(t, called, "the call"); !at.Equal(p.DueAt) {
		t.Errorf("it was called at %v, want %v", at, p.DueAt)
	}
}

// A replica that was thought dead and wakes up can't end what another does now.
func TestStaleHolderLeavesNothing(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	id := insertDue(t, s, testStart)
	var job int64
	must(t, s.db.QueryRow(t.Context(), `UPDATE river_job SET state = 'running', attempt = 2 RETURNING id`).Scan(&job))
	stale := leaving{jobRun: jobRun{row: id, turn: 1, job: job, attempt: 1}, begun: testStart, failed: true}
	holds := stale
	holds.attempt = 2
	old := holds
	old.turn = 0
	standing := func(l leaving) (run *time.Time, failures int) {
		t.Helper()
		_, err := s.leaveRows(t.Context(), paymentWork, []leaving{l})
		must(t, err)
		must(t, s.db.QueryRow(t.Context(), `SELECT run_at, failures FROM payments`).Scan(&run, &failures))
		return run, failures
	}
	for name, l := range map[string]leaving{"its job is another's": stale, "its turn is over": old} {
		if run, failures := standing(l); run != nil || failures != 0 {
			t.Errorf("%s: the row was left for %v with %d failures", name, run, failures)
		}
	}
	for i, seconds := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		want := testStart.Add(time.Duration(seconds) * time.Second)
		run, failures := standing(holds)
		if run == nil || !run.Equal(want) || failures != i+1 {
			t.Errorf("after %d failures it runs at %v, want %v; counted %d", i+1, run, want, failures)
		}
		_, err := s.db.Exec(t.Context(), `UPDATE payments SET run_at = NULL`)
		must(t, err)
	}
}

// An attempt that another replica has made already takes its whole update with it.
func TestAttemptOfAStaleHolderIsRefused(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	id := insertPayment(t, s, samplePayment(""))
	d := &gateway.Delivery{PaymentID: id, Partner: "acme", State: gateway.DeliveryDue, DueAt: testStart.Add(time.Hour)}
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertDelivery(d) }))
	attempt := func(state gateway.DeliveryState) error {
		return s.Update(t.Context(), func(tx gateway.Tx) error {
			mine := *d
			mine.State, mine.DueAt, mine.Attempts = state, time.Time{}, 1
			return errors.Join(tx.InsertAttempt(gateway.Attempt{DeliveryID: d.ID, Number: 1}), tx.SaveDelivery(&mine))
		})
	}
	must(t, attempt(gateway.DeliveryDone))
	if err := attempt(gateway.DeliveryExhausted); err == nil {
		t.Error("the same attempt was recorded twice")
	}
	must(t, s.View(t.Context(), func(tx gateway.Tx) error {
		got, err := tx.Delivery(d.ID)
		if err == nil && got.State != gateway.DeliveryDone {
			t.Errorf("the delivery is %s; the stale attempt has changed it", got.State)
		}
		return err
	}))
}

// A row that counts as queued and has no job is found.
func TestStraysAreFound(t *testing.T) {
	clock := frozen()
	s := opened(t, Config{URL: migrated(t), Clock: clock})
	var ids [3]int64
	for i := range ids {
		ids[i] = insertDue(t, s, testStart)
	}
	lost, ended, queued := ids[0], ids[1], ids[2]
	_, err := s.db.Exec(t.Context(), `DELETE FROM river_job WHERE args->>'id' = $1::bigint::text`, lost)
	must(t, err)
	_, err = s.db.Exec(t.Context(), `UPDATE river_job SET state = 'completed', finalized_at = now() WHERE args->>'id' = $1::bigint::text`, ended)
	must(t, err)
	stray := func(id int64) (found bool) {
		must(t, s.rescueStrays(t.Context(), clock.Now()))
		must(t, s.db.QueryRow(t.Context(), `SELECT run_at IS NOT NULL FROM payments WHERE id = $1`, id).Scan(&found))
		return found
	}
	if stray(lost) {
		t.Error("a row that fell due this moment counts as stray")
	}
	clock.Advance(s.straysBefore() + time.Second)
	if !stray(lost) || !stray(ended) || stray(queued) {
		t.Errorf("the row without a job is found: %t; whose job has ended: %t; the one with a job, too: %t", stray(lost), stray(ended), stray(queued))
	}
}

// A replica of an earlier release ends a payment by due_at, which it knows alone. What M-PESA
// is to be asked about another push is found.
func TestInquiriesBesideAnEarlierReplicaAreFound(t *testing.T) {
	clock := frozen()
	s := opened(t, Config{URL: migrated(t), Clock: clock})
	id := insertDue(t, s, testStart)
	_, err := s.db.Exec(t.Context(), `UPDATE payments SET state = 'failed', inquiry_at = $2, due_at = NULL, run_at = NULL WHERE id = $1`, id, testStart)
	must(t, err)
	must(t, s.rescueStrays(t.Context(), clock.Now()))
	var due bool
	must(t, s.db.QueryRow(t.Context(), `SELECT due_at IS NOT NULL AND run_at IS NOT NULL FROM payments WHERE id = $1`, id).Scan(&due))
	if !due {
		t.Error("the payment is not due")
	}
}
