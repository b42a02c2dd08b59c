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

// TokenStore keeps the app's access token for all processes that use it. *gateway.Tokens
// is one, and says what the methods promise.
type TokenStore interface {
	Take(ctx context.Context, refused gateway.Shown) (t gateway.Token, lease time.Time, err error)
	Put(ctx context.Context, lease time.Time, t gateway.Token) error
	Release(ctx context.Context, lease time.Time) error
}

// tokens shares one access token between all calls of this process.
type tokens struct {
	clock gateway.Clock
	renew func(refused gateway.Shown) (gateway.Token, error)

	mu      sync.Mutex
	current gateway.Token
	refused gateway.Shown // the latest token that Daraja refused
	renewal *renewal      // the one that is running, or nil
	closed  bool
	running sync.WaitGroup
}

// renewal is one fetch of a token and its outcome, which is set before done is closed.
type renewal struct {
	refused gateway.Shown // what it must not return
	done    chan struct{}
	token   gateway.Shown
	err     error
}

// renewBefore is how long before its end a token is renewed.
func renewBefore(lifetime time.Duration) time.Duration {
	return min(time.Minute, lifetime/10)
}

// renewPause is how long a renewal is left alone that failed, or that another process
// makes.
const renewPause = 5 * time.Second

// get returns a token that still lives, and not the one that the caller was refused, ""
// for none. Callers that find none share one renewal, and each may leave when its ctx
// ends. A token near its end is used while its successor is fetched, so that no call
// waits.
func (t *tokens) get(ctx context.Context, refused gateway.Shown) (gateway.Shown, error) {
	for {
		token, f, err := t.find(refused)
		if f == nil {
			return token, err
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
		if f.err != nil || refused == "" || f.token != refused || f.refused == refused {
			return f.token, f.err
		}
	} // the renewal began before the token was refused, and found it: another is needed
}

// find returns a token that lives, or the renewal to wait for.
func (t *tokens) find(refused gateway.Shown) (gateway.Shown, *renewal, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return "", nil, errClosed
	}
	if refused != "" && t.current.Value == refused {
		t.current, t.refused = gateway.Token{}, refused
	}
	now := t.clock.Now()
	if t.current.Value != "" && now.Before(t.current.RenewAt) {
		return t.current.Value, nil, nil
	}
	f := t.renewal
	if f == nil {
		f = &renewal{refused: t.refused, done: make(chan struct{})}
		t.renewal = f
		t.running.Go(func() { t.finish(f) })
	}
	if t.current.Value != "" && now.Before(t.current.EndsAt) {
		return t.current.Value, nil, nil
	}
	return "", f, nil
}

// finish renews the token and tells those who wait for f.
func (t *tokens) finish(f *renewal) {
	got, err := t.renew(f.refused)
	t.mu.Lock()
	defer t.mu.Unlock()
	f.token, f.err = got.Value, err
	t.renewal = nil
	if err == nil && (got.Value != t.refused || f.refused == t.refused) { // otherwise it was refused meanwhile
		t.current = got
	}
	// The old one still serves, or another process renews it: calls need not ask at once.
	if now := t.clock.Now(); t.current.Value != "" && !now.Before(t.current.RenewAt) {
		t.current.RenewAt = now.Add(renewPause)
		if t.current.RenewAt.After(t.current.EndsAt) {
			t.current.RenewAt = t.current.EndsAt
		}
	}
	close(f.done)
}

func (t *tokens) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.running.Wait()
}

// tokenPoll is how often a process looks for the token that another one fetches.
const tokenPoll = 200 * time.Millisecond

// renewToken returns the token that another process has stored, or fetches one and
// stores it. It has a deadline of its own, since those who wait for it come and go.
func (c *Client) renewToken(refused gateway.Shown) (gateway.Token, error) {
	if c.cfg.Tokens == nil {
		return c.fetchToken()
	}
	ctx, cancel := c.deadline(context.Background(), gateway.TokenLease+c.timeouts.Token)
	defer cancel()
	for {
		t, lease, err := c.cfg.Tokens.Take(ctx, refused)
		switch {
		case err != nil && ctx.Err() != nil:
			return gateway.Token{}, context.Cause(ctx)
		case err != nil: // a token that is not shared is better than none
			c.cfg.Log.Warn("the access token in the database could not be read; another is fetched", "error", err)
			return c.fetchToken()
		case !lease.IsZero():
			return c.fetchForAll(ctx, lease)
		case t.Value != "":
			return t, nil
		}
		if err := gateway.Sleep(ctx, c.cfg.Clock, tokenPoll); err != nil {
			return gateway.Token{}, err
		}
	}
}

// storeWithin bounds what is written of a token after its fetch, also while the gateway
// stops: others wait for it.
const storeWithin = 3 * time.Second

// fetchForAll fetches a token under a lease and stores it.
func (c *Client) fetchForAll(ctx context.Context, lease time.Time) (gateway.Token, error) {
	t, fetchErr := c.fetchToken() //nolint:contextcheck // it has a deadline of its own
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
	defer cancel()
	if fetchErr != nil {
		if err := c.cfg.Tokens.Release(ctx, lease); err != nil {
			c.cfg.Log.Warn("no other process can fetch an access token for a while", "error", err, "until", lease)
		}
		return gateway.Token{}, fetchErr
	}
	if err := c.cfg.Tokens.Put(ctx, lease, t); err != nil {
		c.cfg.Log.Warn("the access token could not be stored for other processes", "error", err)
	}
	return t, nil
}

// fetchToken trades consumer key and secret for a token. Its life counts from the call.
func (c *Client) fetchToken() (gateway.Token, error) {
	start := c.cfg.Clock.Now()
	value, lifetime, err := c.askForToken()
	if err != nil {
		return gateway.Token{}, err
	}
	end := start.Add(lifetime)
	return gateway.Token{Value: gateway.Shown(value), RenewAt: end.Add(-renewBefore(lifetime)), EndsAt: end}, nil
}

func (c *Client) askForToken() (string, time.Duration, error) {
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
