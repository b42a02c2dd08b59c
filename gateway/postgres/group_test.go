package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// held keeps groups from taking anybody until release is called.
func held(t *testing.T, s *Store) (release func()) {
	t.Helper()
	entered, leave := make(chan struct{}), make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		ended <- s.Update(context.Background(), func(gateway.Tx) error {
			close(entered)
			<-leave
			return nil
		})
	}()
	receive(t, entered, "an update to begin")
	letGo := sync.OnceFunc(func() { close(leave) })
	t.Cleanup(letGo) // or the store would wait for it
	return func() {
		letGo()
		must(t, receive(t, ended, "an update to end"))
	}
}

// together runs updates that are taken into one group, and returns their errors.
func together(t *testing.T, s *Store, fs ...func(gateway.Tx) error) []error {
	t.Helper()
	release := held(t, s)
	errs := make([]chan error, len(fs))
	for i, f := range fs {
		errs[i] = make(chan error, 1)
		go func() {
			err := errors.New("its goroutine has ended")
			defer func() { errs[i] <- err }()
			err = s.Update(context.Background(), f)
		}()
	}
	waitUntil(t, func() bool {
		s.updates.mu.Lock()
		defer s.updates.mu.Unlock()
		return len(s.updates.waiting) == len(fs)
	})
	release()
	all := make([]error, len(fs))
	for i, err := range errs {
		all[i] = receive(t, err, fmt.Sprintf("update %d to end", i))
	}
	return all
}

func waitUntil(t *testing.T, done func() bool) {
	t.Helper()
	for begun := time.Now(); !done(); runtime.Gosched() {
		if time.Since(begun) > patience {
			t.Fatal("it never came about")
		}
	}
}

// blocked asks whether anybody waits for a lock in s's database.
func (s *Store) blocked(t *testing.T) func() bool {
	t.Helper()
	return func() (blocked bool) {
		must(t, s.db.QueryRow(t.Context(), `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock')`).Scan(&blocked))
		return blocked
	}
}

// countUp is an update that adds one to a payment's checks.
func countUp(id int64) func(gateway.Tx) error {
	return func(tx gateway.Tx) error {
		p, err := tx.Payment(id)
		if err != nil {
			return err
		}
		p.Checks++
		return tx.SavePayment(p)
	}
}

func (s *Store) checksOf(t *testing.T, id int64) (checks int) {
	t.Helper()
	must(t, s.View(t.Context(), func(tx gateway.Tx) error {
		p, err := tx.Payment(id)
		if err == nil {
			checks = p.Checks
		}
		return err
	}))
	return checks
}

func TestUpdatesShareATransaction(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	fs := make([]func(gateway.Tx) error, 20)
	for i := range fs {
		key := fmt.Sprint("key-", i)
		fs[i] = func(tx gateway.Tx) error {
			if _, err := tx.PaymentByKey("acme", key); !errors.Is(err, gateway.ErrNotFound) {
				return fmt.Errorf("the key leads to a payment: %w", err)
			}
			p := samplePayment(key)
			if err := tx.InsertPayment(p); err != nil {
				return err
			}
			_, err := tx.ClaimReceipt("R"+key, p.ID, testStart)
			return errors.Join(err, tx.InsertPush(gateway.Push{Token: key, PaymentID: p.ID, Number: 1, State: gateway.PushBegun}),
				tx.InsertCallback(&gateway.Callback{Token: key, PaymentID: p.ID}))
		}
	}
	must(t, errors.Join(together(t, s, fs...)...))
	for _, table := range []string{"payments", "receipts", "pushes", "callbacks"} {
		var rows, transactions int
		must(t, s.db.QueryRow(t.Context(), `SELECT count(*), count(DISTINCT xmin::text) FROM `+table).Scan(&rows, &transactions))
		if rows != len(fs) || transactions != 1 {
			t.Errorf("%s: %d rows in %d transactions, want %d in 1", table, rows, transactions, len(fs))
		}
	}
}

