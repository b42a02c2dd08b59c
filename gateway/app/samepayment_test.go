package app_test

import (
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// A person resolves a payment as paid with the receipt that a callback of the first push
// claims, and then M-PESA says that the first push is paid: it is the same payment, not a
// second one to be refunded.
func TestSamePaymentIsNoSecondOne(t *testing.T) {
	r := newRig(t, nil)
	id, first := r.pushedTwice()
	r.claimedBy(first, r.paid(1, "UA1AAAAAAA", nil))
	r.called(id, gateway.Proven, oddTwice())
	r.is(id, gateway.Review)
	if err := r.resolve(id, gateway.DecidePaid, "UA1AAAAAAA"); err != nil {
		t.Fatal(err)
	}
	r.daraja.says("0")
	p := r.finish(id)
	if !p.ReviewAt.IsZero() {
		t.Errorf("paid with receipt %s, and listed: %q", p.Receipt, p.ReviewReason)
	}
}

// oddTwice is M-PESA's failure of the second prompt, with the key of its code twice.
func oddTwice() []byte {
	return []byte(`{"Body":{"stkCallback":{"MerchantRequestID":"29115-2-1","CheckoutRequestID":"ws_CO_2","ResultCode":1032,"ResultCode":1037,"ResultDesc":"x"}}}`)
}
