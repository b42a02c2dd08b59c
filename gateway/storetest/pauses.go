package storetest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func pauseTests() []test {
	return []test{
		{"a call that fails is made again after a pause", failsThenWorks},
		{"a call that panics is made again after a pause", panicsThenWorks},
		{"a row that is left due is worked on again after a pause", leftDue},
		{"a row is never worked on twice at once", neverTwice},
		{"a row that becomes due while it is worked on is worked on again", dueMeanwhile},
		{"a row that is put off and made due again while it is worked on has no pause", dueAnewMeanwhile},
	}
}

// advanceUntil moves the clock in small steps until something comes, for what a
// store sets no timer that a test can see.
func advanceUntil[T any](b *bench, c <-chan T, what string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	for {
		b.clock.Advance(100 * time.Millisecond)
		step, done := context.WithTimeout(ctx, 2*time.Millisecond)
		select {
		case v := <-c:
			done()
			return v
		case <-step.Done():
			done()
		}
		if ctx.Err() != nil {
			b.Fatalf("waited in vain for %s", what)
		}
	}
}

// secondCall works on one payment whose first call ends in first and checks that
// the second comes, and not at once.
func (b *bench) secondCall(first func() error) {
	b.Helper()
	id := b.insert(gateway.Payment{DueAt: start})
	called, at := make(chan int64, 10), make(chan time.Time, 10)
	var n atomic.Int32
	move := b.calls(called)
	b.work(worker{payment: func(ctx context.Context, id int64) error {
		at <- b.clock.Now()
		if n.Add(1) == 1 {
			return first()
		}
		return move(ctx, id)
	}})
	receive(b, at, "the first call")
	if pause := advanceUntil(b, at, "the second call").Sub(start); pause < time.Second/2 {
		b.Errorf("the second call came after %v; that is no pause", pause)
	}
	b.wantCall(called, id)
	b.clock.Advance(time.Hour)
	b.wantNone(called)
}

func failsThenWorks(b *bench) {
	b.secondCall(func() error { return errors.New("oops") })
}

func panicsThenWorks(b *bench) {
	b.secondCall(func() error { panic("oops") })
}

func leftDue(b *bench) {
	b.secondCall(func() error { return nil })
}

func neverTwice(b *bench) {
	const rounds = 20
	id := b.insert(gateway.Payment{DueAt: start})
	begun, release := make(chan struct{}, 100), make(chan struct{})
	var inside atomic.Int32
	fence := make(chan int64, 100)
	move := b.calls(fence)
	b.work(worker{payment: func(ctx context.Context, called int64) error {
		if called != id {
			return move(ctx, called)
		}
		if inside.Add(1) > 1 {
			b.Error("two calls at once for one row")
		}
		defer inside.Add(-1)
		begun <- struct{}{}
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil
	}})
	receive(b, begun, "the first call")
	for i := range rounds {
		due := in(time.Duration(-i) * time.Second)
		b.update(func(tx gateway.Tx) error { return tx.SavePayment(complete(&gateway.Payment{ID: id, DueAt: due})) })
		b.wantCall(fence, b.insert(gateway.Payment{DueAt: start})) // handed out after it
		b.clock.Advance(time.Second)
	}
	select {
	case <-begun:
		b.Error("the row was handed out while its call was running")
	default:
	}
	close(release)
	advanceUntil(b, begun, "the next call")
}

func dueMeanwhile(b *bench) {
	id := b.insert(gateway.Payment{DueAt: start})
	begun, release := make(chan int64, 10), make(chan struct{})
	var n atomic.Int32
	move := b.calls(begun)
	b.work(worker{payment: func(ctx context.Context, id int64) error {
		if n.Add(1) > 1 {
			return move(ctx, id)
		}
		begun <- id
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil
	}})
	b.wantCall(begun, id)
	// Something else, a callback perhaps, makes it due once more while it is worked on.
	b.update(func(tx gateway.Tx) error {
		return tx.SavePayment(complete(&gateway.Payment{ID: id, DueAt: in(time.Minute)}))
	})
	close(release)
	b.clock.Advance(time.Minute)
	b.wantCall(begun, id)
}

// The clock stands still, so the row is due anew for the same time as before.
func dueAnewMeanwhile(b *bench) {
	id := b.insert(gateway.Payment{DueAt: start})
	called := make(chan int64, 10)
	var n atomic.Int32
	move := b.calls(called)
	b.work(worker{payment: func(ctx context.Context, id int64) error {
		if n.Add(1) > 1 {
			return move(ctx, id)
		}
		for _, due := range []time.Time{in(time.Minute), start} {
			b.update(func(tx gateway.Tx) error { return tx.SavePayment(complete(&gateway.Payment{ID: id, DueAt: due})) })
		}
		called <- id
		return nil
	}})
	b.wantCall(called, id)
	b.wantCall(called, id)
}
