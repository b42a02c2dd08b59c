package mpesa_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway/mpesa"
)

// Those who watch see the breaker of each product apart, and why calls wait.
func TestBreakersAndWhatIsPutOffAreShown(t *testing.T) {
	f := newFake(t)
	down := true
	f.onPush = func(int, *http.Request, []byte) answer {
		if down {
			return answer{503, page}
		}
		return answer{200, ack}
	}
	got := make(map[string]int)
	c := f.client(t, func(cfg *mpesa.Config) {
		cfg.Rates = mpesa.Rates{Pushes: 6}
		cfg.PutOff = func(product, reason string) { got[product+" "+reason]++ }
	})
	breaker := func(want mpesa.BreakerState, when string) {
		t.Helper()
		if got := c.BreakerOf(mpesa.ProductPush); got != want {
			t.Errorf("%s the breaker is %d, want %d", when, got, want)
		}
		if got := c.BreakerOf(mpesa.ProductQuery); got != mpesa.BreakerClosed {
			t.Errorf("%s the breaker of queries is %d", when, got)
		}
	}
	counted := func(want map[string]int, when string) {
		t.Helper()
		if !maps.Equal(got, want) {
			t.Errorf("%s put off: %v, want %v", when, got, want)
		}
	}
	breaker(mpesa.BreakerClosed, "at first")
	for range 5 {
		f.orderOne(t, c)
	}
	breaker(mpesa.BreakerOpen, "after five failures")
	counted(nil, "before anybody was")
	f.orderOne(t, c)
	counted(map[string]int{"push breaker": 1}, "while it is open")
	f.clock.Advance(mpesa.StandardPause)
	breaker(mpesa.BreakerHalfOpen, "after its pause")
	down = false
	if !f.orderOne(t, c) {
		t.Error("no probe was let through")
	}
	breaker(mpesa.BreakerClosed, "after the probe")
	for f.orderOne(t, c) {
	}
	counted(map[string]int{"push breaker": 1, "push limiter": 1}, "over the rate")
	f.clock.Advance(time.Hour)
	if !f.orderOne(t, c) {
		t.Error("nothing is let through after an hour")
	}
}
