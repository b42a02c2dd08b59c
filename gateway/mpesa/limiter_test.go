package mpesa_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

func stringsReader(s string) io.Reader { return strings.NewReader(s) }

func limited(pushes, queries float64) func(*mpesa.Config) {
	return func(cfg *mpesa.Config) { cfg.Rates = mpesa.Rates{Pushes: pushes, Queries: queries} }
}

// A thousand payments want to be asked about at the same moment. Daraja sees five
// queries a second, evenly spaced, as its spike arrest counts them; each of the
// thousand gets its turn, and nobody comes back much more often than that takes.
func TestQueriesNeverProvokeTheSpikeArrest(t *testing.T) {
	f := newFake(t)
	var at []time.Time
	f.onQuery = func([]byte) answer {
		now := f.clock.Now()
		if n := len(at); n > 0 && now.Sub(at[n-1]) < 199999*time.Microsecond { // clocks are no finer
			t.Errorf("%s after the one before", now.Sub(at[n-1]))
			return answer{429, spike}
		}
		at = append(at, now)
		return answer{200, pending}
	}
	c := f.client(t, limited(0, 5))
	const many = 1000
	due := make([]time.Time, many) // of each payment's query; the zero time is done
	for i := range due {
		due[i] = start
	}
	tries := 0
	for left := many; left > 0; {
		next := earliest(due)
		f.clock.Advance(next.Sub(f.clock.Now()))
		for i := range due {
			if due[i].IsZero() || due[i].After(f.clock.Now()) {
				continue
			}
			tries++
			_, err := c.Query(t.Context(), "shop", fmt.Sprintf("ws_CO_%d", i))
			var notNow *gateway.NotNow
			switch {
			case errors.As(err, &notNow):
				due[i] = f.clock.Now().Add(notNow.Wait)
			case err == nil || strings.Contains(err.Error(), "another prompt"):
				due[i] = time.Time{}
				left--
			default:
				t.Fatalf("Daraja was provoked: %v", err)
			}
		}
	}
	if took := f.clock.Now().Sub(start); took > 250*time.Second {
		t.Errorf("a thousand queries took %s; at five a second it is 200 s", took)
	}
	if tries > 3*many {
		t.Errorf("%d tries for %d queries", tries, many)
	}
	if len(at) != many {
		t.Errorf("%d queries reached Daraja", len(at))
	}
}

func earliest(due []time.Time) time.Time {
	waiting := slices.DeleteFunc(slices.Clone(due), time.Time.IsZero)
	return slices.MinFunc(waiting, time.Time.Compare)
}

// Pushes may come a second's worth at once; those beyond are told different times.
func TestPushesOverTheRateMustWait(t *testing.T) {
	f := newFake(t)
	c := f.client(t, limited(20, 0))
	leave := 0
	var waits []time.Duration
	for range 40 {
		if wait := c.Ready("shop"); wait > 0 {
			waits = append(waits, wait)
		} else {
			leave++
		}
	}
	if leave != 20 || len(waits) != 20 {
		t.Fatalf("leave for %d, want 20", leave)
	}
	if first, last := waits[0], waits[19]; first > 100*time.Millisecond || last < 900*time.Millisecond || !slices.IsSorted(waits) {
		t.Errorf("those sent away are told %v", waits)
	}
	f.clock.Advance(100 * time.Millisecond)
	for n := range 3 {
		if wait := c.Ready("shop"); (wait == 0) != (n < 2) {
			t.Errorf("a tenth of a second makes room for two; number %d waits %s", n+1, wait)
		}
	}
	if wait := c.Ready("shop"); wait > 2*time.Minute {
		t.Errorf("those who do not come back make others wait for %s", wait)
	}
}

func TestWaitsOfACrowdHaveAnEnd(t *testing.T) {
	f := newFake(t)
	c := f.client(t, limited(1, 0))
	var longest time.Duration
	for range 10_000 {
		longest = max(longest, c.Ready("shop"))
	}
	if longest > 62*time.Second {
		t.Errorf("somebody is told to come back in %s", longest)
	}
}

// When Daraja's limiter strikes all the same, nobody calls for a while, and for
// longer when it goes on; then all is as before.
func TestLimiterBacksOff(t *testing.T) {
	f := newFake(t)
	strikes := 2
	f.onPush = func(int, *http.Request, []byte) answer {
		if strikes--; strikes >= 0 {
			return answer{429, spike}
		}
		return answer{200, ack}
	}
	c := f.client(t, limited(100, 0))
	for _, pause := range []time.Duration{time.Second, 2 * time.Second} {
		if !f.orderOne(t, c) {
			t.Fatal("no leave")
		}
		f.clock.Advance(pause - time.Millisecond)
		if f.orderOne(t, c) {
			t.Errorf("a call within %s of a strike", pause)
		}
		f.clock.Advance(time.Millisecond)
	}
	for range 10 {
		if !f.orderOne(t, c) {
			t.Error("no leave after a call that was let through")
		}
	}
	strikes = 1
	f.orderOne(t, c)
	f.clock.Advance(time.Second)
	if !f.orderOne(t, c) {
		t.Error("the pause has not begun anew")
	}
}

func TestRetryAfterOfTheEdgeIsHonoured(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			tokenAnswer("t").write(w)
			return
		}
		w.Header().Set("Retry-After", "30")
		answer{429, spike}.write(w)
	}))
	defer server.Close()
	f := newFake(t)
	c := f.client(t, func(cfg *mpesa.Config) {
		cfg.BaseURL = server.URL
		cfg.Rates.Pushes = 100
	})
	f.orderOne(t, c)
	if wait := c.Ready("shop"); wait < 30*time.Second || wait > 31*time.Second {
		t.Errorf("the wait is %s, the edge asked for 30 s", wait)
	}
}

