package gateway_test

import (
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// One who knows the token of a push sends any number of callbacks. The newest hundred are
// shown, without their bodies, and what a person decided is shown behind any number.
func TestManyCallbacksOfAPayment(t *testing.T) {
	d := newDesk(t)
	id := d.pay(jane, "k1")
	send := func(n int) {
		t.Helper()
		for range n {
			if _, err := d.TakeCallback(t.Context(), d.tokens["k1"], gateway.Origin{Remote: "10.0.0.1"}, []byte(`{"Body":{`)); err != nil {
				t.Fatal(err)
			}
		}
	}
	d.post("k1", paidWith("UB1AAAAAR2")) // a second payment, for a person
	if err := d.resolveAsIs(id, "n"); err != nil {
		t.Fatal(err)
	}
	send(120)
	f, err := gateway.Desk{Store: d.Store}.Payment(t.Context(), id)
	if err != nil || len(f.Callbacks) != 100 || f.AllCallbacks != 123 || len(f.Resolutions) != 1 {
		t.Errorf("%d callbacks of %d, %d resolutions, %v", len(f.Callbacks), f.AllCallbacks, len(f.Resolutions), err)
	}
	for _, c := range f.Callbacks {
		if c.Size != len(`{"Body":{`) || c.Remote != "10.0.0.1" {
			t.Errorf("it lists %+v", c)
		}
	}
}

// Callbacks of one payment that change nothing are kept up to a limit, which is lower for
// those without proof. What changes the payment is kept whatever came before.
func TestExcessCallbacksAreNotKept(t *testing.T) {
	for name, tt := range map[string]struct {
		proof gateway.Proof
		most  int
	}{"proven": {gateway.Proven, 1000}, "without proof": {gateway.Unproven, 100}, "refused": {gateway.Refused, 100}} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if _, err := d.order(jane, "k1"); err != nil {
				t.Fatal(err)
			}
			post := func(proof gateway.Proof, body []byte) string {
				t.Helper()
				verdict, err := d.TakeCallback(t.Context(), d.tokens["k1"], gateway.Origin{Remote: "10.0.0.1", Proof: proof}, body)
				if err != nil {
					t.Fatal(err)
				}
				return verdict
			}
			kept := 0
			for post(tt.proof, []byte(`{"Body":{`)) != gateway.VerdictExcess {
				if kept++; kept > tt.most {
					t.Fatalf("%d are kept", kept)
				}
			}
			if kept != tt.most {
				t.Errorf("%d are kept, want %d", kept, tt.most)
			}
			d.post("k1", paidWith("UA1AAAAAAA"))
			if p := d.payment(1); p.State != gateway.Paid || p.Receipt != "UA1AAAAAAA" {
				t.Errorf("the payment is %s", p.State)
			}
		})
	}
}
