package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

func lookupTests() []test {
	return []test{
		{"what is not there is ErrNotFound", findsNothing},
		{"a key is used once for each partner", keysAreUnique},
		{"an empty key is never a duplicate", emptyKeys},
		{"after a duplicate key the update goes on", duplicateThenLookup},
		{"lists are in order and hold their own only", listsInOrder},
		{"rows need the row they belong to", needsOwner},
		{"a receipt has one owner", receiptOwner},
		{"a receipt that fifty payments claim at once has one owner", receiptRace},
		{"a prompt leads to the payment that has it", promptOwner},
		{"a prompt's name leads to the payments that callbacks give it to", promptNames},
		{"a prompt that fifty pushes learn at once has one owner", promptRace},
	}
}

func findsNothing(b *bench) {
	id := b.insert(gateway.Payment{IdempotencyKey: "k"})
	b.insert(gateway.Payment{}) // has no key
	wantNotFound := func(what string, err error) {
		b.Helper()
		if !errors.Is(err, gateway.ErrNotFound) {
			b.Errorf("%s: got %v, want ErrNotFound", what, err)
		}
	}
	lookups := func(tx gateway.Tx) error {
		_, err := tx.Payment(id + 100)
		wantNotFound("Payment", err)
		for _, key := range [][2]string{{"acme", "other"}, {"other", "k"}, {"acme", ""}} {
			_, err = tx.PaymentByKey(key[0], key[1])
			wantNotFound(fmt.Sprintf("PaymentByKey(%q, %q)", key[0], key[1]), err)
		}
		_, err = tx.PushByToken("nobody's")
		wantNotFound("PushByToken", err)
		_, err = tx.PromptOwner(0, "ws_CO_1", "ws_CO_2")
		wantNotFound("PromptOwner", err)
		_, err = tx.PromptNamed(0, "x")
		wantNotFound("PromptNamed", err)
		_, err = tx.Delivery(100)
		wantNotFound("Delivery", err)
		return nil
	}
	b.view(lookups)
	b.update(lookups)
	b.update(func(tx gateway.Tx) error {
		p := *complete(&gateway.Payment{ID: id + 100})
		wantNotFound("SavePayment", tx.SavePayment(&p))
		wantNotFound("SavePush", tx.SavePush(gateway.Push{Token: "t", PaymentID: id, Number: 1, State: gateway.PushBegun}))
		wantNotFound("SaveDelivery", tx.SaveDelivery(&gateway.Delivery{ID: 100, PaymentID: id, Partner: "acme", State: gateway.DeliveryDone}))
		return nil
	})
}

func keysAreUnique(b *bench) {
	id := b.insert(gateway.Payment{Partner: "acme", IdempotencyKey: "k"})
	b.insert(gateway.Payment{Partner: "other", IdempotencyKey: "k"})
	b.insert(gateway.Payment{Partner: "acme", IdempotencyKey: "K"})
	err := b.Update(b.ctx, func(tx gateway.Tx) error {
		return tx.InsertPayment(complete(&gateway.Payment{Partner: "acme", IdempotencyKey: "k"}))
	})
	if !errors.Is(err, gateway.ErrDuplicateKey) {
		b.Errorf("got %v, want ErrDuplicateKey", err)
	}
	b.view(func(tx gateway.Tx) error {
		p, err := tx.PaymentByKey("acme", "k")
		if err == nil && p.ID != id {
			b.Errorf("the key leads to payment %d, want %d", p.ID, id)
		}
		return err
	})
}

func emptyKeys(b *bench) {
	if first, second := b.insert(gateway.Payment{}), b.insert(gateway.Payment{}); first == second {
		b.Errorf("two payments have the id %d", first)
	}
}

func duplicateThenLookup(b *bench) {
	id := b.insert(gateway.Payment{IdempotencyKey: "k"})
	b.update(func(tx gateway.Tx) error {
		err := tx.InsertPayment(complete(&gateway.Payment{IdempotencyKey: "k"}))
		if !errors.Is(err, gateway.ErrDuplicateKey) {
			b.Errorf("got %v, want ErrDuplicateKey", err)
		}
		p, err := tx.PaymentByKey("acme", "k")
		if err != nil {
			return err
		}
		p.Checks = 7
		return tx.SavePayment(p)
	})
	if p := b.payment(id); p.Checks != 7 {
		b.Errorf("what came after the duplicate was lost: %d checks", p.Checks)
	}
}

