package mpesa

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// tokens shares one access token between all calls.
type tokens struct {
	clock gateway.Clock
	fetch func() (token string, lifetime time.Duration, err error)

	mu      sync.Mutex
	value   string
	renewAt time.Time // from then on another is fetched
	endsAt  time.Time // from then on this one is useless
	flight  *flight   // the fetch that is running, or nil
	closed  bool
	running sync.WaitGroup
}

// flight is one fetch and its outcome, which is set before done is closed.
type flight struct {
	done  chan struct{}
	token string
	err   error
}

// renewBefore is how long before its end a token is renewed.
func renewBefore(lifetime time.Duration) time.Duration {
	return min(time.Minute, lifetime/10)
}

// renewPause is how long a renewal that failed is left alone.
const renewPause = 5 * time.Second

// get returns a token that still lives. Callers that find none share one fetch,
// and each may leave when its ctx ends. A token near its end is used while its
// successor is fetched, so that nobody waits.
func (t *tokens) get(ctx context.Context) (string, error) {
	t.mu.Lock()
	now := t.clock.Now()
	if t.closed {
		t.mu.Unlock()
		return "", errClosed
	}
	if t.value != "" && now.Before(t.renewAt) {
		defer t.mu.Unlock()
		return t.value, nil
	}
	f := t.flight
	if f == nil {
		f = &flight{done: make(chan struct{})}
		t.flight = f
		t.running.Go(func() { t.land(f, now) })
	}
	if t.value != "" && now.Before(t.endsAt) {
		defer t.mu.Unlock()
		return t.value, nil
	}
	t.mu.Unlock()
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

// land fetches a token that was asked for at start, from when its life counts.
func (t *tokens) land(f *flight, start time.Time) {
	token, lifetime, err := t.fetch()
	t.mu.Lock()
	defer t.mu.Unlock()
	f.token, f.err = token, err
	t.flight = nil
	if err != nil && t.value != "" { // the old one still serves; others need not ask at once
		t.renewAt = t.clock.Now().Add(renewPause)
		if t.renewAt.After(t.endsAt) {
			t.renewAt = t.endsAt
		}
	}
	if err == nil {
		t.value = token
		t.endsAt = start.Add(lifetime)
		t.renewAt = t.endsAt.Add(-renewBefore(lifetime))
	}
	close(f.done)
}

// drop forgets a token that Daraja refused, unless another has replaced it.
func (t *tokens) drop(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == token {
		t.value = ""
	}
}

func (t *tokens) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.running.Wait()
}

// fetchToken trades consumer key and secret for a token. It has a deadline of its
// own, since those who wait for it come and go.
func (c *Client) fetchToken() (string, time.Duration, error) {
	ctx, cancel := c.deadline(context.Background(), c.timeouts.Token)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.cfg.BaseURL+daraja.TokenPath+"?grant_type="+daraja.GrantType, nil)
	if err != nil {
		return "", 0, &failure{message: "M-PESA's URL is wrong", cause: err}
	}
	req.SetBasicAuth(c.cfg.ConsumerKey, c.cfg.ConsumerSecret)
	r, err := c.roundTrip(ctx, req)
	if err != nil {
		return "", 0, err
	}
	if e, ok := daraja.ParseError(r.status, r.body); ok {
		return "", 0, &failure{health: judgeRefusal(e), message: c.clean(fmt.Sprintf("%s (%s)", e.Message, e.Code))}
	}
	if r.status != http.StatusOK {
		return "", 0, &failure{health: judge(r, nil), message: fmt.Sprintf("it answered %d", r.status)}
	}
	var got daraja.TokenResponse
	if err := json.Unmarshal(r.body, &got); err != nil || got.AccessToken == "" {
		return "", 0, &failure{message: "its answer cannot be read", cause: err}
	}
	lifetime, err := got.Lifetime()
	if err != nil {
		return "", 0, &failure{message: "its answer cannot be read", cause: err}
	}
	return got.AccessToken, lifetime, nil
}
