package postgres

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func TestEndpointsAreLimited(t *testing.T) {
	e := newEndpoints()
	hurried, cancel := context.WithCancel(t.Context())
	cancel() // waits for no place
	for range callsPerEndpoint {
		if until := e.begin(hurried, "a", testStart); !until.IsZero() {
			t.Fatal("a call within the limit was told to wait")
		}
	}
	last := testStart
	for range 1000 { // each is told another time, and none to wait for long
		until := e.begin(hurried, "a", testStart)
		if until.Before(last) || !until.After(testStart) || until.Sub(testStart) > longestWait {
			t.Fatalf("told to come at %v after %v", until, last)
		}
		last = until
	}
	if !e.begin(hurried, "b", testStart).IsZero() || !e.begin(hurried, "", testStart).IsZero() {
		t.Error("another endpoint has to wait as well")
	}
	e.end("a", time.Second)
	if !e.begin(hurried, "a", testStart).IsZero() {
		t.Error("a place that was given back is not given out")
	}
}

// One endpoint that hangs takes its own places only.
func TestSlowEndpointDelaysNoOther(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: machine{}, Workers: 2 * callsPerEndpoint})
	payment := insertPayment(t, s, samplePayment(""))
	insert := func(endpoint string) int64 {
		d := &gateway.Delivery{PaymentID: payment, Partner: "acme", Endpoint: endpoint, State: gateway.DeliveryDue, DueAt: time.Now()}
		must(t, s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertDelivery(d) }))
		return d.ID
	}
	slow := make(map[int64]bool)
	for range 5 * callsPerEndpoint {
		slow[insert("https://slow.example:443")] = true
	}
	var hanging, most atomic.Int32
	called := make(chan int64, 100)
	working(t, s, calling{delivery: func(ctx context.Context, id int64) error {
		if slow[id] {
			if n := hanging.Add(1); n > most.Load() {
				most.Store(n)
			}
			<-ctx.Done()
			return ctx.Err()
		}
		defer func() { called <- id }()
		return s.Update(context.WithoutCancel(ctx), func(tx gateway.Tx) error {
			d, err := tx.Delivery(id)
			if err != nil {
				return err
			}
			d.State, d.DueAt = gateway.DeliveryDone, time.Time{}
			return tx.SaveDelivery(d)
		})
	}})
	for range 3 {
		if id := insert("https://quick.example:443"); receive(t, called, "the quick endpoint's webhook") != id {
			t.Error("another was delivered")
		}
	}
	if n := most.Load(); n > callsPerEndpoint {
		t.Errorf("%d calls of one endpoint at once, want %d at most", n, callsPerEndpoint)
	}
}

// expected is when the sweep expects something to be due.
func (w *sweeper) expected() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.next
}

// When Idle returns, all that was due is done and the timer is set for what comes
// next: a clock that is moved straight to it misses nothing.
func TestIdleMeansThatTheClockMayGoOn(t *testing.T) {
	clock := frozen()
	s := opened(t, Config{URL: migrated(t), Clock: clock})
	var calls atomic.Int32
	working(t, s, calling{payment: func(ctx context.Context, id int64) error {
		return s.Update(ctx, func(tx gateway.Tx) error {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			calls.Add(1)
			p.DueAt = clock.Now().Add(time.Hour)
			return tx.SavePayment(p)
		})
	}})
	insertDue(t, s, testStart)
	for hour := int32(1); hour <= 10; hour++ {
		must(t, s.Idle(t.Context()))
		if n := calls.Load(); n != hour {
			t.Fatalf("after %d hours there were %d calls", hour-1, n)
		}
		if next, want := s.sweeper.expected(), clock.Now().Add(time.Hour); !next.Equal(want) {
			t.Errorf("the timer is set for %v, want %v", next, want)
		}
		clock.Advance(time.Hour)
	}
}