func listsInOrder(b *bench) {
	one, two := b.insert(gateway.Payment{}), b.insertNext(gateway.Payment{State: gateway.Paid})
	three := b.insertNext(gateway.Payment{})
	b.clock.Advance(time.Millisecond)
	delivery := b.insertDelivery(start) // and a fourth payment
	b.update(func(tx gateway.Tx) error {
		var errs []error
		for _, number := range []int{3, 1, 2} {
			for _, id := range []int64{one, two} {
				errs = append(errs,
					tx.InsertPush(gateway.Push{Token: fmt.Sprint(id, number), PaymentID: id, Number: number, State: gateway.PushBegun}),
					tx.InsertCallback(&gateway.Callback{PaymentID: id}),
					tx.InsertDelivery(&gateway.Delivery{PaymentID: id, Partner: "acme", State: gateway.DeliveryDone}))
			}
			errs = append(errs,
				tx.InsertAttempt(gateway.Attempt{DeliveryID: delivery, Number: number}),
				tx.InsertCallback(&gateway.Callback{}))
		}
		return errors.Join(errs...)
	})
	b.view(func(tx gateway.Tx) error {
		pending, err1 := tx.Payments(gateway.PaymentFilter{State: gateway.Pending})
		inOrder(b, "payments", pending, 3, func(p *gateway.Payment) (int64, bool) { return p.ID, p.ID != two && p.ID >= one })
		pushes, err2 := tx.PushesOf(one)
		inOrder(b, "pushes", pushes, 3, func(p gateway.Push) (int64, bool) { return int64(p.Number), p.PaymentID == one })
		mine, err3 := tx.CallbacksOf(two, 0, 100)
		inOrder(b, "callbacks", mine, 3, func(c gateway.Callback) (int64, bool) { return c.ID, c.PaymentID == two })
		nobodys, err4 := tx.CallbacksOf(0, 0, 100)
		inOrder(b, "callbacks of nobody", nobodys, 3, func(c gateway.Callback) (int64, bool) { return c.ID, c.PaymentID == 0 })
		deliveries, err5 := tx.DeliveriesOf(two)
		inOrder(b, "deliveries", deliveries, 3, func(d *gateway.Delivery) (int64, bool) { return d.ID, d.PaymentID == two })
		both, err8 := tx.DeliveriesOf(one, three, two)
		inOrder(b, "deliveries of several payments", both, 6, func(d *gateway.Delivery) (int64, bool) { return d.ID, d.PaymentID == one || d.PaymentID == two })
		nothing, err9 := tx.DeliveriesOf()
		inOrder(b, "deliveries of no payment", nothing, 0, nil)
		attempts, err6 := tx.NewestAttempts(delivery, 100)
		inOrder(b, "attempts", attempts, 3, func(a gateway.Attempt) (int64, bool) { return int64(a.Number), a.DeliveryID == delivery })
		none, err7 := tx.PushesOf(three)
		inOrder(b, "pushes of a payment without", none, 0, nil)
		all, err10 := tx.PushesOfAll(two, three, one)
		inOrder(b, "pushes of several payments", all, 6, func(p gateway.Push) (int64, bool) {
			return 10*p.PaymentID + int64(p.Number), p.PaymentID == one || p.PaymentID == two
		})
		nobodysPushes, err11 := tx.PushesOfAll()
		inOrder(b, "pushes of no payment", nobodysPushes, 0, nil)
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11)
	})
	b.update(func(tx gateway.Tx) error {
		both, err := tx.PushesOfAll(two, one)
		inOrder(b, "pushes of several payments, in an update", both, 6, func(p gateway.Push) (int64, bool) {
			return 10*p.PaymentID + int64(p.Number), p.PaymentID == one || p.PaymentID == two
		})
		return err
	})
}

// inOrder checks that a list has n rows, all of which belong, by growing key.
func inOrder[T any](t testing.TB, what string, list []T, n int, key func(T) (int64, bool)) {
	t.Helper()
	if len(list) != n {
		t.Errorf("%s: got %d, want %d", what, len(list), n)
	}
	last := int64(-1)
	for _, v := range list {
		k, belongs := key(v)
		if k <= last || !belongs {
			t.Errorf("%s: %+v is out of place", what, v)
		}
		last = k
	}
}

func needsOwner(b *bench) {
	for what, f := range map[string]func(tx gateway.Tx) error{
		"push": func(tx gateway.Tx) error {
			return tx.InsertPush(gateway.Push{Token: "t", PaymentID: 9, Number: 1, State: gateway.PushBegun})
		},
		"callback": func(tx gateway.Tx) error { return tx.InsertCallback(&gateway.Callback{PaymentID: 9}) },
		"delivery": func(tx gateway.Tx) error {
			return tx.InsertDelivery(&gateway.Delivery{PaymentID: 9, Partner: "acme", State: gateway.DeliveryDone})
		},
		"attempt": func(tx gateway.Tx) error { return tx.InsertAttempt(gateway.Attempt{DeliveryID: 9, Number: 1}) },
		"receipt": func(tx gateway.Tx) error { _, err := tx.ClaimReceipt("R", 9, start); return err },
	} {
		if err := b.Update(b.ctx, f); err == nil {
			b.Errorf("a %s without owner was stored", what)
		}
	}
}

func receiptOwner(b *bench) {
	one, two := b.insert(gateway.Payment{}), b.insert(gateway.Payment{})
	claim := func(receipt string, by, want int64) {
		b.Helper()
		b.update(func(tx gateway.Tx) error {
			owner, err := tx.ClaimReceipt(receipt, by, start)
			if err == nil && owner != want {
				b.Errorf("payment %d claims %s: owner %d, want %d", by, receipt, owner, want)
			}
			return err
		})
	}
	claim("RKTQDM7W6S", one, one)
	claim("RKTQDM7W6S", two, one)
	claim("RKTQDM7W6S", one, one)
	claim("RKTQDM7W6T", two, two)
	b.restart()
	claim("RKTQDM7W6S", two, one)
}

