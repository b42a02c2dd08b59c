package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func workTests() []test {
	return []test{
		{"a payment is worked on when it is due and not before", duePayments},
		{"a delivery is worked on when it is due and not before", dueDeliveries},
		{"a row that is moved on is worked on again", dueAgain},
		{"a row can be brought forward", broughtForward},
		{"a row can be called off", calledOff},
		{"what an undone update made due is not", undoneIsNotDue},
		{"what was due before a restart is due after it", dueAfterRestart},
		{"payments and deliveries of the same id are told apart", kindsApart},
		{"a hundred rows due at once are all worked on", manyDue},
		{"deliveries that hang don't delay payments", hangingDeliveries},
		{"a slow endpoint does not delay another", slowEndpoint},
		{"a slow partner does not delay another at the same endpoint", slowPartnerAtOneEndpoint},
		{"a slow partner with many endpoints does not delay another", slowPartnerAtManyEndpoints},
		{"work that stops waits for the calls that run", stopWaits},
		{"work can be stopped and started again", workAgain},
	}
}

func in(d time.Duration) time.Time { return start.Add(d) }

func duePayments(b *bench) {
	called := make(chan int64, 10)
	b.insert(gateway.Payment{}) // nothing due
	late := b.insert(gateway.Payment{DueAt: in(10 * time.Second)})
	now := b.insert(gateway.Payment{DueAt: start})
	b.work(worker{payment: b.calls(called)})
	b.wantCall(called, now)
	soon := b.insert(gateway.Payment{DueAt: in(5 * time.Second)}) // after Work has begun
	b.wantNone(called)
	b.clock.Advance(5*time.Second - time.Microsecond)
	b.wantNone(called)
	b.clock.Advance(time.Microsecond)
	b.wantCall(called, soon)
	b.wantNone(called)
	b.clock.Advance(time.Hour)
	b.wantCall(called, late)
	b.wantNone(called)
}

func dueDeliveries(b *bench) {
	called := make(chan int64, 10)
	late := b.insertDelivery(in(10 * time.Second))
	now := b.insertDelivery(start)
	b.work(worker{delivery: b.finishes(called)})
	b.wantCall(called, now)
	soon := b.insertDelivery(in(5 * time.Second))
	b.clock.Advance(5 * time.Second)
	b.wantCall(called, soon)
	b.wantNone(called)
	b.clock.Advance(5 * time.Second)
	b.wantCall(called, late)
	b.wantNone(called)
}

func dueAgain(b *bench) {
	called := make(chan int64, 10)
	id := b.insert(gateway.Payment{DueAt: start})
	b.work(worker{payment: b.calls(called, in(time.Minute), in(time.Hour))})
	b.wantCall(called, id)
	b.clock.Advance(time.Minute)
	b.wantCall(called, id)
	b.wantNone(called)
	b.clock.Advance(time.Hour - time.Minute)
	b.wantCall(called, id)
	b.clock.Advance(24 * time.Hour)
	b.wantNone(called)
	if p := b.payment(id); !p.DueAt.IsZero() || p.Checks != 3 {
		b.Errorf("due at %v after %d calls, want nothing after 3", p.DueAt, p.Checks)
	}
}

func broughtForward(b *bench) {
	called := make(chan int64, 10)
	id := b.insert(gateway.Payment{DueAt: in(time.Hour)})
	b.work(worker{payment: b.calls(called)})
	b.update(func(tx gateway.Tx) error {
		return tx.SavePayment(complete(&gateway.Payment{ID: id, DueAt: in(time.Second)}))
	})
	b.clock.Advance(time.Second)
	b.wantCall(called, id)
}

