package mpesa

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// maxReply bounds what is read of an answer; Daraja's are under 1 KiB.
const maxReply = 64 << 10

// reply is what Daraja answered.
type reply struct {
	status int
	pause  time.Duration // that Retry-After asks for
	body   []byte        // at most maxReply, and less when the connection broke
}

// refusesToken reports whether Daraja refused the access token and nothing else, so
// that the same call may be made again with another.
func (r reply) refusesToken() bool {
	e, ok := daraja.ParseError(r.status, r.body)
	return ok && e.IsInvalidToken() && refusesByStatus(r.status) && !daraja.RepeatsKey(r.body) && !alsoAccepts(r)
}

// failure is a call that came to nothing before Daraja judged it.
type failure struct {
	sent    bool   // Daraja may have read it
	health  health // what it says of Daraja
	message string // fit for a partner
	cause   error  // for the log; nil when message says it all
}

// Error implements error.
func (f *failure) Error() string { return f.message }

// Unwrap returns the cause.
func (f *failure) Unwrap() error { return f.cause }

// authorised posts body to path with the shared token, and once more with a new
// one when Daraja refuses the first. It returns the token that was used. An error
// is a *failure.
func (c *Client) authorised(ctx context.Context, path string, body []byte) (r reply, token string, err error) {
	var refused gateway.Shown
	for {
		shown, err := c.tokens.get(ctx, refused)
		if err != nil {
			return reply{}, "", c.noToken(ctx, path, err)
		}
		token = shown.Reveal()
		r, err = c.post(ctx, path, token, body)
		if err != nil {
			return reply{}, token, c.logged(ctx, path, err)
		}
		if refused != "" || !r.refusesToken() {
			return r, token, nil
		}
		refused = shown
	}
}

// noToken is the failure of a call for which there was no token: it never left.
func (c *Client) noToken(ctx context.Context, path string, err error) error {
	f := &failure{message: "M-PESA gave no access token: " + err.Error(), cause: err}
	var of *failure
	if errors.As(err, &of) {
		f.health = of.health
	}
	if err.Error() == unreachable {
		f.message = unreachable
	}
	return c.logged(ctx, path, f)
}

func (c *Client) logged(ctx context.Context, path string, err error) error {
	var f *failure
	if errors.As(err, &f) {
		args := append(gateway.TrailOf(ctx).Args(), "path", path, "sent", f.sent, "error", f.message)
		if cause := rootCause(f); cause != nil {
			args = append(args, "cause", cause)
		}
		c.cfg.Log.Warn("M-PESA call failed", args...)
	}
	return err
}

// rootCause is what lies under the failures of f, for the log, or nil.
func rootCause(f *failure) error {
	for {
		inner, ok := f.cause.(*failure) //nolint:errorlint // one step at a time
		if !ok {
			return f.cause
		}
		f = inner
	}
}

// post sends body once. The transport repeats a request by itself when it thinks
// that it may: a request that can be rewound, on a kept connection that dies. A
// push must not be repeated, so it cannot be rewound, and nothing of what the
// partner sent (an idempotency header above all, which also invites repetition)
// is passed on.
func (c *Client) post(ctx context.Context, path, token string, body []byte) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		return reply{}, &failure{message: "M-PESA's URL is wrong", cause: err}
	}
	req.GetBody = nil
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	return c.roundTrip(ctx, req)
}

// roundTrip sends req, which is bound by ctx, without following redirects, and
// reads the answer. An error is a *failure.
func (c *Client) roundTrip(ctx context.Context, req *http.Request) (reply, error) {
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	req.Header.Set("Accept", "application/json")
	var asked, got atomic.Bool // of the transport, for a connection
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { got.Store(true) },
	}))
	if ctx.Err() != nil { // the transport does not say whether it looked at this first
		return reply{}, lost(ctx, true, ctx.Err())
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		unsent := asked.Load() && !got.Load() // a transport that traces nothing may have sent it
		return reply{}, lost(ctx, unsent, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols { // the body is the bare connection, which no deadline ends
		return reply{status: resp.StatusCode}, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil && ctx.Err() != nil && len(body) == 0 {
		return reply{}, lost(ctx, false, err)
	}
	return reply{status: resp.StatusCode, pause: pauseOf(resp), body: body}, nil // a torn body is judged by what there is of it
}

// maxPause bounds what Daraja's edge may ask for.
const maxPause = time.Minute

// pauseOf reads Retry-After in its form of seconds.
func pauseOf(resp *http.Response) time.Duration {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, maxPause)
}

const unreachable = "M-PESA could not be reached"

// lost is the failure of a request that got no answer.
func lost(ctx context.Context, unsent bool, err error) *failure {
	f := &failure{sent: !unsent, message: "the connection to M-PESA broke", cause: err}
	if ctx.Err() != nil {
		f.message = context.Cause(ctx).Error()
	}
	if unsent {
		f.message = unreachable
	}
	return f
}

// maxSaid bounds what is passed on of Daraja's words, in bytes.
const maxSaid = 200

// clean takes the secrets that Daraja is known to echo, and unprintable
// characters, out of its words and cuts them to maxSaid.
func (c *Client) clean(s string, secrets ...string) string {
	for _, secret := range append(secrets, c.cfg.Passkey, c.cfg.ConsumerSecret) {
		if len(secret) >= minSecret {
			s = strings.ReplaceAll(s, secret, "…")
		}
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return ' '
		}
		return r
	}, s)
	if len(s) > maxSaid {
		s = strings.ToValidUTF8(s[:maxSaid], "") + "…"
	}
	return s
}

// minSecret is the length below which a secret would be found in plain words.
const minSecret = 8
