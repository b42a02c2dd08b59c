package app_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// skewedClock is a clock that is ahead of another.
type skewedClock struct {
	gateway.Clock
	ahead time.Duration
}

func (c skewedClock) Now() time.Time { return c.Clock.Now().Add(c.ahead) }

// behind is another replica on the same database, whose clock is behind.
func (r *rig) behind(skew time.Duration) *rig {
	g := &gateway.Gateway{Store: r.Store, Daraja: r.Daraja, Clock: skewedClock{r.clock, -skew}, Random: r.Random, Waits: r.Waits, Log: r.Log}
	return &rig{r.T, g, r.daraja, r.clock}
}

// The clock of the replica that a cut callback comes to is behind that of the one which has a
// query of an inquiry under way, whose answer is older than the callback.
func TestInquiryWithSkewedClocks(t *testing.T) {
	cut := func(r *rig) []byte { b := r.paid(1, "UA1AAAAAAA", nil); return b[:len(b)*2/3] }
	for _, skew := range []time.Duration{0, 3 * time.Second, 5 * time.Second} {
		t.Run("a failed payment, "+skew.String(), func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			r.daraja.says("1037")
			r.work(id)
			r.is(id, gateway.PresumedFailed, "failed")
			s := r.behind(skew)
			r.called(id, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
			r.during(id, "1037", func() { s.called(id, gateway.Proven, cut(r)) })
			r.daraja.says("0")
			if p := r.settled(id); p.State != gateway.Paid {
				t.Errorf("%s, listed %t; M-PESA was asked %d times", p.State, !p.ReviewAt.IsZero(), len(r.daraja.asked))
			}
		})
		t.Run("an earlier push, "+skew.String(), func(t *testing.T) {
			r := newRig(t, nil)
			id, first := r.pushedTwice()
			r.called(id, gateway.Proven, r.paid(2, "UA1BBBBBBB", nil))
			s := r.behind(skew)
			r.calledBy(first, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
			r.during(id, "4005", func() { s.calledBy(first, gateway.Proven, cut(r)) })
			r.daraja.says("0")
			r.settled(id)
			r.listed(id, gateway.ReviewSettled, `M-PESA's query says that prompt "ws_CO_1" was paid, too`)
		})
	}
}

// The seventh spoilt callback of a push comes while M-PESA answers a query of the inquiry. The
// answer is older than the callback, and M-PESA is not asked again: a person must look.
func TestSpentInquiryDuringAQuery(t *testing.T) {
	for _, skew := range []time.Duration{0, 3 * time.Second} {
		t.Run(skew.String(), func(t *testing.T) {
			r := newRig(t, nil)
			id := r.mustAsk()
			r.daraja.says("1037")
			r.work(id)
			r.is(id, gateway.PresumedFailed, "failed")
			for range 5 {
				r.called(id, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
				r.settled(id)
			}
			r.called(id, gateway.Proven, []byte(`{"Body":{"stkCallback":{`))
			s := r.behind(skew)
			r.during(id, "1037", func() {
				b := r.paid(1, "UA1AAAAAAA", nil)
				s.called(id, gateway.Proven, b[:len(b)*2/3])
			})
			r.settled(id)
			r.listed(id, gateway.ReviewSettled, "a callback came that cannot be read")
		})
	}
}