func calledOff(b *bench) {
	called := make(chan int64, 10)
	off, later := b.insert(gateway.Payment{DueAt: in(time.Second)}), b.insert(gateway.Payment{DueAt: in(time.Second)})
	fence := b.insert(gateway.Payment{DueAt: in(2 * time.Second)})
	b.work(worker{payment: b.calls(called)})
	b.update(func(tx gateway.Tx) error {
		if err := tx.SavePayment(complete(&gateway.Payment{ID: off})); err != nil {
			return err
		}
		return tx.SavePayment(complete(&gateway.Payment{ID: later, DueAt: in(3 * time.Second)}))
	})
	b.clock.Advance(2 * time.Second)
	b.wantCall(called, fence)
	b.wantNone(called)
	b.clock.Advance(time.Second)
	b.wantCall(called, later)
	b.wantNone(called)
}

func undoneIsNotDue(b *bench) {
	called := make(chan int64, 10)
	id := b.insert(gateway.Payment{})
	b.work(worker{payment: b.calls(called)})
	_ = b.Update(b.ctx, func(tx gateway.Tx) error {
		if err := tx.SavePayment(complete(&gateway.Payment{ID: id, DueAt: start})); err != nil {
			return err
		}
		return errors.New("oops")
	})
	fence := b.insert(gateway.Payment{DueAt: start})
	b.wantCall(called, fence)
	b.wantNone(called)
}

func dueAfterRestart(b *bench) {
	called, delivered := make(chan int64, 10), make(chan int64, 10)
	past := b.insert(gateway.Payment{DueAt: in(time.Second)})
	delivery := b.insertDelivery(in(2 * time.Second))
	future := b.insert(gateway.Payment{DueAt: in(time.Hour)})
	b.clock.Advance(time.Minute)
	b.restart()
	b.work(worker{payment: b.calls(called), delivery: b.finishes(delivered)})
	b.wantCall(called, past)
	b.wantCall(delivered, delivery)
	b.wantNone(called)
	b.clock.Advance(time.Hour)
	b.wantCall(called, future)
}

func kindsApart(b *bench) {
	called, delivered := make(chan int64, 10), make(chan int64, 10)
	delivery := b.insertDelivery(in(time.Second)) // of payment 1, which is not due
	payment := b.insert(gateway.Payment{DueAt: in(time.Minute)})
	b.work(worker{payment: b.calls(called), delivery: b.finishes(delivered)})
	b.clock.Advance(time.Second)
	b.wantCall(delivered, delivery)
	b.clock.Advance(time.Minute)
	b.wantCall(called, payment)
	b.wantNone(delivered)
}

func manyDue(b *bench) {
	const n = 100
	called := make(chan int64, 2*n)
	b.together(n, func(int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) error {
			return tx.InsertPayment(complete(&gateway.Payment{DueAt: in(time.Second)}))
		})
	})
	b.work(worker{payment: b.calls(called)})
	b.clock.Advance(time.Second)
	seen := make(map[int64]bool)
	for range n {
		seen[receive(b, called, "each row to be worked on")] = true
	}
	if len(seen) != n {
		b.Errorf("%d different rows were worked on, want %d", len(seen), n)
	}
	b.clock.Advance(time.Hour)
	b.wantNone(called)
}

func hangingDeliveries(b *bench) {
	const n = 150 // more than any store works on at once
	called := make(chan int64, 10)
	for range n {
		b.insertDelivery(start)
	}
	hanging := make(chan struct{}, n)
	stop := b.work(worker{payment: b.calls(called), delivery: func(ctx context.Context, _ int64) error {
		hanging <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}})
	receive(b, hanging, "a delivery to hang")
	for range 5 {
		b.wantCall(called, b.insert(gateway.Payment{DueAt: start}))
	}
	if err := stop(); err != nil {
		b.Errorf("Work returned %v", err)
	}
}

