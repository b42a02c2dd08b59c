// Package mpesa is the client side of Safaricom's Daraja: one access token shared
// by all requests, STK push, and STK query. A push leaves at most once, and
// whoever calls is told whether one that failed may have arrived all the same.
package mpesa

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// Config is what a Client is made of.
type Config struct {
	BaseURL        string // of Daraja, such as https://api.safaricom.co.ke
	ConsumerKey    string
	ConsumerSecret string
	Shortcode      string // the paybill, or the store number of Till
	Till           string // Buy Goods till that is paid; "" for a paybill
	Passkey        string
	CallbackBase   string // where Daraja reaches the gateway; gateway.CallbackPath and a token are added
	UserAgent      string // "" is darajabox
	Clock          gateway.Clock
	Log            gateway.Logger
	Transport      http.RoundTripper // nil is NewTransport()
	Timeouts       Timeouts
	Breaker        Breaker
	Rates          Rates // of this shortcode

	// Tokens shares the access token with other processes of the same app. nil keeps it in
	// this process alone.
	Tokens TokenStore

	// PutOff is told of each call that is not made yet, and why: one of
	// Products, and breaker, limiter or crowd. It must be quick; nil is nobody.
	PutOff func(product, reason string)
}

// Timeouts bound each call, answers included. Zero is the default.
type Timeouts struct {
	Token time.Duration // 10 s
	Push  time.Duration // 30 s, waiting for a token included
	Query time.Duration // 15 s, waiting for a token included
}

func (t Timeouts) withDefaults() Timeouts {
	return Timeouts{
		Token: either(t.Token, 10*time.Second),
		Push:  either(t.Push, 30*time.Second),
		Query: either(t.Query, 15*time.Second),
	}
}

func either[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Client implements gateway.Daraja. It is safe for concurrent use.
type Client struct {
	cfg       Config
	timeouts  Timeouts
	transport http.RoundTripper
	tokens    *tokens
	pushes    *product
	queries   *product
	old       oldQueries

	base   context.Context // ends with Close, and every call with it
	cancel context.CancelCauseFunc
}

var _ gateway.Daraja = (*Client)(nil)

// errClosed ends the calls that are running when the client is closed.
var errClosed = errors.New("the gateway is stopping")

// New returns a client. It calls nobody yet.
func New(cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuring the M-PESA client: %w", err)
	}
	cfg.BaseURL = strings.TrimRight(cfg.BaseURL, "/")
	cfg.CallbackBase = strings.TrimRight(cfg.CallbackBase, "/")
	cfg.UserAgent = either(cfg.UserAgent, "darajabox")
	c := &Client{cfg: cfg, timeouts: cfg.Timeouts.withDefaults(), transport: cfg.Transport}
	if c.transport == nil {
		c.transport = NewTransport()
	}
	c.base, c.cancel = context.WithCancelCause(context.Background())
	c.tokens = &tokens{clock: cfg.Clock, renew: c.renewToken}
	c.pushes = newProduct(ProductPush, cfg, newPushLimiter(cfg.Clock, cfg.Rates.Pushes), cfg.Rates.Pushes, time.Minute)
	c.queries = newProduct(ProductQuery, cfg, newQueryLimiter(cfg.Clock, cfg.Rates.Queries), cfg.Rates.Queries, 30*time.Minute)
	c.old = newOldQueries(cfg)
	return c, nil
}

func (cfg Config) check() error {
	for _, u := range []struct{ name, url string }{{"Daraja's URL", cfg.BaseURL}, {"the callback URL", cfg.CallbackBase}} {
		got, err := url.Parse(u.url)
		if err != nil || got.Host == "" || (got.Scheme != "http" && got.Scheme != "https") ||
			got.User != nil || got.RawQuery != "" || got.Fragment != "" {
			return fmt.Errorf("%s must be an absolute http or https URL without query", u.name)
		}
	}
	for _, f := range []struct{ name, value string }{
		{"consumer key", cfg.ConsumerKey}, {"consumer secret", cfg.ConsumerSecret},
		{"shortcode", cfg.Shortcode}, {"passkey", cfg.Passkey},
	} {
		if f.value == "" {
			return fmt.Errorf("%s is required", f.name)
		}
	}
	if cfg.Clock == nil || cfg.Log == nil {
		return errors.New("clock and log are required")
	}
	return nil
}

// NewTransport returns a transport for Daraja. It asks no proxy of the
// environment, speaks HTTP/1.1 only, whose rules of repeating a request this
// package relies on, and drops idle connections before Daraja's edge does.
func NewTransport() *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
		DisableCompression:     true,
	}
}

// Close cuts off the calls that are running, as calls that nobody answered, and
// waits for a token that is being fetched. Later calls fail, unsent.
func (c *Client) Close() {
	c.cancel(errClosed)
	c.tokens.close()
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// noAnswer is why a call is given up that took so long. It is written out when it has
// come to that.
type noAnswer time.Duration

// Error implements error.
func (d noAnswer) Error() string { return "no answer within " + time.Duration(d).String() }

// deadline bounds a call by d and by the life of the client.
func (c *Client) deadline(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cut := context.WithCancelCause(ctx)
	stop := context.AfterFunc(c.base, func() { cut(context.Cause(c.base)) })
	ctx, cancel := context.WithTimeoutCause(ctx, d, noAnswer(d))
	return ctx, func() {
		cancel()
		stop()
		cut(nil)
	}
}
