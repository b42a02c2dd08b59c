package app_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// A process that was stopped (SIGSTOP, a paused machine) between putting a push on record and
// calling M-PESA does not prompt the customer of an order that has failed meanwhile.
func TestStalePushIsNotMade(t *testing.T) {
	for _, n := range []int{1, 2} {
		r := newRig(t, nil)
		left := n
		r.Reach = func(p gateway.Point) {
			if p != gateway.PushCalling {
				return
			}
			if left--; left > 0 {
				return
			}
			r.Reach = nil
			r.clock.Advance(2 * time.Minute)                      // twice what an unanswered push waits
			if err := r.WorkPayment(t.Context(), 1); err != nil { // another replica
				t.Error(err)
			}
			if err := r.resolve(1, gateway.DecideFailed, ""); err != nil {
				t.Error(err)
			}
		}
		_, err := r.ask("254708374149", "order-1")
		if n == 2 {
			r.called(1, gateway.Proven, r.failed(1, "4005"))
			r.work(1)
		}
		if got := r.daraja.pushes; got >= n {
			t.Errorf("push %d is made although the payment is %s and its partner was told %v; the order is answered %v", n, r.payment(1).State, r.told(1), err)
		}
	}
}