func stopWaits(b *bench) {
	id := b.insert(gateway.Payment{DueAt: start})
	begun, cancelled, release := make(chan struct{}), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	done := make(chan error, 1)
	var calls atomic.Int32
	var ended bool // by the call, before Work returns
	go func() {
		done <- b.Work(ctx, worker{payment: func(ctx context.Context, _ int64) error {
			if calls.Add(1) > 1 {
				return nil
			}
			close(begun)
			<-ctx.Done()
			close(cancelled)
			<-release
			ended = true
			return nil
		}})
	}()
	receive(b, begun, "the call")
	cancel()
	receive(b, cancelled, "the call's context to end")
	b.insert(gateway.Payment{DueAt: start}) // is not handed out any more
	select {
	case err := <-done:
		b.Fatalf("Work returned %v while a call was running", err)
	default:
	}
	close(release)
	if err := receive(b, done, "Work to return"); err != nil {
		b.Errorf("Work returned %v, want nil after its context ended", err)
	}
	if !ended || calls.Load() != 1 {
		b.Errorf("the call for row %d has ended: %t; %d calls, want 1", id, ended, calls.Load())
	}
}

func workAgain(b *bench) {
	called := make(chan int64, 10)
	for range 3 {
		stop := b.work(worker{payment: b.calls(called)})
		b.wantCall(called, b.insert(gateway.Payment{DueAt: start}))
		if err := stop(); err != nil {
			b.Errorf("Work returned %v", err)
		}
	}
	b.insert(gateway.Payment{DueAt: start}) // while nobody works
	b.wantNone(called)
	b.work(worker{payment: b.calls(called)})
	receive(b, called, "what became due between")
}

// hangs is a worker's function that begins and then waits for its context to end,
// for deliveries but some.
func (b *bench) hangs(hanging chan<- int64, but func(id int64) bool, called func(context.Context, int64) error) func(context.Context, int64) error {
	return func(ctx context.Context, id int64) error {
		if but(id) {
			return called(ctx, id)
		}
		hanging <- id
		<-ctx.Done()
		return ctx.Err()
	}
}

func slowEndpoint(b *bench) {
	const n = 150
	called, hanging := make(chan int64, 10), make(chan int64, 2*n)
	var quick sync.Map
	work := func() func() error {
		but := func(id int64) bool { _, ok := quick.Load(id); return ok }
		return b.work(worker{delivery: b.hangs(hanging, but, b.finishes(called))})
	}
	for range n {
		b.insertDeliveryTo("acme", "https://slow.example.com:443", start)
	}
	stop := work()
	receive(b, hanging, "a delivery to hang")
	for i, partner := range []string{"acme", "other", "acme"} {
		at := start.Add(time.Duration(i) * time.Second) // the others are overdue by more and more
		id := b.insertDeliveryTo(partner, "https://quick.example.com:443", at.Add(time.Second))
		quick.Store(id, true)
		b.clock.Advance(time.Second)
		b.wantCall(called, id)
	}
	if err := stop(); err != nil {
		b.Errorf("Work returned %v", err)
	}
	after := b.insertDeliveryTo("acme", "https://quick.example.com:443", b.clock.Now())
	quick.Store(after, true)
	b.restart()
	work()
	b.wantCall(called, after)
}

func slowPartnerAtOneEndpoint(b *bench) {
	slowPartner(b, func(int) string { return "https://shared.example.com:443" })
}

func slowPartnerAtManyEndpoints(b *bench) {
	slowPartner(b, func(i int) string { return fmt.Sprintf("https://shared.example.com:%d", 443+i%100) })
}

// slowPartner has all deliveries of one partner hang, more than any store works on at
// once, and wants those of another to be made.
func slowPartner(b *bench, endpoint func(i int) string) {
	const n = 1200
	called, hanging := make(chan int64, 10), make(chan int64, 2*n)
	b.insertDeliveriesTo("slow", n, endpoint)
	var quick sync.Map
	but := func(id int64) bool { _, ok := quick.Load(id); return ok }
	b.work(worker{delivery: b.hangs(hanging, but, b.finishes(called))})
	receive(b, hanging, "a delivery to hang")
	for i := range 3 {
		b.clock.Advance(time.Second)
		id := b.insertDeliveryTo("quick", endpoint(i), b.clock.Now().Add(time.Second))
		quick.Store(id, true)
		b.clock.Advance(time.Second)
		b.wantCall(called, id)
	}
}
