package mpesa_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway/mpesa"
)

// An outage is one warning, however many probes fail, and one line when it is over. The
// words are those that operators look for: circuit breaker.
func TestBreakerIsLogged(t *testing.T) {
	f := newFake(t)
	down := true
	f.onPush = func(int, *http.Request, []byte) answer {
		if down {
			return answer{503, page}
		}
		return answer{200, ack}
	}
	var log strings.Builder
	c := f.client(t, func(cfg *mpesa.Config) { cfg.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	logged := func(when string, want ...string) {
		t.Helper()
		var got []string
		for line := range strings.Lines(log.String()) {
			if strings.Contains(line, "breaker") {
				_, line, _ = strings.Cut(line, " ")
				got = append(got, strings.TrimSpace(line))
			}
		}
		log.Reset()
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for range 4 {
		f.orderOne(t, c)
	}
	logged("after four failures")
	for range 3 {
		f.orderOne(t, c)
	}
	logged("after five failures",
		`level=WARN msg="the circuit breaker opened: M-PESA counts as down and gets no calls until the next try" product=push failures=5 next_try_in=5s`)
	f.clock.Advance(mpesa.StandardPause)
	f.orderOne(t, c)
	logged("after a failed probe", `level=INFO msg="M-PESA is still down: the probe of the circuit breaker failed" product=push next_try_in=10s`)
	f.clock.Advance(2 * mpesa.StandardPause)
	down = false
	f.orderOne(t, c)
	logged("after a probe", `level=INFO msg="the circuit breaker closed: M-PESA answers again" product=push`)
}
