package mpesa_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

const (
	page    = `<html><head><META NAME="robots"></head><iframe src="//content.incapsula.com/x"></iframe></html>`
	spike   = `{"fault":{"faultstring":"Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=5}","detail":{"errorcode":"policies.ratelimit.SpikeArrestViolation"}}}`
	pending = `{"ResponseCode":"0","CheckoutRequestID":"ws_CO_1","ResultCode":"4999","ResultDesc":"The transaction is still under processing"}`
)

func envelope(status int, code, message string) answer {
	return answer{status, fmt.Sprintf(`{"requestId":"1","errorCode":%q,"errorMessage":%q}`, code, message)}
}

// orderOne asks for leave as the gateway does, and pushes when it is given, each time to
// another phone.
func (f *fake) orderOne(t *testing.T, c *mpesa.Client) (pushed bool) {
	t.Helper()
	if c.Ready("shop") > 0 {
		return false
	}
	o := order()
	o.Phone = daraja.MSISDN(fmt.Sprintf("254708%06d", f.orders.Add(1)))
	_, _ = c.Push(t.Context(), o)
	return true
}

// What Daraja can answer, and whether five of it in a row mean that Daraja is down.
func TestWhatCountsAsDown(t *testing.T) {
	tests := []struct {
		name   string
		answer answer
		down   bool
	}{
		{"accepted", answer{200, ack}, false},
		{"a locked subscriber", envelope(500, "500.001.1001", "Unable to lock subscriber, a transaction is already in process for the current subscriber"), false},
		{"wrong credentials", envelope(500, "500.001.1001", "Wrong credentials"), false},
		{"a bad field", envelope(400, "400.002.02", "Bad Request - Invalid Amount"), false},
		{"a duplicate", envelope(500, "500.002.1001", "Duplicate OriginatorConversationID."), true},
		{"a plain 400", answer{400, ""}, false},
		{"a plain 404", answer{404, page}, false},
		{"maintenance", envelope(500, "500.002.1001", "Service is currently under maintenance. Please try again later"), true},
		{"unreachable inside", envelope(500, "500.001.1001", "Service is currently unreachable"), true},
		{"an internal fault", envelope(500, "500.003.1001", "Internal Server Error"), true},
		{"busy", envelope(500, "500.003.02", "System is busy. Please try again in few minutes."), true},
		{"a quota", envelope(500, "500.003.03", "Quota Violation"), true},
		{"a spike arrest", answer{429, spike}, true},
		{"the firewall's 403", answer{403, page}, true},
		{"the firewall's 503", answer{503, page}, true},
		{"a page with 200", answer{200, page}, true},
		{"nothing with 200", answer{200, ""}, true},
		{"a bad gateway", answer{502, ""}, true},
		{"a redirect", answer{302, ""}, true},
		{"a broken connection", answer{}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.onPush = func(int, *http.Request, []byte) answer { return tt.answer }
			c := f.client(t, nil)
			for n := range 5 {
				if !f.orderOne(t, c) {
					t.Fatalf("no leave after %d", n)
				}
			}
			if got := c.Ready("shop") > 0; got != tt.down {
				t.Errorf("down: %v, want %v", got, tt.down)
			}
		})
	}
}

// While Daraja is down one call in a while reaches it, and when it is back the
// breaker closes by itself.
func TestBreakerOpensProbesAndCloses(t *testing.T) {
	f := newFake(t)
	var up atomic.Bool
	f.onPush = func(int, *http.Request, []byte) answer {
		if up.Load() {
			return answer{200, ack}
		}
		return answer{503, page}
	}
	c := f.client(t, nil)
	calls := func(most int) (made int) {
		for range most {
			if f.orderOne(t, c) {
				made++
			}
		}
		return made
	}
	if got := calls(100); got != 5 {
		t.Fatalf("%d calls reach a Daraja that is down, want 5", got)
	}
	if wait := c.Ready("shop"); wait < 5*time.Second || wait > time.Minute {
		t.Errorf("the wait is %s", wait)
	}
	for _, seconds := range []int{5, 10, 20, 40, 60, 60} {
		pause := time.Duration(seconds) * time.Second
		f.clock.Advance(pause - time.Millisecond)
		if got := calls(20); got != 0 {
			t.Errorf("%d calls %s after the last", got, pause-time.Millisecond)
		}
		f.clock.Advance(time.Millisecond)
		if got := calls(20); got != 1 {
			t.Errorf("%d calls after %s, want one probe", got, pause)
		}
	}
	up.Store(true)
	f.clock.Advance(time.Minute)
	if got := calls(1); got != 1 {
		t.Error("no probe")
	}
	up.Store(false)
	if got := calls(100); got != 5 {
		t.Errorf("%d calls right after the probe, want 5: the failures before it are forgotten", got)
	}
	up.Store(true)
	f.clock.Advance(5 * time.Second)
	if got := calls(20); got != 20 {
		t.Errorf("%d of 20 calls are made when Daraja is back", got)
	}
	up.Store(false)
	calls(100)
	f.clock.Advance(5 * time.Second)
	if got := calls(20); got != 1 {
		t.Errorf("the next time the pause begins anew: %d calls after 5 s", got)
	}
}

// Every second call fails: never five in a row, and half of the last twenty.
func TestBreakerCountsRatiosToo(t *testing.T) {
	f := newFake(t)
	f.onPush = func(n int, _ *http.Request, _ []byte) answer {
		if n%2 == 0 {
			return answer{502, ""}
		}
		return answer{200, ack}
	}
	c := f.client(t, nil)
	made := 0
	for range 100 {
		if f.orderOne(t, c) {
			made++
		}
	}
	if made != 20 {
		t.Errorf("%d calls, want 20", made)
	}
}

