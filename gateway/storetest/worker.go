package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// worker is a gateway.Worker of two functions.
type worker struct {
	payment, delivery func(ctx context.Context, id int64) error
}

// WorkPayment implements gateway.Worker.
func (w worker) WorkPayment(ctx context.Context, id int64) error { return w.payment(ctx, id) }

// WorkDelivery implements gateway.Worker.
func (w worker) WorkDelivery(ctx context.Context, id int64) error { return w.delivery(ctx, id) }

// work runs w until the returned function is called, or the test ends.
func (b *bench) work(w worker) (stop func() error) {
	unexpected := func(_ context.Context, id int64) error {
		b.Errorf("row %d is none of this test's", id)
		return nil
	}
	if w.payment == nil {
		w.payment = unexpected
	}
	if w.delivery == nil {
		w.delivery = unexpected
	}
	ctx, cancel := context.WithCancel(b.ctx)
	done := make(chan error, 1)
	store := b.Store
	go func() { done <- store.Work(ctx, w) }()
	stopped := false
	stop = func() error {
		stopped = true
		cancel()
		return receive(b, done, "Work to return")
	}
	b.Cleanup(func() {
		if !stopped {
			cancel()
			<-done
		}
	})
	return stop
}

// calls is a worker's function that moves a payment to its next DueAt, as listed,
// and reports the id.
func (b *bench) calls(called chan<- int64, next ...time.Time) func(context.Context, int64) error {
	store := b.Store
	return func(ctx context.Context, id int64) error {
		err := store.Update(context.WithoutCancel(ctx), func(tx gateway.Tx) error {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			p.DueAt, p.Checks = time.Time{}, p.Checks+1
			if p.Checks <= len(next) {
				p.DueAt = next[p.Checks-1]
			}
			return tx.SavePayment(p)
		})
		called <- id
		return err
	}
}

// finishes is a worker's function that ends a delivery and reports the id.
func (b *bench) finishes(called chan<- int64) func(context.Context, int64) error {
	store := b.Store
	return func(ctx context.Context, id int64) error {
		err := store.Update(context.WithoutCancel(ctx), func(tx gateway.Tx) error {
			d, err := tx.Delivery(id)
			if err != nil {
				return err
			}
			d.State, d.DueAt = gateway.DeliveryDone, time.Time{}
			return tx.SaveDelivery(d)
		})
		called <- id
		return err
	}
}

// wantCall waits for a call and checks whose it is.
func (b *bench) wantCall(called <-chan int64, want int64) {
	b.Helper()
	if got := receive(b, called, fmt.Sprintf("row %d to be worked on", want)); got != want {
		b.Errorf("row %d was worked on, want %d", got, want)
	}
}

// wantNone checks that nothing was called that nobody waited for.
func (b *bench) wantNone(called <-chan int64) {
	b.Helper()
	select {
	case id := <-called:
		b.Errorf("row %d was worked on, and was not due", id)
	default:
	}
}
