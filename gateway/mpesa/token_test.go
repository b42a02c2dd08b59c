package mpesa_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/mpesa"
)

const invalidToken = `{"requestId":"1","errorCode":"404.001.03","errorMessage":"Invalid Access Token"}`

func push(t *testing.T, c *mpesa.Client) error {
	t.Helper()
	_, err := c.Push(t.Context(), order())
	return err
}

func TestAHundredPushesShareOneToken(t *testing.T) {
	f := newFake(t)
	release := make(chan struct{})
	f.onToken = func(int) answer {
		<-release
		return tokenAnswer("shared")
	}
	c := f.client(t, nil)
	errs := make(chan error, 100)
	var begun sync.WaitGroup
	for range 100 {
		begun.Add(1)
		go func() {
			begun.Done()
			_, err := c.Push(context.Background(), order())
			errs <- err
		}()
	}
	begun.Wait()
	close(release)
	for range 100 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if tokens, pushes := f.counts(); tokens != 1 || pushes != 100 {
		t.Errorf("%d tokens for %d pushes", tokens, pushes)
	}
}

func TestTokenIsRenewedBeforeItEnds(t *testing.T) {
	f := newFake(t)
	renewed := make(chan struct{})
	f.onToken = func(n int) answer {
		if n == 2 {
			defer close(renewed)
		}
		return tokenAnswer([]string{"", "first", "second"}[n])
	}
	c := f.client(t, nil)
	used := func() string {
		t.Helper()
		if err := push(t, c); err != nil {
			t.Fatal(err)
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		return f.pushes[len(f.pushes)-1].Header.Get("Authorization")
	}
	used()
	f.clock.Advance(3599*time.Second - 61*time.Second)
	if got := used(); got != "Bearer first" {
		t.Errorf("61 s before the end: %s", got)
	}
	if tokens, _ := f.counts(); tokens != 1 {
		t.Errorf("61 s before the end: %d tokens", tokens)
	}
	f.clock.Advance(2 * time.Second)
	if got := used(); got != "Bearer first" {
		t.Errorf("59 s before the end a push had to wait for another token: %s", got)
	}
	select {
	case <-renewed:
	case <-time.After(10 * time.Second):
		t.Fatal("59 s before the end nobody fetched another token")
	}
	f.clock.Advance(2 * time.Minute) // the first is over: a call now waits for the fetch, or has its token
	if got := used(); got != "Bearer second" {
		t.Errorf("after the end: %s", got)
	}
	if tokens, _ := f.counts(); tokens != 2 {
		t.Errorf("%d tokens", tokens)
	}
}

func TestShortTokenIsRenewedInTime(t *testing.T) {
	f := newFake(t)
	f.onToken = func(int) answer { return answer{200, `{"access_token":"short","expires_in":100}`} }
	c := f.client(t, nil)
	for _, step := range []struct {
		after  time.Duration
		tokens int
	}{{0, 1}, {89 * time.Second, 1}, {11 * time.Second, 2}} {
		f.clock.Advance(step.after)
		if err := push(t, c); err != nil {
			t.Fatal(err)
		}
		if tokens, _ := f.counts(); tokens != step.tokens {
			t.Errorf("%s later: %d tokens, want %d", step.after, tokens, step.tokens)
		}
	}
}

func TestRefusedTokenIsRenewedOnce(t *testing.T) {
	f := newFake(t)
	f.onPush = func(_ int, r *http.Request, _ []byte) answer {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			return answer{404, invalidToken}
		}
		return answer{200, ack}
	}
	c := f.client(t, nil)
	if err := push(t, c); err != nil {
		t.Fatal(err)
	}
	if err := push(t, c); err != nil {
		t.Fatal(err)
	}
	if tokens, pushes := f.counts(); tokens != 2 || pushes != 3 {
		t.Errorf("%d tokens, %d pushes; want 2 and 3", tokens, pushes)
	}
}