func receiptRace(b *bench) {
	const n = 50
	ids, owners := make([]int64, n), make([]int64, n)
	for i := range ids {
		ids[i] = b.insert(gateway.Payment{})
	}
	errs := b.together(n, func(i int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) (err error) {
			owners[i], err = tx.ClaimReceipt("RKTQDM7W6S", ids[i], start)
			return err
		})
	})
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	for i, owner := range owners {
		if owner != owners[0] || owner == 0 {
			b.Errorf("payment %d was told that %d owns the receipt, another was told %d", ids[i], owner, owners[0])
		}
	}
}

// learn gives a payment's push a prompt.
func learn(tx gateway.Tx, token, checkoutID string) error {
	push, err := tx.PushByToken(token)
	if err != nil {
		return err
	}
	push.State, push.CheckoutRequestID = gateway.PushAccepted, checkoutID
	return tx.SavePush(push)
}

// begin stores a payment with a push.
func (b *bench) begin(token string) int64 {
	b.Helper()
	id := b.insert(gateway.Payment{})
	b.update(func(tx gateway.Tx) error {
		return tx.InsertPush(gateway.Push{Token: token, PaymentID: id, Number: 1, State: gateway.PushBegun})
	})
	return id
}

func promptOwner(b *bench) {
	one, two, three := b.begin("one"), b.begin("two"), b.begin("three")
	b.update(func(tx gateway.Tx) error {
		if err := learn(tx, "one", "ws_CO_1"); err != nil {
			return err
		}
		owner, err := tx.PromptOwner(two, "ws_CO_1")
		if err == nil && owner != one {
			b.Errorf("the update that wrote it finds %d, want %d", owner, one)
		}
		return err
	})
	b.update(func(tx gateway.Tx) error { return learn(tx, "two", "ws_CO_XXXXXXXXX") })
	find := func(want, except int64, ids ...string) {
		b.Helper()
		look := func(tx gateway.Tx) error {
			owner, err := tx.PromptOwner(except, ids...)
			if owner != want || (want == 0) != errors.Is(err, gateway.ErrNotFound) {
				b.Errorf("%q without payment %d is of %d, %v, want %d", ids, except, owner, err, want)
			}
			return nil
		}
		b.view(look)
		b.update(look)
	}
	find(one, three, "ws_CO_1")
	find(0, one, "ws_CO_1")
	find(0, three, "ws_CO_2")
	find(0, three, "WS_CO_1")
	find(two, three, "ws_CO_123456789", "ws_CO_XXXXXXXXX")
	find(one, three, "ws_CO_1", "")
	find(0, three, "") // the begun pushes have none
	b.update(func(tx gateway.Tx) error { return learn(tx, "one", "ws_CO_2") })
	find(0, three, "ws_CO_1")
	b.restart()
	find(one, three, "ws_CO_2")
}

func promptNames(b *bench) {
	one, two := b.begin("one"), b.begin("two")
	find := func(want, except int64, name string) {
		b.Helper()
		look := func(tx gateway.Tx) error {
			owner, err := tx.PromptNamed(except, name)
			if owner != want || (want == 0) != errors.Is(err, gateway.ErrNotFound) {
				b.Errorf("%q without payment %d is of %d, %v, want %d", name, except, owner, err, want)
			}
			return nil
		}
		b.view(look)
		b.update(look)
	}
	find(0, one, "x")
	for range 2 { // callbacks are repeated
		b.update(func(tx gateway.Tx) error { return tx.NamePrompt(two, "x") })
	}
	find(two, one, "x")
	find(0, two, "x")
	b.update(func(tx gateway.Tx) error { return tx.NamePrompt(one, "x") })
	b.restart()
	find(two, one, "x")
	find(one, two, "x")
	find(0, one, "y")
}

func promptRace(b *bench) {
	const n = 50
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = b.begin(fmt.Sprint("token", i))
	}
	errs := b.together(n, func(i int) error {
		return b.Update(b.ctx, func(tx gateway.Tx) error {
			token := fmt.Sprint("token", i)
			if _, err := tx.PushByToken(token); err != nil {
				return err
			}
			_, err := tx.PromptOwner(ids[i], "ws_CO_1")
			if errors.Is(err, gateway.ErrNotFound) {
				return learn(tx, token, "ws_CO_1")
			}
			return err
		})
	})
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	learnt := 0
	b.view(func(tx gateway.Tx) error {
		for _, id := range ids {
			pushes, err := tx.PushesOf(id)
			if err != nil {
				return err
			}
			if pushes[0].CheckoutRequestID != "" {
				learnt++
			}
		}
		return nil
	})
	if learnt != 1 {
		b.Errorf("%d payments took the prompt for new", learnt)
	}
}
