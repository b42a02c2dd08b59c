package storetest

import (
	"errors"
	"strings"

	"github.com/darajabox/darajabox/gateway"
)

func viewTests() []test {
	return []test{
		{"a view can't write", viewIsReadOnly},
		{"a view sees one moment", viewIsConsistent},
		{"a view sees what was committed before it", viewIsFresh},
		{"a view's error and panic come back", viewFails},
	}
}

func viewIsReadOnly(b *bench) {
	id := b.insert(gateway.Payment{})
	d := gateway.Delivery{PaymentID: id, Partner: "acme", State: gateway.DeliveryDone}
	b.view(func(tx gateway.Tx) error {
		_, claim := tx.ClaimReceipt("R", id, start)
		for what, err := range map[string]error{
			"InsertPayment":  tx.InsertPayment(complete(&gateway.Payment{})),
			"SavePayment":    tx.SavePayment(complete(&gateway.Payment{ID: id})),
			"InsertPush":     tx.InsertPush(gateway.Push{Token: "t", PaymentID: id, Number: 1}),
			"SavePush":       tx.SavePush(gateway.Push{Token: "t"}),
			"ClaimReceipt":   claim,
			"InsertCallback": tx.InsertCallback(&gateway.Callback{}),
			"InsertDelivery": tx.InsertDelivery(&d),
			"SaveDelivery":   tx.SaveDelivery(&d),
			"InsertAttempt":  tx.InsertAttempt(gateway.Attempt{DeliveryID: 1, Number: 1}),
		} {
			if !errors.Is(err, gateway.ErrReadOnly) {
				b.Errorf("%s returned %v, want ErrReadOnly", what, err)
			}
		}
		_, err := tx.Payment(id) // and the view still reads
		return err
	})
}

func viewIsConsistent(b *bench) {
	id := b.insert(gateway.Payment{})
	b.view(func(tx gateway.Tx) error {
		before, err := tx.Payment(id)
		if err != nil {
			return err
		}
		written := make(chan error, 1)
		go func() {
			written <- b.Update(b.ctx, func(tx gateway.Tx) error {
				if err := tx.SavePayment(complete(&gateway.Payment{ID: id, State: gateway.Paid})); err != nil {
					return err
				}
				return tx.InsertPush(gateway.Push{Token: "t", PaymentID: id, Number: 1, State: gateway.PushBegun})
			})
		}()
		if err := receive(b, written, "an update beside a view"); err != nil {
			return err
		}
		after, err := tx.Payment(id)
		if err != nil {
			return err
		}
		same(b, *after, *before)
		pushes, err := tx.PushesOf(id)
		if len(pushes) != 0 {
			b.Errorf("the view sees %d pushes of a later update", len(pushes))
		}
		return err
	})
	if p := b.payment(id); p.State != gateway.Paid {
		b.Errorf("the next view sees %s, want %s", p.State, gateway.Paid)
	}
}

func viewIsFresh(b *bench) {
	for range 50 {
		id := b.insert(gateway.Payment{})
		if p := b.payment(id); p.ID != id {
			b.Fatalf("got payment %d, want %d", p.ID, id)
		}
	}
}

func viewFails(b *bench) {
	oops := errors.New("oops")
	if err := b.View(b.ctx, func(gateway.Tx) error { return oops }); !errors.Is(err, oops) {
		b.Errorf("got %v, want the error of f", err)
	}
	err := b.View(b.ctx, func(gateway.Tx) error { panic("seven") })
	if err == nil || !strings.Contains(err.Error(), "seven") {
		b.Errorf("got %v, want the panic of f", err)
	}
	for range 20 { // a view that failed gives back what it held
		b.view(func(gateway.Tx) error { return nil })
	}
}