// A row that another replica has locked holds up nobody but who needs it.
func TestGroupsDontWaitForLockedRows(t *testing.T) {
	url := migrated(t)
	var log bytes.Buffer
	s, other := opened(t, Config{URL: url, Clock: frozen(), Log: slog.New(slog.NewTextHandler(&log, nil))}), opened(t, Config{URL: url, Clock: frozen()})
	locked, free := insertPayment(t, s, samplePayment("")), insertPayment(t, s, samplePayment(""))
	lock, err := other.db.Begin(t.Context())
	must(t, err)
	_, err = lock.Exec(t.Context(), `SELECT 1 FROM payments WHERE id = $1 FOR UPDATE`, locked)
	must(t, err)
	waits := make(chan error, 1)
	go func() { waits <- s.Update(context.Background(), countUp(locked)) }()
	waitUntil(t, s.blocked(t)) // alone, so that it is in nobody's group
	for range 3 {
		must(t, errors.Join(together(t, s, countUp(free))...))
	}
	select {
	case err := <-waits:
		t.Fatalf("an update got a row that another replica has locked: %v", err)
	default:
	}
	must(t, lock.Commit(t.Context()))
	must(t, receive(t, waits, "the update to get its row"))
	if got := s.checksOf(t, locked); got != 1 {
		t.Errorf("%d checks, want 1", got)
	}
	if got := s.checksOf(t, free); got != 3 {
		t.Errorf("%d checks, want 3", got)
	}
	must(t, s.Close())
	if strings.Contains(log.String(), "done again") {
		t.Errorf("a group has failed: %s", log.String())
	}
}

// What goes wrong for one member, in its f or in the database, is its own affair.
func TestFaultsSpareTheGroup(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	id := insertPayment(t, s, samplePayment(""))
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error {
		return tx.InsertPush(gateway.Push{Token: "taken", PaymentID: id, Number: 1, State: gateway.PushBegun})
	}))
	oops := errors.New("oops")
	for name, tt := range map[string]struct {
		f    func(tx gateway.Tx) error
		want func(error) bool
	}{
		"an error": {func(tx gateway.Tx) error {
			return errors.Join(oops, tx.InsertCallback(&gateway.Callback{}))
		}, func(err error) bool { return errors.Is(err, oops) }},
		"a panic": {func(tx gateway.Tx) error {
			must(t, tx.InsertCallback(&gateway.Callback{}))
			panic("seven")
		}, func(err error) bool { return err != nil && strings.Contains(err.Error(), "seven") }},
		"an end of its goroutine": {func(tx gateway.Tx) error {
			_ = tx.InsertCallback(&gateway.Callback{})
			runtime.Goexit()
			return nil
		}, func(err error) bool { return err != nil }},
		"a token that is taken": {func(tx gateway.Tx) error {
			return errors.Join(tx.InsertCallback(&gateway.Callback{}),
				tx.InsertPush(gateway.Push{Token: "taken", PaymentID: id, Number: 2, State: gateway.PushBegun}))
		}, isDuplicate},
		"a row that nobody has": {func(tx gateway.Tx) error {
			return errors.Join(tx.InsertCallback(&gateway.Callback{}), tx.InsertAttempt(gateway.Attempt{DeliveryID: 99, Number: 1}))
		}, func(err error) bool { return err != nil }},
	} {
		t.Run(name, func(t *testing.T) {
			good := insertPayment(t, s, samplePayment(""))
			errs := together(t, s, countUp(good), tt.f)
			if errs[0] != nil || s.checksOf(t, good) != 1 {
				t.Errorf("the neighbour got %v and counted to %d", errs[0], s.checksOf(t, good))
			}
			if !tt.want(errs[1]) {
				t.Errorf("got %v", errs[1])
			}
		})
	}
	must(t, s.View(t.Context(), func(tx gateway.Tx) error {
		kept, err := tx.CallbacksAfter(0, 0)
		if len(kept) != 0 {
			t.Errorf("%d callbacks are left of updates that failed", len(kept))
		}
		return err
	}))
}

