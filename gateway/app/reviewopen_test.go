package app_test

import (
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// A review stays open until a person resolves it: a callback without proof does not close it.
func TestReviewIsNotClosedByACallback(t *testing.T) {
	for name, proof := range map[string]gateway.Proof{"without proof": gateway.Unproven, "with proof": gateway.Proven} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			r.called(id, gateway.Proven, r.failed(1, "1032"))
			r.called(id, gateway.Unproven, r.paid(1, "UA1AAAAAAA", nil)) // M-PESA's, from a new address
			r.daraja.says("1032")
			p := r.finish(id)
			if p.ReviewAt.IsZero() {
				t.Fatal("it is not listed")
			}
			t.Log(p.ReviewReason)
			r.called(id, proof, []byte(`{"Body":{`))
			p = r.finish(id)
			if p.ReviewAt.IsZero() {
				t.Errorf("the payment is on no list, and no person has resolved it: %q", p.ReviewReason)
			}
		})
	}
}

// A callback with proof that cannot be read is asked about or listed, also when M-PESA then
// refuses the push.
func TestUnreadableBeforeARefusal(t *testing.T) {
	r := newRig(t, nil)
	_ = r.refusedLate(func(token string) {
		r.calledBy(token, gateway.Proven, r.failed(7, "4005"))
		b := r.paid(7, "UA1AAAAAAA", nil)
		r.calledBy(token, gateway.Proven, b[:len(b)*2/3])
	})
	r.daraja.pushErr = nil
	r.daraja.says("0")
	p := r.finish(1)
	if p.State != gateway.Paid && p.ReviewAt.IsZero() {
		t.Errorf("the payment is %s (%d pushes), asked about %v, not listed", p.State, p.Pushes, r.daraja.asked)
	}
}
