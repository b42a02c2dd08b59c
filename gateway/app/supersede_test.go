package app_test

import (
	"testing"

	"github.com/darajabox/darajabox/gateway"
)

// A failure that a partner has not taken yet is not sent after the success.
func TestFailureIsNotToldAfterTheSuccess(t *testing.T) {
	r := newRig(t, nil)
	id := r.mustAsk()
	r.called(id, gateway.Proven, r.failed(1, "1032"))
	r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
	r.is(id, gateway.Paid, "failed", "successful")
	var told []*gateway.Delivery
	r.read(func(tx gateway.Tx) (err error) {
		told, err = tx.DeliveriesOf(id)
		return err
	})
	failure, success := told[0], told[1]
	if failure.State != gateway.DeliveryExhausted || failure.Reason != "superseded by a later result" || !failure.DueAt.IsZero() {
		t.Errorf("the failure is %s: %q", failure.State, failure.Reason)
	}
	if success.State != gateway.DeliveryDue {
		t.Errorf("the success is %s", success.State)
	}
	if _, err := r.Resend(t.Context(), "", failure.ID); gateway.CodeOf(err) == "" {
		t.Errorf("the failure sent again: %v", err)
	}
	if _, err := r.Resend(t.Context(), "", success.ID); err != nil {
		t.Errorf("the success sent again: %v", err)
	}
}