// A refusal of the token that says something else too is no clear answer: the push is not
// made again.
func TestContradictoryRefusalOfTheToken(t *testing.T) {
	for name, body := range map[string]string{
		"with an accepted prompt": `{"errorCode":"404.001.03","errorMessage":"Invalid Access Token","ResponseCode":"0","MerchantRequestID":"1","CheckoutRequestID":"ws_CO_1"}`,
		"with another code":       `{"errorCode":"500.001.1001","errorMessage":"Request failed: Output data invalid","ErrorCode":"404.001.03"}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.onPush = func(n int, _ *http.Request, _ []byte) answer {
				if n == 1 {
					return answer{404, body}
				}
				return answer{200, ack}
			}
			_, err := f.client(t, nil).Push(t.Context(), order())
			var unclear *gateway.PushError
			if _, pushes := f.counts(); pushes != 1 || !errors.As(err, &unclear) || !unclear.Ambiguous {
				t.Errorf("%d pushes: %v", pushes, err)
			}
		})
	}
}

// Many pushes that learn at once that their token is refused fetch one other.
func TestRefusedTokenIsRenewedOnceForAll(t *testing.T) {
	const many = 20
	f := newFake(t)
	var refused sync.WaitGroup
	refused.Add(many)
	f.onPush = func(_ int, r *http.Request, _ []byte) answer {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			refused.Done()
			refused.Wait() // all of them are under way
			return answer{404, invalidToken}
		}
		return answer{200, ack}
	}
	c := f.client(t, nil)
	errs := make(chan error, many)
	for range many {
		go func() {
			_, err := c.Push(context.Background(), order())
			errs <- err
		}()
	}
	for range many {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if tokens, _ := f.counts(); tokens != 2 {
		t.Errorf("%d tokens, want 2", tokens)
	}
}

func TestNoTokenMeansNoPush(t *testing.T) {
	tests := []struct {
		name, message string
		answer        answer
	}{
		{"wrong key or secret", "M-PESA gave no access token: it answered 400", answer{400, ""}},
		{"an envelope", "M-PESA gave no access token: Invalid grant type passed (400.008.02)",
			answer{400, `{"requestId":"1","errorCode":"400.008.02","errorMessage":"Invalid grant type passed"}`}},
		{"the firewall", "M-PESA gave no access token: it answered 403", answer{403, "<html>"}},
		{"not JSON", "M-PESA gave no access token: its answer cannot be read", answer{200, "<html>"}},
		{"no token in it", "M-PESA gave no access token: its answer cannot be read", answer{200, `{"expires_in":"3599"}`}},
		{"no lifetime in it", "M-PESA gave no access token: its answer cannot be read", answer{200, `{"access_token":"x"}`}},
		{"a broken connection", "M-PESA gave no access token: the connection to M-PESA broke", answer{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t)
			f.onToken = func(int) answer { return tt.answer }
			e := asPushError(t, push(t, f.client(t, nil)))
			if e.Ambiguous || e.Message != tt.message {
				t.Errorf("got %q, ambiguous %v; want %q", e.Message, e.Ambiguous, tt.message)
			}
			if _, pushes := f.counts(); pushes != 0 {
				t.Errorf("%d pushes", pushes)
			}
		})
	}
}

func TestTokenFetchHasADeadlineOfItsOwn(t *testing.T) {
	f := newFake(t)
	over := make(chan struct{})
	f.onToken = func(int) answer { <-over; return answer{} }
	defer close(over)
	c := f.client(t, func(cfg *mpesa.Config) { cfg.Timeouts.Token = 20 * time.Millisecond })
	e := asPushError(t, push(t, c))
	if e.Ambiguous || e.Message != "M-PESA gave no access token: no answer within 20ms" {
		t.Errorf("got %q, ambiguous %v", e.Message, e.Ambiguous)
	}
}

// Who waits for a token may leave; the fetch goes on for the others.
func TestWaiterMayLeave(t *testing.T) {
	f := newFake(t)
	asked, release := make(chan struct{}), make(chan struct{})
	f.onToken = func(int) answer {
		close(asked)
		<-release
		return tokenAnswer("late")
	}
	c := f.client(t, nil)
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := c.Query(ctx, "shop", "ws_CO_1")
		left <- err
	}()
	<-asked
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	close(release)
	if err := push(t, c); err != nil {
		t.Error(err)
	}
	if tokens, _ := f.counts(); tokens != 1 {
		t.Errorf("%d tokens", tokens)
	}
}
