package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/darajabox/darajabox/gateway"
)

func updateTests() []test {
	return []test{
		{"an error undoes all that f did", errorUndoes},
		{"an error leaves the neighbours alone", errorSparesNeighbours},
		{"a refused row leaves the neighbours alone", refusalSparesNeighbours},
		{"a panic is an error and undoes all that f did", panicUndoes},
		{"f sees what it wrote", seesOwnWrites},
		{"updates don't overwrite each other", noLostUpdates},
		{"two hundred concurrent updates survive a restart", allDurable},
		{"a cancelled context runs nothing", cancelledUpdate},
		{"a transaction is useless after its end", transactionEnds},
		{"a closed store says so", closedStore},
	}
}

// order writes what belongs together: a payment with its push and its delivery.
func order(tx gateway.Tx, key string) (int64, error) {
	p := complete(&gateway.Payment{IdempotencyKey: key})
	if _, err := tx.PaymentByKey(p.Partner, key); !errors.Is(err, gateway.ErrNotFound) {
		return 0, errors.Join(gateway.ErrDuplicateKey, err)
	}
	if err := tx.InsertPayment(p); err != nil {
		return 0, err
	}
	if err := tx.InsertPush(gateway.Push{Token: "token-" + key, PaymentID: p.ID, Number: 1, State: gateway.PushBegun}); err != nil {
		return 0, err
	}
	return p.ID, tx.InsertDelivery(&gateway.Delivery{PaymentID: p.ID, Partner: "acme", State: gateway.DeliveryDone})
}

// wholeOrder checks that an order is there, all of it, or not at all.
func (b *bench) wholeOrder(key string, want bool) {
	b.Helper()
	b.view(func(tx gateway.Tx) error {
		p, err := tx.PaymentByKey("acme", key)
		if there := err == nil; there != want {
			b.Errorf("order %s: payment stored %t, want %t (%v)", key, there, want, err)
		}
		if _, err := tx.PushByToken("token-" + key); (err == nil) != want {
			b.Errorf("order %s: push stored %t, want %t (%v)", key, err == nil, want, err)
		}
		if p != nil {
			d, err := tx.DeliveriesOf(p.ID)
			if len(d) != 1 {
				b.Errorf("order %s: %d deliveries, want 1 (%v)", key, len(d), err)
			}
		}
		return nil
	})
}

func errorUndoes(b *bench) {
	id := b.insert(gateway.Payment{})
	oops := errors.New("oops")
	err := b.Update(b.ctx, func(tx gateway.Tx) error {
		if _, err := order(tx, "gone"); err != nil {
			return err
		}
		if _, err := tx.ClaimReceipt("R1", id, start); err != nil {
			return err
		}
		if err := tx.InsertCallback(&gateway.Callback{PaymentID: id}); err != nil {
			return err
		}
		if err := tx.SavePayment(complete(&gateway.Payment{ID: id, State: gateway.Paid})); err != nil {
			return err
		}
		return fmt.Errorf("wrapped: %w", oops)
	})
	if !errors.Is(err, oops) {
		b.Errorf("got %v, want the error of f", err)
	}
	b.wholeOrder("gone", false)
	if p := b.payment(id); p.State != gateway.Pending {
		b.Errorf("the payment is %s; its change was to be undone", p.State)
	}
	other := b.insert(gateway.Payment{})
	b.update(func(tx gateway.Tx) error {
		if owner, err := tx.ClaimReceipt("R1", other, start); owner != other {
			b.Errorf("the receipt belongs to %d, want %d (%v)", owner, other, err)
		}
		c, err := tx.CallbacksOf(id, 0, 100)
		if len(c) != 0 {
			b.Error("the callback was to be undone")
		}
		return err
	})
}

func errorSparesNeighbours(b *bench) {
	oops := errors.New("oops")
	b.neighbours(oops, func(gateway.Tx) error { return oops })
}

func refusalSparesNeighbours(b *bench) {
	b.insert(gateway.Payment{IdempotencyKey: "taken"})
	b.neighbours(gateway.ErrDuplicateKey, func(tx gateway.Tx) error {
		return tx.InsertPayment(complete(&gateway.Payment{IdempotencyKey: "taken"}))
	})
}

