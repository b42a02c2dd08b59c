package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/pgtest"
)

func TestReplicasStartTogether(t *testing.T) {
	url := pgtest.NewDatabase(t) // with nothing in it
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		all.Go(func() {
			s, err := Open(context.Background(), Config{URL: url, Clock: frozen()})
			if err == nil {
				err = errors.Join(s.Ping(context.Background()), s.Close())
			}
			errs[i] = err
		})
	}
	all.Wait()
	must(t, errors.Join(errs...))
}

func TestLaterReleasesDatabaseIsRefused(t *testing.T) {
	for name, sql := range map[string]string{
		"the gateway's tables": `INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)`,
		"River's tables":       `INSERT INTO river_migration (line, version) VALUES ('main', 999)`,
	} {
		t.Run(name, func(t *testing.T) {
			url := migrated(t)
			s := opened(t, Config{URL: url, Clock: frozen()})
			_, err := s.db.Exec(t.Context(), sql)
			must(t, err)
			_, err = Open(t.Context(), Config{URL: url, Clock: frozen()})
			if err == nil || !strings.Contains(err.Error(), "later release") {
				t.Errorf("got %v, want a refusal", err)
			}
		})
	}
}

// Each row is worked on by one replica, once, and all share the work.
func TestReplicasShareTheWork(t *testing.T) {
	const rows = 300
	url := migrated(t)
	clock := frozen()
	var calls [2]atomic.Int32
	var mu sync.Mutex
	seen := make(map[int64]int)
	done := make(chan struct{})
	var first *Store
	for i := range calls {
		s := opened(t, Config{URL: url, Clock: clock, Workers: 4})
		if first == nil {
			first = s
		}
		working(t, s, calling{payment: func(_ context.Context, id int64) error {
			calls[i].Add(1)
			err := clearPayment(s, id)
			mu.Lock()
			defer mu.Unlock()
			if seen[id]++; len(seen) == rows {
				select {
				case <-done:
				default:
					close(done)
				}
			}
			return err
		}})
	}
	must(t, first.Update(t.Context(), func(tx gateway.Tx) error {
		for i := range rows {
			p := samplePayment("")
			p.DueAt = testStart.Add(time.Duration(i%2) * time.Second) // half of them by the sweep
			if err := tx.InsertPayment(p); err != nil {
				return err
			}
		}
		return nil
	}))
	clock.Advance(time.Second)
	receive(t, done, "all rows to be worked on")
	mu.Lock()
	defer mu.Unlock()
	for id, n := range seen {
		if n != 1 {
			t.Errorf("payment %d was worked on %d times", id, n)
		}
	}
	if calls[0].Load() == 0 || calls[1].Load() == 0 {
		t.Errorf("the replicas made %d and %d calls; both were to have some", calls[0].Load(), calls[1].Load())
	}
}

// A row that one replica works on is not another's before the call has ended,
// however its DueAt is moved meanwhile.
func TestOneReplicaAtATime(t *testing.T) {
	url := migrated(t)
	clock := frozen()
	var inside atomic.Int32
	begun, release := make(chan int64, 100), make(chan struct{})
	fence := make(chan int64, 100)
	var replicas [2]*Store
	var row atomic.Int64
	for i := range replicas {
		s := opened(t, Config{URL: url, Clock: clock})
		replicas[i] = s
		working(t, s, calling{payment: func(ctx context.Context, id int64) error {
			if id != row.Load() {
				defer func() { fence <- id }()
				return clearPayment(s, id)
			}
			if inside.Add(1) > 1 {
				t.Error("two calls at once for one row")
			}
			defer inside.Add(-1)
			begun <- id
			select {
			case <-release:
			case <-ctx.Done():
			}
			return clearPayment(s, id)
		}})
	}
	row.Store(insertDue(t, replicas[0], testStart.Add(time.Second)))
	clock.Advance(time.Second)
	receive(t, begun, "the call")
	for i := range 10 {
		must(t, replicas[i%2].Update(t.Context(), func(tx gateway.Tx) error {
			p, err := tx.Payment(row.Load())
			if err != nil {
				return err
			}
			p.DueAt = testStart.Add(-time.Duration(i) * time.Second)
			return tx.SavePayment(p)
		}))
		insertDue(t, replicas[i%2], testStart) // handed out after it
		receive(t, fence, "another row")
		clock.Advance(time.Second)
	}
	close(release)
}

// One chain and one owner of a receipt, whichever replica writes.
func TestReplicasWriteOneChain(t *testing.T) {
	const each = 60
	url := migrated(t)
	replicas := []*Store{opened(t, Config{URL: url, Clock: frozen()}), opened(t, Config{URL: url, Clock: frozen()})}
	ids := []int64{insertPayment(t, replicas[0], samplePayment("")), insertPayment(t, replicas[1], samplePayment(""))}
	var all sync.WaitGroup
	errs := make([]error, 2*each)
	owners := make([]int64, 2*each)
	for i := range errs {
		all.Go(func() {
			errs[i] = replicas[i%2].Update(context.Background(), func(tx gateway.Tx) (err error) {
				if owners[i], err = tx.ClaimReceipt(fmt.Sprint("R", i/2), ids[i%2], testStart); err != nil {
					return err
				}
				return tx.InsertCallback(&gateway.Callback{PaymentID: ids[i%2], Body: fmt.Append(nil, i), ReceivedAt: testStart})
			})
		})
	}
	all.Wait()
	must(t, errors.Join(errs...))
	for i := 0; i < len(owners); i += 2 {
		if owners[i] != owners[i+1] {
			t.Errorf("receipt R%d was given to %d and %d", i/2, owners[i], owners[i+1])
		}
	}
	must(t, replicas[0].View(t.Context(), func(tx gateway.Tx) error {
		log, err := tx.CallbacksAfter(0, 0)
		prev := gateway.ChainStart()
		for _, c := range log {
			err = errors.Join(err, c.CheckLink(prev))
			prev = c.Hash
		}
		if len(log) != 2*each {
			t.Errorf("%d callbacks, want %d", len(log), 2*each)
		}
		return err
	}))
}