// An update that another replica overtakes, after it was told that a key or a
// receipt is new, runs again and is told the truth.
func TestOvertakenUpdateRunsAgain(t *testing.T) {
	s, other := twoReplicas(t)
	theirs, mine := insertPayment(t, other, samplePayment("")), insertPayment(t, s, samplePayment(""))
	good := insertPayment(t, s, samplePayment(""))
	keyRuns, receiptRuns := 0, 0
	var owner, found int64
	errs := together(t, s, countUp(good), func(tx gateway.Tx) error {
		keyRuns++
		p, err := tx.PaymentByKey("acme", "k")
		if err == nil {
			found = p.ID
			return nil
		}
		if !errors.Is(err, gateway.ErrNotFound) {
			return err
		}
		err = tx.InsertPayment(samplePayment("k"))
		theirs := samplePayment("k")
		return errors.Join(err, other.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertPayment(theirs) }))
	}, func(tx gateway.Tx) (err error) {
		receiptRuns++
		if owner, err = tx.ClaimReceipt("R", mine, testStart); err != nil || receiptRuns > 1 {
			return err
		}
		return other.Update(t.Context(), func(tx gateway.Tx) error {
			_, err := tx.ClaimReceipt("R", theirs, testStart)
			return err
		})
	})
	must(t, errors.Join(errs...))
	if keyRuns != 2 || receiptRuns != 2 || owner != theirs || found == 0 {
		t.Errorf("ran %d and %d times, want 2; the receipt is of %d, want %d; the key leads to %d", keyRuns, receiptRuns, owner, theirs, found)
	}
	if got := s.checksOf(t, good); got != 1 {
		t.Errorf("the neighbour counted to %d", got)
	}
}

// One that is overtaken in one of two things that it was told are new runs again, too,
// and nothing of the first time stays.
func TestPartlyOvertakenUpdateRunsAgain(t *testing.T) {
	s, other := twoReplicas(t)
	theirs := insertPayment(t, other, samplePayment(""))
	runs := 0
	var owner int64
	must(t, s.Update(t.Context(), func(tx gateway.Tx) (err error) {
		runs++
		p := samplePayment("k")
		if err := tx.InsertPayment(p); err != nil {
			return err
		}
		if owner, err = tx.ClaimReceipt("R", p.ID, testStart); err != nil || runs > 1 {
			return err
		}
		return other.Update(t.Context(), func(tx gateway.Tx) error {
			_, err := tx.ClaimReceipt("R", theirs, testStart)
			return err
		})
	}))
	if runs != 2 || owner != theirs {
		t.Errorf("ran %d times, want 2; the receipt is of %d, want %d", runs, owner, theirs)
	}
}

// An update that has to run alone does, even when its f makes nothing of the error.
func TestSwallowedErrorRunsAgain(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	runs := 0
	must(t, s.Update(t.Context(), func(tx gateway.Tx) error {
		runs++
		err := tx.InsertPayment(samplePayment("k"))
		_ = ways["alone"](tx)
		return err
	}))
	if runs != 2 {
		t.Errorf("ran %d times, want 2", runs)
	}
}

// Two of the same group that need one row get it one after the other.
func TestMembersTakeTurns(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	id := insertPayment(t, s, samplePayment(""))
	fs := make([]func(gateway.Tx) error, 10)
	for i := range fs {
		fs[i] = countUp(id)
	}
	must(t, errors.Join(together(t, s, fs...)...))
	if got := s.checksOf(t, id); got != len(fs) {
		t.Errorf("%d updates counted to %d", len(fs), got)
	}
}

// A group that waits for its turn gives up when no connection is to be had, and so
// does whoever waits for the group.
func TestWaitingForAGroupEnds(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	release := held(t, s)
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Update(ctx, func(gateway.Tx) error {
			t.Error("f has run")
			return nil
		})
	}()
	waitUntil(t, func() bool {
		s.updates.mu.Lock()
		defer s.updates.mu.Unlock()
		return len(s.updates.waiting) == 1
	})
	cancel()
	if err := receive(t, ended, "the update to give up"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestGroupsUseIndexes(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: frozen()})
	for sql, index := range map[string]string{
		takenKeys:       "payments_key",
		paymentsBetween: "payments_phone",
		savePayments:    "payments_pkey",
		savePushes:      "pushes_pkey",
		someEndpoints:   "endpoints_pkey",
	} {
		conn, err := s.groupDB.Acquire(t.Context())
		must(t, err)
		st, err := conn.Conn().Prepare(t.Context(), "explained", sql)
		must(t, err)
		nulls := strings.Repeat("NULL,", len(st.ParamOIDs))
		rows, _ := conn.Query(t.Context(), `EXPLAIN EXECUTE explained(`+nulls[:len(nulls)-1]+`)`)
		plan := ""
		for rows.Next() {
			var line string
			must(t, rows.Scan(&line))
			plan += line + "\n"
		}
		must(t, rows.Err())
		must(t, conn.Conn().Deallocate(t.Context(), "explained"))
		conn.Release()
		if !strings.Contains(plan, "Index Scan using "+index) && !strings.Contains(plan, "Index Only Scan using "+index) {
			t.Errorf("%s:\n%s, want %s", sql, plan, index)
		}
	}
}
