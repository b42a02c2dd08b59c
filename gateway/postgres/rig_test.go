package postgres

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// samplePayment is what an update inserts when it doesn't matter what.
func samplePayment(key string) *gateway.Payment {
	return &gateway.Payment{Partner: "acme", Direction: gateway.Collect, IdempotencyKey: key, Phone: "254708374149",
		Amount: 100, State: gateway.Pending, CreatedAt: testStart, UpdatedAt: testStart}
}

// calling is a worker of functions; one that is nil fails the test.
type calling struct {
	payment, delivery func(ctx context.Context, id int64) error
}

func (c calling) WorkPayment(ctx context.Context, id int64) error { return c.payment(ctx, id) }

func (c calling) WorkDelivery(ctx context.Context, id int64) error { return c.delivery(ctx, id) }

// working runs Work until the test ends, or the returned function is called.
func working(t testing.TB, s *Store, w gateway.Worker) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Work(ctx, w); err != nil && !errors.Is(err, gateway.ErrClosed) {
			t.Errorf("Work: %v", err)
		}
	}()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func receive[T any](t testing.TB, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// clear moves a payment to where nothing is due.
func clearPayment(s *Store, id int64) error {
	return s.Update(context.Background(), func(tx gateway.Tx) error {
		p, err := tx.Payment(id)
		if err != nil {
			return err
		}
		p.DueAt = time.Time{}
		p.Checks++
		return tx.SavePayment(p)
	})
}

func insertPayment(t testing.TB, s *Store, p *gateway.Payment) int64 {
	t.Helper()
	must(t, s.Update(context.Background(), func(tx gateway.Tx) error { return tx.InsertPayment(p) }))
	return p.ID
}

// insertDue inserts a payment that falls due at a time.
func insertDue(t testing.TB, s *Store, at time.Time) int64 {
	t.Helper()
	p := samplePayment("")
	p.DueAt = at
	return insertPayment(t, s, p)
}

// twoReplicas are on one database of their own.
func twoReplicas(t *testing.T) (s, other *Store) {
	t.Helper()
	url := migrated(t)
	return opened(t, Config{URL: url, Clock: frozen()}), opened(t, Config{URL: url, Clock: frozen()})
}
