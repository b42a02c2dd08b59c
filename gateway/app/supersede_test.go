package app_test

import (
	"strings"
	"testing"
	"time"

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

// A failure that the partner's system refused, or took, is not sent again after the success
// either: it would be the last that the partner hears.
func TestEarlierResultIsNotSentAgain(t *testing.T) {
	for _, state := range []gateway.DeliveryState{gateway.DeliveryDone, gateway.DeliveryExhausted} {
		t.Run(string(state), func(t *testing.T) {
			r := newRig(t, nil)
			id := r.failedBy(gateway.Failed)
			var failure *gateway.Delivery
			err := r.Store.Update(t.Context(), func(tx gateway.Tx) error {
				told, err := tx.DeliveriesOf(id)
				if err != nil {
					return err
				}
				failure = told[0]
				failure.State, failure.DueAt, failure.Reason = state, time.Time{}, ""
				return tx.SaveDelivery(failure)
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Resend(t.Context(), "", failure.ID); err != nil {
				t.Errorf("while it is the last result: %v", err)
			}
			r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", nil))
			if _, err := r.Resend(t.Context(), "local", failure.ID); gateway.CodeOf(err) != gateway.CodeInvalid || !strings.Contains(err.Error(), `it says "failed", and payment 1 is successful now`) {
				t.Errorf("after the success: %v", err)
			}
		})
	}
}
