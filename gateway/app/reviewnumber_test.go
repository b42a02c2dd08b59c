package app_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// A partner does not learn the number of another partner's customer from the reason of a
// review. M-PESA's CheckoutRequestIDs end with it.
func TestReviewReasonHasNoNumberOfOthers(t *testing.T) {
	const number = "711222333"
	r := newRig(t, func(g *gateway.Gateway) { g.ReviewPartners = []string{"local"} })
	id := r.mustAsk()
	r.called(id, gateway.Proven, r.paid(1, "UA1AAAAAAA", func(cb *daraja.STKCallback) {
		cb.CheckoutRequestID, cb.Payment.Phone = "ws_CO_01012026150000123"+number, "254"+number
	}))
	p := r.is(id, gateway.Review, "review")
	r.read(func(tx gateway.Tx) error {
		ds, err := tx.DeliveriesOf(id)
		for _, d := range ds {
			if strings.Contains(string(d.Body), number) {
				t.Errorf("the partner is told %s", d.Body)
			}
		}
		return err
	})
	if strings.Contains(p.WhyReview(), number) {
		t.Errorf("review_reason is %q", p.WhyReview())
	}
}