func TestNoRateIsNoLimit(t *testing.T) {
	f := newFake(t)
	f.onQuery = func([]byte) answer { return answer{200, strings.Replace(pending, "ws_CO_1", "", 1)} }
	c := f.client(t, nil)
	for range 500 {
		if c.Ready("shop") > 0 {
			t.Fatal("no leave")
		}
		if _, err := c.Query(t.Context(), "shop", "ws_CO_2"); err != nil {
			t.Fatal(err)
		}
	}
}

// Questions about old payments have a fifth of the rate, and come after the new ones.
func TestOldQuestionsHaveAFifthOfTheRate(t *testing.T) {
	f := newFake(t)
	f.onQuery = func([]byte) answer { return answer{200, pending} }
	c := f.client(t, func(cfg *mpesa.Config) { cfg.Rates = mpesa.Rates{Queries: 5} })
	given := 0
	for range 1000 { // 100 s
		if c.ReadyOld("shop") == 0 {
			given++
		}
		f.clock.Advance(100 * time.Millisecond)
	}
	if given < 99 || given > 101 {
		t.Errorf("%d old questions in 100 s, want one a second", given)
	}
}

func TestOldQuestionsThatWaitLeaveNewOnesAlone(t *testing.T) {
	f := newFake(t)
	f.onQuery = func([]byte) answer { return answer{200, pending} }
	c := f.client(t, func(cfg *mpesa.Config) { cfg.Rates = mpesa.Rates{Queries: 5} })
	for range 10_000 {
		c.ReadyOld("shop")
	}
	f.clock.Advance(200 * time.Millisecond)
	for n := range 50 {
		if _, err := c.Query(t.Context(), "shop", "ws_CO_1"); err != nil {
			t.Fatalf("new question %d, while old ones wait: %v", n, err)
		}
		f.clock.Advance(200 * time.Millisecond)
	}
}

func TestOldQuestionsWaitForNewOnes(t *testing.T) {
	f := newFake(t)
	f.onQuery = func([]byte) answer { return answer{200, pending} }
	c := f.client(t, func(cfg *mpesa.Config) { cfg.Rates = mpesa.Rates{Queries: 5} })
	var notNow *gateway.NotNow
	waiting := 0
	for range 10 {
		if _, err := c.Query(t.Context(), "shop", "ws_CO_1"); errors.As(err, &notNow) {
			waiting++
		}
	}
	if waiting != 9 {
		t.Fatalf("%d of 10 new questions wait", waiting)
	}
	if wait := c.ReadyOld("shop"); wait < time.Second {
		t.Errorf("an old question goes after %s, before nine new ones", wait)
	}
	f.clock.Advance(5 * time.Second)
	if wait := c.ReadyOld("shop"); wait != 0 {
		t.Errorf("an old question waits for %s although no new one does", wait)
	}
}

// Those that wait come back at different times, and without a rate none waits.
func TestOldQuestionsComeBackApart(t *testing.T) {
	f := newFake(t)
	c := f.client(t, func(cfg *mpesa.Config) { cfg.Rates = mpesa.Rates{Queries: 5} })
	seen := make(map[time.Duration]bool)
	for range 101 {
		seen[c.ReadyOld("shop")] = true
	}
	if len(seen) < 100 {
		t.Errorf("%d different waits for 101 questions", len(seen))
	}
	free := f.client(t, nil)
	for range 100 {
		if wait := free.ReadyOld("shop"); wait != 0 {
			t.Fatalf("without a rate an old question waits for %s", wait)
		}
	}
}

// What keeps every query away does not cost an old question its turn, and counts once,
// under its own reason.
func TestOldQuestionsSpendNothingWhileNoneMayBeAsked(t *testing.T) {
	const query = "ws_CO_1"
	for _, tt := range []struct {
		name   string
		answer answer
		asked  int           // queries before
		wait   time.Duration // until the next may go
		reason string
	}{
		{"the rate is used up", answer{200, pending}, 1, 200 * time.Millisecond, "query limiter"},
		{"Daraja's limiter struck", answer{429, spike}, 1, time.Second, "query limiter"},
		{"Daraja counts as down", answer{503, page}, 5, mpesa.StandardPause, "query breaker"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.onQuery = func([]byte) answer { return tt.answer }
			putOff := make(map[string]int)
			c := f.client(t, func(cfg *mpesa.Config) {
				cfg.Rates = mpesa.Rates{Queries: 5}
				cfg.PutOff = func(product, reason string) { putOff[product+" "+reason]++ }
			})
			for n := range tt.asked {
				if n > 0 {
					f.clock.Advance(time.Second)
				}
				_, _ = c.Query(t.Context(), "shop", query)
			}
			if wait := c.ReadyOld("shop"); wait < tt.wait-time.Microsecond {
				t.Errorf("an old question goes after %s, no query before %s", wait, tt.wait)
			}
			f.clock.Advance(tt.wait)
			if wait := c.ReadyOld("shop"); wait != 0 {
				t.Errorf("its turn is gone: it waits for %s", wait)
			}
			f.onQuery = func([]byte) answer { return answer{200, pending} }
			if _, err := c.Query(t.Context(), "shop", query); err != nil {
				t.Error(err)
			}
			if len(putOff) != 1 || putOff[tt.reason] != 1 {
				t.Errorf("put off: %v, want %s once", putOff, tt.reason)
			}
		})
	}
}
