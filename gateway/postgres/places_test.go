package postgres

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// hurried waits for no place.
func hurried(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestEndpointsAreLimited(t *testing.T) {
	p, ctx := newPlaces(512), hurried(t)
	slow := target{"shop", "slow"}
	for i := range 32 {
		if until := p.begin(ctx, slow, testStart); !until.IsZero() {
			t.Fatalf("call %d of 32 was told to wait", i+1)
		}
	}
	last := testStart
	for range 10_000 { // each is told another time, and none to wait for long
		until := p.begin(ctx, slow, testStart)
		if until.Before(last) || !until.After(testStart) || until.Sub(testStart) > longestWait {
			t.Fatalf("told to come at %v after %v", until, last)
		}
		last = until
	}
	for _, to := range []target{{"shop", "quick"}, {"other", "slow"}, {}} {
		if !p.begin(ctx, to, testStart).IsZero() {
			t.Errorf("%v has to wait as well", to)
		}
	}
	p.end(slow, time.Second)
	if !p.begin(ctx, slow, testStart).IsZero() {
		t.Error("a place that was given back is not given out")
	}
}

// Forty partners may hang, with however many endpoints and rows, and there is room for
// one more; the most that one takes is a ninth.
func TestPartnersThatHangLeaveRoom(t *testing.T) {
	p, ctx := newPlaces(512), hurried(t)
	for partner := range 40 {
		for i := range 1000 {
			p.begin(ctx, target{fmt.Sprint("slow", partner), fmt.Sprint(i % 20)}, testStart)
		}
		if partner == 0 && p.running != 57 {
			t.Errorf("%d calls of one partner, want a ninth of 512", p.running)
		}
		quick := target{fmt.Sprint("quick", partner), "0"}
		if !p.begin(ctx, quick, testStart).IsZero() {
			t.Fatalf("while %d partners hang, another's delivery has to wait", partner+1)
		}
		p.end(quick, time.Second)
	}
}

// Who has many endpoints is put off by its own calls, not for each endpoint anew.
func TestPartnerWithManyEndpointsIsPutOffForLong(t *testing.T) {
	p, ctx := newPlaces(512), hurried(t)
	var last time.Time
	for i := range 10_000 {
		last = p.begin(ctx, target{"slow", fmt.Sprint(i)}, testStart)
	}
	if wait := last.Sub(testStart); wait < longestWait/2 {
		t.Errorf("the last of 10,000 is to come after %v", wait)
	}
	if n := len(p.targets); n != p.running {
		t.Errorf("%d endpoints are remembered, %d have calls", n, p.running)
	}
}

// The calls of a partner that wait for a moment take a fifth of the workers that are idle.
func TestCallsThatWaitLeaveWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(512)
		var calls sync.WaitGroup
		for i := range 400 {
			calls.Go(func() { p.begin(t.Context(), target{"slow", fmt.Sprint(i % 20)}, testStart) })
		}
		synctest.Wait()
		if p.running != 57 || len(p.waiting) != 91 {
			t.Errorf("%d calls run and %d wait, want 57 and 91 of 512", p.running, len(p.waiting))
		}
		calls.Wait()
	})
}

func TestPlaceOfACallThatEndsGoesToOneThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(16) // one for each endpoint
		busy := target{"shop", "a"}
		p.begin(t.Context(), busy, testStart)
		began := time.Now()
		var calls sync.WaitGroup
		var begun atomic.Int32
		for range 2 {
			calls.Go(func() {
				if p.begin(t.Context(), busy, testStart).IsZero() {
					begun.Add(1)
				}
			})
		}
		synctest.Wait()
		p.end(busy, time.Second)
		synctest.Wait()
		if n := begun.Load(); n != 1 || time.Since(began) != 0 {
			t.Errorf("%d calls begin after %v, want one at once", n, time.Since(began))
		}
		calls.Wait()
		if n := begun.Load(); n != 1 || time.Since(began) != moment {
			t.Errorf("%d calls have begun after %v, want the other put off after %v", n, time.Since(began), moment)
		}
		p.end(busy, time.Second)
		if len(p.partners)+len(p.targets)+len(p.waiting)+p.running != 0 {
			t.Errorf("something is left: %+v", p)
		}
	})
}

// One endpoint that hangs takes its own places only.
func TestSlowEndpointDelaysNoOther(t *testing.T) {
	s := opened(t, Config{URL: migrated(t), Clock: machine{}, Workers: 16})
	payment := insertPayment(t, s, samplePayment(""))
	insert := func(endpoint string) int64 {
		d := &gateway.Delivery{PaymentID: payment, Partner: "acme", Endpoint: endpoint, State: gateway.DeliveryDue, DueAt: time.Now()}
		must(t, s.Update(t.Context(), func(tx gateway.Tx) error { return tx.InsertDelivery(d) }))
		return d.ID
	}
	slow := make(map[int64]bool)
	for range 200 {
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
	if n := most.Load(); n > 8 {
		t.Errorf("%d calls of one endpoint at once, want 8 of 128 at most", n)
	}
}

// After a moment in which nothing went on, calls count as slow. What falls due then is not put
// off for as long as they were.
func TestRowsAreNotPutOffForLongAfterAStall(t *testing.T) {
	p, ctx, to := newPlaces(512), hurried(t), target{"shop", "busy"}
	for range 32 {
		p.begin(ctx, to, testStart)
	}
	for range 31 {
		p.end(to, 4*time.Second) // and one goes on
	}
	for range 31 {
		p.begin(ctx, to, testStart)
	}
	told, last := make(map[time.Time]int), time.Time{}
	for range 300 {
		last = p.begin(ctx, to, testStart)
		until := notTooLate(last, testStart, testStart)
		told[until]++
		if wait := until.Sub(testStart); wait <= 0 || wait > firstWait {
			t.Fatalf("told to come after %s", wait)
		}
	}
	if last.Sub(testStart) < 10*time.Second || len(told) < 200 {
		t.Errorf("the last of 300 would be told to come after %s; they come at %d times", last.Sub(testStart), len(told))
	}
	for waited, most := range map[time.Duration]time.Duration{0: time.Second, 5 * time.Second: 5 * time.Second, time.Minute: longestWait} {
		until := notTooLate(testStart.Add(longestWait), testStart, testStart.Add(-waited))
		if wait := until.Sub(testStart); wait < most/2 || wait > most {
			t.Errorf("what has waited for %s is told to come after %s, want %s at most", waited, wait, most)
		}
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