// neighbours runs many updates at once of which every third ends in fail, which
// must return want; the others must be stored.
func (b *bench) neighbours(want error, fail func(gateway.Tx) error) {
	b.Helper()
	const n = 120
	bad := func(i int) bool { return i%3 == 0 }
	key := func(i int) string { return fmt.Sprintf("key-%d", i) }
	errs := b.together(n, func(i int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) error {
			if _, err := order(tx, key(i)); err != nil {
				return err
			}
			if bad(i) {
				return fail(tx)
			}
			return nil
		})
	})
	b.restart()
	for i, err := range errs {
		if bad(i) && !errors.Is(err, want) || !bad(i) && err != nil {
			b.Errorf("update %d returned %v", i, err)
		}
		b.wholeOrder(key(i), !bad(i))
	}
}

func panicUndoes(b *bench) {
	errs := b.together(30, func(i int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) error {
			if _, err := order(tx, fmt.Sprint("key-", i)); err != nil {
				return err
			}
			if i == 7 {
				panic("seven")
			}
			return nil
		})
	})
	for i, err := range errs {
		if i == 7 && (err == nil || !strings.Contains(err.Error(), "seven")) || i != 7 && err != nil {
			b.Errorf("update %d returned %v", i, err)
		}
		b.wholeOrder(fmt.Sprint("key-", i), i != 7)
	}
}

func seesOwnWrites(b *bench) {
	b.update(func(tx gateway.Tx) error {
		id, err := order(tx, "k")
		if err != nil {
			return err
		}
		p, err := tx.Payment(id)
		if err != nil {
			return err
		}
		p.State = gateway.Paid
		if err := tx.SavePayment(p); err != nil {
			return err
		}
		paid, err := tx.Payments(gateway.PaymentFilter{State: gateway.Paid})
		if err != nil {
			return err
		}
		if len(paid) != 1 || paid[0].ID != id {
			b.Errorf("got %d paid payments inside the update, want 1", len(paid))
		}
		return err
	})
}

func noLostUpdates(b *bench) {
	const n = 100
	id := b.insert(gateway.Payment{})
	errs := b.together(n, func(int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) error {
			p, err := tx.Payment(id)
			if err != nil {
				return err
			}
			p.Checks++
			return tx.SavePayment(p)
		})
	})
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	if got := b.payment(id).Checks; got != n {
		b.Errorf("%d updates counted to %d", n, got)
	}
}

func allDurable(b *bench) {
	const n = 200
	errs := b.together(n, func(i int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) error {
			_, err := order(tx, fmt.Sprint("key-", i))
			return err
		})
	})
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	b.restart()
	for i := range n {
		b.wholeOrder(fmt.Sprint("key-", i), true)
	}
	if got := b.stored(); got != n {
		b.Errorf("%d payments, want %d", got, n)
	}
	b.insert(gateway.Payment{}) // the restarted store takes more
}

func cancelledUpdate(b *bench) {
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	var ran atomic.Bool
	f := func(gateway.Tx) error { ran.Store(true); return nil }
	if err := b.Update(ctx, f); !errors.Is(err, context.Canceled) {
		b.Errorf("Update returned %v, want context.Canceled", err)
	}
	b.insert(gateway.Payment{}) // whatever was queued before it has run
	if ran.Load() {
		b.Error("f has run")
	}
	err := b.View(ctx, func(tx gateway.Tx) error {
		_, err := tx.Payment(1)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		b.Errorf("View returned %v, want context.Canceled", err)
	}
}

func transactionEnds(b *bench) {
	var kept gateway.Tx
	b.update(func(tx gateway.Tx) error { kept = tx; return nil })
	if err := kept.InsertPayment(complete(&gateway.Payment{})); err == nil {
		b.Error("an update's transaction writes after its end")
	}
	b.view(func(tx gateway.Tx) error { kept = tx; return nil })
	if _, err := kept.Payments(gateway.PaymentFilter{State: gateway.Pending}); err == nil {
		b.Error("a view's transaction reads after its end")
	}
}

func closedStore(b *bench) {
	for range 2 {
		if err := b.Close(); err != nil {
			b.Fatalf("Close: %v", err)
		}
	}
	nothing := func(gateway.Tx) error { return nil }
	for what, err := range map[string]error{
		"Update": b.Update(b.ctx, nothing),
		"View":   b.View(b.ctx, nothing),
		"Work":   b.Work(b.ctx, worker{}),
	} {
		if !errors.Is(err, gateway.ErrClosed) {
			b.Errorf("%s returned %v, want ErrClosed", what, err)
		}
	}
}
