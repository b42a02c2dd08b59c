package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// writeDBForTest runs a statement on the writer's connection, in an update.
func (s *Store) writeDBForTest(query string) (res driver.Result, err error) {
	err = s.Update(context.Background(), func(g gateway.Tx) error {
		res, err = g.(*tx).exec("testing", query)
		return err
	})
	return res, err
}

// ask runs a query of one text on the writer's connection.
func (s *Store) ask(t testing.TB, query string) (answer string) {
	t.Helper()
	err := s.Update(context.Background(), func(g gateway.Tx) (err error) {
		answer, err = one(g.(*tx), "testing", func(r row) (v string, err error) { return v, r.Scan(intoAny{&v}) }, query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// intoAny prints whatever a column has.
type intoAny struct{ s *string }

func (in intoAny) Scan(v any) error { *in.s = fmt.Sprint(v); return nil }

// held keeps the writer busy until release, so that what is sent meanwhile waits
// together.
func held(t *testing.T, s *Store) (release func()) {
	t.Helper()
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Update(context.Background(), func(gateway.Tx) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	return func() {
		close(end)
		if err := <-done; err != nil {
			t.Errorf("the update that held the writer: %v", err)
		}
	}
}

// waiting sends updates while the writer is held, so that they share a commit in
// the order given, and returns their errors.
func waiting(t *testing.T, s *Store, fs ...func(gateway.Tx) error) []error {
	t.Helper()
	release := held(t, s)
	requests := make([]*request, len(fs))
	for i, f := range fs {
		requests[i] = &request{f: f, answer: make(chan error, 1)}
		if err := s.writer.send(context.Background(), requests[i]); err != nil {
			t.Fatal(err)
		}
	}
	release()
	errs := make([]error, len(fs))
	for i, r := range requests {
		errs[i] = <-r.answer
	}
	return errs
}

func insertKey(key string) func(gateway.Tx) error {
	return func(tx gateway.Tx) error { return tx.InsertPayment(samplePayment(key)) }
}

// wantStored checks which keys are in the table, and that the store goes on.
func wantStored(t *testing.T, s *Store, stored map[string]bool) {
	t.Helper()
	err := s.View(t.Context(), func(tx gateway.Tx) error {
		for key, want := range stored {
			_, err := tx.PaymentByKey("acme", key)
			if got := err == nil; got != want {
				t.Errorf("%s is stored: %t, want %t (%v)", key, got, want, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), insertKey(fmt.Sprintf("after %v", stored))); err != nil {
		t.Errorf("the next update: %v", err)
	}
}

func TestWaitingUpdatesShareACommit(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	var commits atomic.Int32
	err := s.Update(t.Context(), func(gateway.Tx) error { // in the writer's goroutine, which owns the field
		committed := s.writer.committed
		s.writer.committed = func(c []change) { commits.Add(1); committed(c) }
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	before := commits.Load()
	fs := make([]func(gateway.Tx) error, 200)
	for i := range fs {
		fs[i] = insertKey(fmt.Sprint(i))
	}
	if err := errors.Join(waiting(t, s, fs...)...); err != nil {
		t.Fatal(err)
	}
	if got := commits.Load() - before; got != 2 { // the one that held, and the others
		t.Errorf("%d commits for an update and %d that waited for it, want 2", got, len(fs))
	}
}

func TestCancelledWhileWaiting(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	release := held(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Update(ctx, insertKey("cancelled")) }()
	for len(s.writer.requests) == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	release()
	wantStored(t, s, map[string]bool{"cancelled": false})
}

func TestCancelledTooLate(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Update(ctx, func(tx gateway.Tx) error {
		cancel()
		return tx.InsertPayment(samplePayment("k"))
	})
	if err != nil {
		t.Errorf("got %v; the update was committed, and the caller must know", err)
	}
	wantStored(t, s, map[string]bool{"k": true})
}

// A deferred foreign key is found broken by COMMIT, as a full disk may be.
func TestCommitFails(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	oops := errors.New("oops")
	errs := waiting(t, s, insertKey("first"),
		func(gateway.Tx) error { return oops },
		func(g gateway.Tx) error {
			t := g.(*tx)
			if _, err := t.exec("testing", `PRAGMA defer_foreign_keys = ON`); err != nil {
				return err
			}
			return t.InsertPush(gateway.Push{Token: "t", PaymentID: 999, Number: 1, State: gateway.PushBegun})
		},
		insertKey("last"))
	for i, err := range errs {
		if err == nil || errors.Is(err, oops) != (i == 1) {
			t.Errorf("update %d returned %v", i, err)
		}
	}
	wantStored(t, s, map[string]bool{"first": false, "last": false})
	if at, ok := s.due.earliest(); ok {
		t.Errorf("something that was not committed is due at %v", at)
	}
}

// full fills the disk: the database may not grow any more on this connection, and a
// body of a mebibyte does not fit.
func full(g gateway.Tx) error {
	t := g.(*tx)
	pages, err := one(t, "testing", scanID, `PRAGMA page_count`)
	if err != nil {
		return err
	}
	if _, err := one(t, "testing", scanID, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages)); err != nil {
		return err
	}
	return t.InsertCallback(&gateway.Callback{Body: make([]byte, 1<<20)})
}

func TestDiskFull(t *testing.T) {
	for name, bad := range map[string]func(gateway.Tx) error{
		"reported": full,
		"swallowed": func(tx gateway.Tx) error {
			_ = full(tx)
			_ = tx.InsertPayment(samplePayment("swallowed")) // must not commit by itself
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, t.TempDir(), frozen())
			errs := waiting(t, s, insertKey("first"), bad, insertKey("last"))
			if errs[1] == nil {
				t.Error("the update that found the disk full succeeded")
			}
			wantStored(t, s, map[string]bool{"first": errs[0] == nil, "swallowed": false, "last": errs[2] == nil})
			if errs[2] != nil {
				t.Errorf("what had not begun yet was lost with the others: %v", errs[2])
			}
		})
	}
}

func TestUpdateEndsItsGoroutine(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	errs := waiting(t, s, insertKey("first"), func(gateway.Tx) error { runtime.Goexit(); return nil }, insertKey("last"))
	if !errors.Is(errs[1], errGone) {
		t.Errorf("got %v, want errGone", errs[1])
	}
	wantStored(t, s, map[string]bool{"first": errs[0] == nil, "last": errs[2] == nil})
}

func TestCloseFinishesWhatWasSent(t *testing.T) {
	s := opened(t, t.TempDir(), frozen())
	release := held(t, s)
	r := &request{f: insertKey("k"), answer: make(chan error, 1)}
	if err := s.writer.send(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	<-s.closing
	release()
	if err := <-r.answer; err != nil {
		t.Errorf("an update sent before Close: %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}
