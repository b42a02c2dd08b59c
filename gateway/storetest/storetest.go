// Package storetest is the suite that every gateway.Store must pass.
package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/internal/testkit"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// Opened is a store for one test, and a way to restart it.
type Opened struct {
	Store gateway.Store

	// Reopen returns a store that holds what Store had made durable, as a new
	// process would find it after a crash: nothing may depend on Store having been
	// closed. The test does not use Store after it.
	Reopen func(t *testing.T) gateway.Store
}

// Run runs the suite. open makes an empty store that runs by clock, has its ids from
// newIDs, as the one that is reopened has, and is closed by the test's Cleanup. Times
// are compared to the microsecond.
func Run(t *testing.T, open func(t *testing.T, clock gateway.Clock, newIDs func() gateway.IDs) Opened) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"records", recordTests()},
		{"lookups", lookupTests()},
		{"filters", filterTests()},
		{"partners", partnerTests()},
		{"reviews", reviewTests()},
		{"tokens", tokenTests()},
		{"callbacks of a payment", callbackTests()},
		{"attempts of a webhook", attemptTests()},
		{"chain", chainTests()},
		{"erasure", erasureTests()},
		{"updates", updateTests()},
		{"views", viewTests()},
		{"work", workTests()},
		{"pauses", pauseTests()},
		{"ids", idTests()},
		{"pauses of URLs", urlPauseTests()},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, tt := range group.tests {
				t.Run(tt.name, func(t *testing.T) {
					clock, dice := testkit.NewClock(start), NewDice()
					o := open(t, clock, func() gateway.IDs { return gateway.NewIDs(clock, dice) })
					ctx, cancel := context.WithTimeout(t.Context(), 2*patience) // of the test alone: starting a database may take longer
					t.Cleanup(cancel)
					tt.run(&bench{T: t, ctx: ctx, clock: clock, dice: dice, Store: o.Store, reopen: o.Reopen})
				})
			}
		})
	}
}

// test is one promise.
type test struct {
	name string
	run  func(b *bench)
}

// start is what the clock of every test shows first.
var start = time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)

// bench is a test at work on a store.
type bench struct {
	*testing.T
	gateway.Store
	ctx    context.Context
	clock  *testkit.Clock
	dice   *Dice
	reopen func(t *testing.T) gateway.Store
}

// restart goes on with the data of the store in a new one.
func (b *bench) restart() {
	b.Helper()
	b.Store = b.reopen(b.T)
}

// update runs f in an update that must be committed.
func (b *bench) update(f func(tx gateway.Tx) error) {
	b.Helper()
	if err := b.Update(b.ctx, f); err != nil {
		b.Fatalf("update: %v", err)
	}
}

// view runs f in a view that must end well.
func (b *bench) view(f func(tx gateway.Tx) error) {
	b.Helper()
	if err := b.View(b.ctx, f); err != nil {
		b.Fatalf("view: %v", err)
	}
}

// insert stores p, with what a payment must have filled in.
func (b *bench) insert(p gateway.Payment) int64 {
	b.Helper()
	b.update(func(tx gateway.Tx) error { return tx.InsertPayment(complete(&p)) })
	return p.ID
}

// insertNext is insert a millisecond later, so that its id is greater.
func (b *bench) insertNext(p gateway.Payment) int64 {
	b.Helper()
	b.clock.Advance(time.Millisecond)
	return b.insert(p)
}

// insertDelivery stores a due delivery of a new payment.
func (b *bench) insertDelivery(due time.Time) int64 {
	b.Helper()
	return b.insertDeliveryTo("acme", "", due)
}

// insertDeliveryTo stores a due delivery of a new payment to a partner's endpoint.
func (b *bench) insertDeliveryTo(partner, endpoint string, due time.Time) int64 {
	b.Helper()
	d := dueDelivery(b.insert(gateway.Payment{}), partner, endpoint, due)
	b.update(func(tx gateway.Tx) error { return tx.InsertDelivery(d) })
	return d.ID
}

// insertDeliveriesTo stores deliveries of one new payment that are due at once, each to
// the endpoint of its number.
func (b *bench) insertDeliveriesTo(partner string, n int, endpoint func(i int) string) {
	b.Helper()
	payment := b.insert(gateway.Payment{})
	b.update(func(tx gateway.Tx) error {
		for i := range n {
			if err := tx.InsertDelivery(dueDelivery(payment, partner, endpoint(i), start)); err != nil {
				return err
			}
		}
		return nil
	})
}

func dueDelivery(payment int64, partner, endpoint string, due time.Time) *gateway.Delivery {
	return &gateway.Delivery{PaymentID: payment, Partner: partner, URL: "http://127.0.0.1/", Endpoint: endpoint,
		Body: []byte("{}"), State: gateway.DeliveryDue, DueAt: due, CreatedAt: start, UpdatedAt: start}
}

// payment reads a payment that must exist.
func (b *bench) payment(id int64) *gateway.Payment {
	b.Helper()
	var p *gateway.Payment
	b.view(func(tx gateway.Tx) (err error) {
		p, err = tx.Payment(id)
		return err
	})
	return p
}

// together runs f n times at once and returns what each returned.
func (b *bench) together(n int, f func(i int) error) []error {
	b.Helper()
	errs := make([]error, n)
	done := make(chan struct{})
	for i := range n {
		go func() {
			defer func() { done <- struct{}{} }()
			errs[i] = fmt.Errorf("call %d ended its goroutine", i)
			errs[i] = f(i)
		}()
	}
	for range n {
		receive(b, done, "all calls to return")
	}
	return errs
}

// receive waits for what must come.
func receive[T any](b *bench, c <-chan T, what string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	select {
	case v := <-c:
		return v
	case <-ctx.Done():
		b.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// complete fills in what every payment has.
func complete(p *gateway.Payment) *gateway.Payment {
	if p.Partner == "" {
		p.Partner = "acme"
	}
	if p.State == "" {
		p.State = gateway.Pending
	}
	p.Direction, p.Phone, p.Amount = gateway.Collect, "254708374149", 15_000
	p.CreatedAt, p.UpdatedAt = start, start
	return p
}