// A probe of which nobody hears again must not keep the breaker open for good.
func TestLeaveThatIsNotUsedIsGivenAgain(t *testing.T) {
	f := newFake(t)
	f.onPush = func(int, *http.Request, []byte) answer { return answer{503, page} }
	c := f.client(t, nil)
	for f.orderOne(t, c) {
	}
	f.clock.Advance(time.Minute)
	if c.Ready("shop") > 0 {
		t.Fatal("no probe")
	}
	if c.Ready("shop") == 0 {
		t.Error("two probes at once")
	}
	f.clock.Advance(5 * time.Second)
	if wait := c.Ready("shop"); wait > 0 {
		t.Errorf("the next probe has to wait for %s", wait)
	}
}

// What was under way when the breaker opened says nothing of what came after: neither
// does it close the breaker, nor does it make the pause longer.
func TestCallsFromBeforeTheOpeningDoNotCount(t *testing.T) {
	f := newFake(t)
	hold, held := make(chan struct{}), make(chan struct{})
	f.onPush = func(n int, _ *http.Request, _ []byte) answer {
		if n == 1 {
			close(held)
			<-hold
			return answer{200, ack}
		}
		return answer{503, page}
	}
	c := f.client(t, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = c.Push(context.Background(), order())
	}()
	<-held
	for f.orderOne(t, c) {
	}
	close(hold)
	<-done
	if c.Ready("shop") == 0 {
		t.Error("an old success has closed the breaker")
	}
}

// Queries and pushes fail apart from one another.
func TestDeadQueriesLeavePushesAlone(t *testing.T) {
	f := newFake(t)
	asked := 0
	f.onQuery = func([]byte) answer { asked++; return answer{503, page} }
	c := f.client(t, nil)
	var notNow *gateway.NotNow
	for range 50 {
		_, err := c.Query(t.Context(), "shop", "ws_CO_1")
		if err == nil {
			t.Fatal("it was answered")
		}
		errors.As(err, &notNow)
	}
	if asked != 5 || notNow == nil || notNow.Wait < 5*time.Second {
		t.Errorf("asked %d times, then %v", asked, notNow)
	}
	if !f.orderOne(t, c) {
		t.Error("pushes may not be made")
	}
}

// No token means no call, and that Daraja is down, unless it says that the key is
// wrong.
func TestTokensCountForWhoNeedsThem(t *testing.T) {
	for name, tt := range map[string]struct {
		answer answer
		down   bool
	}{
		"the firewall": {answer{403, page}, true},
		"a 503":        {answer{503, ""}, true},
		"too often":    {answer{429, spike}, true},
		"not JSON":     {answer{200, page}, true},
		"a broken one": {answer{}, true},
		"a wrong key":  {answer{400, ""}, false},
		"a bad grant":  {envelope(400, "400.008.02", "Invalid grant type passed"), false},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.onToken = func(int) answer { return tt.answer }
			c := f.client(t, nil)
			made := 0
			for range 50 {
				if f.orderOne(t, c) {
					made++
				}
			}
			tokens, pushes := f.counts()
			if pushes != 0 || (made == 5) != tt.down || tokens != made {
				t.Errorf("%d orders, %d tokens, %d pushes", made, tokens, pushes)
			}
		})
	}
}

// Stopping is not an outage.
func TestHangingUpIsNotDarajasFault(t *testing.T) {
	f := newFake(t)
	f.onQuery = func([]byte) answer { return answer{200, pending} }
	c := f.client(t, nil)
	gone, leave := context.WithCancel(t.Context())
	leave()
	for range 10 {
		if _, err := c.Query(gone, "shop", "ws_CO_1"); err == nil {
			t.Fatal("it was answered")
		}
	}
	if _, err := c.Query(t.Context(), "shop", "ws_CO_1"); err != nil {
		t.Errorf("after ten that hung up: %v", err)
	}
}

// A Daraja that hangs holds up so many calls and no more, whatever comes; when they
// have timed out it counts as down, and nothing is left running.
func TestAHangingDarajaHoldsUpABoundedNumber(t *testing.T) {
	over := make(chan struct{})
	var reached atomic.Int64
	transport := trip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodGet {
			return respond(tokenAnswer("t")), nil
		}
		reached.Add(1)
		select {
		case <-over:
			return nil, errors.New("no answer")
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	})
	f := newFake(t)
	c := f.client(t, func(cfg *mpesa.Config) { cfg.Transport = transport })
	before := runtime.NumGoroutine()
	var all sync.WaitGroup
	sent := 0
	for range 5000 { // one after the other asks for leave, and those who get it stay
		if c.Ready("shop") > 0 {
			continue
		}
		sent++
		begun := reached.Load()
		o := order()
		o.Phone = daraja.MSISDN(fmt.Sprintf("254708%06d", sent))
		all.Go(func() { _, _ = c.Push(context.Background(), o) })
		for reached.Load() == begun {
			runtime.Gosched()
		}
	}
	if sent != 128 {
		t.Errorf("%d calls wait for a Daraja that hangs, want 128", sent)
	}
	if n := runtime.NumGoroutine(); n > before+3*sent {
		t.Errorf("%d goroutines more", n-before)
	}
	close(over)
	all.Wait()
	if c.Ready("shop") == 0 {
		t.Error("it does not count as down")
	}
	c.Close()
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func respond(a answer) *http.Response {
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(stringsReader(a.body))}
}
