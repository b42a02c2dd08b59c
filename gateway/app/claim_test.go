package app_test

import (
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// A callback that contradicts its order leaves the receipt to the order that it belongs to.
func TestContradictionClaimsNoReceipt(t *testing.T) {
	for name, resolved := range map[string]bool{"in review": false, "resolved as failed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			wrong, right := r.mustAsk(), r.mustAsk()
			r.called(wrong, gateway.Proven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) { cb.Payment.Amount = 15 * daraja.Shilling }))
			r.is(wrong, gateway.Review)
			if resolved {
				r.mustResolve(wrong, gateway.DecideFailed, "")
			}
			r.called(right, gateway.Proven, r.paid(2, "UA1AAAAAAA", nil))
			if p := r.is(right, gateway.Paid, "successful"); p.Receipt != "UA1AAAAAAA" {
				t.Errorf("paid with receipt %q", p.Receipt)
			}
		})
	}
}
