package gateway_test

import (
	"errors"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// payUnder has jane pay an order under an idempotency key.
func (d *desk) payUnder(key string) (id int64) {
	d.t.Helper()
	got, err := d.order(jane, key)
	if err != nil {
		d.t.Fatal(err)
	}
	d.tokens["k1"] = d.token
	d.callback(jane, "k1")
	d.deliver()
	return got.PaymentID
}

// An idempotency key that has the number is erased with it, on request and by age, and
// keeps its answer: the same order makes no second prompt, another order is refused.
func TestErasedKeyKeepsItsAnswer(t *testing.T) {
	for how, erase := range map[string]func(d *desk) (int, error){
		"on request": func(d *desk) (int, error) {
			got, err := d.EraseCustomer(d.t.Context(), jane)
			return got.Payments, err
		},
		"by age": func(d *desk) (int, error) {
			d.clock.Advance(time.Hour)
			return d.Retain(d.t.Context(), d.clock.Now())
		},
	} {
		for spelling, key := range map[string]string{
			"plain": "254711222333", "inside": "order-0711222333-7", "with dashes": "0711-222-333",
			"as in a URL": "k:+254%20711/222.333", "as in JSON": `\u0037\u0031\u0031222333`,
		} {
			t.Run(how+", "+spelling, func(t *testing.T) {
				d := newDesk(t)
				d.Vault = vaultOf(t, 1)
				id := d.payUnder(key)
				if n, err := erase(d); n != 1 || err != nil {
					t.Fatalf("%d payments were erased, %v", n, err)
				}
				for _, text := range []string{key, jane.National()} {
					if left := d.mentions(text); len(left) > 0 {
						t.Errorf("%q is still in %v", text, left)
					}
				}
				d.token = ""
				if again, err := d.order(jane, key); err != nil || !again.Duplicate || again.PaymentID != id {
					t.Errorf("the same order: %+v, %v", again, err)
				}
				if _, err := d.order(john, key); gateway.CodeOf(err) != gateway.CodeKeyReused {
					t.Errorf("another order: %v", err)
				}
				if d.token != "" {
					t.Error("something was pushed again")
				}
			})
		}
	}
}

// The digest is of a partner's key: another partner's order with the key is another order.
// It is of the master key, too, without which a number is not guessed.
func TestErasedKeyIsOfOnePartner(t *testing.T) {
	d := newDesk(t)
	d.Vault = vaultOf(t, 1)
	const key = "0711222333"
	first := d.payUnder(key)
	d.erase(jane)
	o := gateway.Order{Phone: jane.Digits(), Amount: "10", IdempotencyKey: key, CallbackURL: "https://kiosk.example/hook"}
	other, err := d.Collect(t.Context(), gateway.Partner{Name: "kiosk"}, o)
	if err != nil || other.Duplicate || other.PaymentID == first {
		t.Errorf("another partner: %+v, %v", other, err)
	}
	stored := func(id int64) (key string) {
		err := d.Store.View(t.Context(), func(tx gateway.Tx) error {
			p, err := tx.Payment(id)
			if err == nil {
				key = p.IdempotencyKey
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	digest := stored(first)
	if got, err := d.Collect(t.Context(), gateway.Partner{Name: "duka"}, gateway.Order{
		Phone: jane.Digits(), Amount: "10", IdempotencyKey: digest, CallbackURL: "https://duka.example/hook",
	}); gateway.CodeOf(err) != gateway.CodeInvalid {
		t.Errorf("the digest sent as a key: %+v, %v", got, err)
	}
	e := newDesk(t)
	e.Vault = vaultOf(t, 2)
	e.payUnder(key)
	e.erase(jane)
	if err := e.Store.View(t.Context(), func(tx gateway.Tx) error {
		_, err := tx.PaymentByKey("duka", digest)
		return err
	}); !errors.Is(err, gateway.ErrNotFound) {
		t.Errorf("under another master key it has the same digest: %v", err)
	}
}
