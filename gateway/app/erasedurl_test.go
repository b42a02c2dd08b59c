package app_test

import (
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// Money that comes after a failure was told is told, also when the customer was erased
// meanwhile: to the URL that the partner gave, or a person must look.
func TestMoneyAfterAnErasureIsTold(t *testing.T) {
	const url = "https://shop.example.com/hook?customer=254708374149"
	r := newRig(t, nil)
	got, err := r.Collect(t.Context(), gateway.Partner{Name: "local"}, gateway.Order{Phone: "254708374149", Amount: "150", CallbackURL: url})
	if err != nil {
		t.Fatal(err)
	}
	id := got.PaymentID
	r.called(id, gateway.Proven, r.failed(1, "1032"))
	r.delivered(id)
	if _, err := r.EraseCustomer(t.Context(), "254708374149"); err != nil {
		t.Fatal(err)
	}
	r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
	p := r.payment(id)
	r.read(func(tx gateway.Tx) error {
		ds, err := tx.DeliveriesOf(id)
		for _, d := range ds {
			if d.State == gateway.DeliveryDue && d.URL != url && p.ReviewAt.IsZero() {
				t.Errorf("the payment is %s, not listed, and its webhook goes to %s", p.State, d.URL)
			}
		}
		return err
	})
}