// Updates that come to a payment by its push and by its id, and write both, never
// wait for each other.
func TestPushesAndPaymentsDontDeadlock(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	id := insertPayment(t, s, samplePayment(""))
	push := gateway.Push{Token: "t", PaymentID: id, Number: 1, State: gateway.PushBegun}
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertPush(push) }))
	var all sync.WaitGroup
	errs := make([]error, 100)
	for i := range errs {
		all.Go(func() {
			errs[i] = s.Update(context.Background(), func(tx gateway.Tx) error {
				if i%2 == 0 {
					found, err := tx.PushByToken("t")
					if err != nil {
						return err
					}
					found.Number++
					p, err := tx.Payment(id)
					if err != nil {
						return err
					}
					p.Checks++
					return errors.Join(tx.SavePush(found), tx.SavePayment(p))
				}
				p, err := tx.Payment(id)
				if err != nil {
					return err
				}
				pushes, err := tx.PushesOf(id)
				if err != nil {
					return err
				}
				pushes[0].Number++
				p.Checks++
				return errors.Join(tx.SavePayment(p), tx.SavePush(pushes[0]))
			})
		})
	}
	all.Wait()
	must(t, errors.Join(errs...))
	must(t, s.View(t.Context(), func(tx gateway.Tx) error {
		p, err := tx.Payment(id)
		if err != nil {
			return err
		}
		found, err := tx.PushByToken("t")
		if p.Checks != len(errs) || found.Number != 1+len(errs) {
			t.Errorf("%d updates counted to %d on the payment and %d on the push", len(errs), p.Checks, found.Number-1)
		}
		return err
	}))
}

func TestEvidenceIsAppendOnly(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error {
		p := samplePayment("")
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
		_, err := tx.ClaimReceipt("R", p.ID, testStart)
		return errors.Join(err, tx.InsertCallback(&gateway.Callback{Body: []byte("{}"), Verdict: "applied"}))
	}))
	for _, sql := range []string{
		`UPDATE callbacks SET body = '\x00'`, `UPDATE callbacks SET verdict = '', body = '', erased_at = now()`,
		`UPDATE callbacks SET body = ''`, `DELETE FROM callbacks`, `TRUNCATE callbacks`,
		`UPDATE receipts SET payment_id = 1`, `DELETE FROM receipts`, `TRUNCATE receipts`, `TRUNCATE payments CASCADE`,
		`DELETE FROM callback_head`, `TRUNCATE callback_head`,
	} {
		if _, err := s.db.Exec(t.Context(), sql); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v, want a refusal", sql, err)
		}
	}
}

func TestErrorsKeepThePassword(t *testing.T) {
	for _, url := range []string{
		"postgres://user:hunter2@127.0.0.1:1/db", "postgres://user:hunter2@127.0.0.1:port/db", "postgres://user:hunter2@[::1/db",
		"postgres://user:hunter2@127.0.0.1:1/db?sslmode=hunter2",
	} {
		_, err := Open(t.Context(), Config{URL: url, Clock: frozen()})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want an error without the password", err)
		}
	}
}

func TestServersThatForgetAreRefused(t *testing.T) {
	url := migrated(t)
	_, err := Open(t.Context(), Config{URL: url + "&options=-c%20synchronous_commit%3Doff", Clock: frozen()})
	if err == nil || !strings.Contains(err.Error(), "synchronous_commit") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestLookupsUseAnIndex(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	for sql, index := range map[string]string{
		`SELECT * FROM payments WHERE partner = 'p' AND idempotency_key = 'k'`:                                       "payments_key",
		`SELECT * FROM payments WHERE state = 's' ORDER BY id`:                                                       "payments_state",
		`SELECT count(*) FROM payments WHERE phone = '254' AND (refusal = '' OR pushes > 1) AND created_at >= now()`: "= true) AND (created_at >=",
		`SELECT * FROM payments WHERE phone = '254'`:                                                                 "payments_phone",
		`SELECT min(run_at) FROM payments`:                                                                           "payments_run",
		`SELECT min(run_at) FROM deliveries`:                                                                         "deliveries_run",
		`SELECT due_at FROM deliveries WHERE due_at IS NOT NULL AND run_at IS NULL AND due_at < now()`:               "deliveries_queued",
		`SELECT * FROM deliveries WHERE payment_id = 1 ORDER BY id`:                                                  "deliveries_payment",
		`SELECT * FROM callbacks WHERE payment_id IS NULL ORDER BY id`:                                               "callbacks_payment",
		`SELECT * FROM pushes WHERE token = 't'`:                                                                     "pushes_pkey",
		`SELECT * FROM pushes WHERE payment_id = 1 ORDER BY number`:                                                  "pushes_payment_id_number_key",
	} {
		tx, err := s.db.Begin(t.Context())
		must(t, err)
		_, err = tx.Exec(t.Context(), `SET LOCAL enable_seqscan = off`)
		must(t, err)
		rows, _ := tx.Query(t.Context(), "EXPLAIN "+sql)
		plan := ""
		for rows.Next() {
			var line string
			must(t, rows.Scan(&line))
			plan += line + "\n"
		}
		must(t, errors.Join(rows.Err(), tx.Rollback(t.Context())))
		if !strings.Contains(plan, index) {
			t.Errorf("%s: %s, want %s", sql, plan, index)
		}
	}
}
