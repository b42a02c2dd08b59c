// Package webhook posts webhooks to partners: one attempt at a time, no redirects,
// no proxy, and 10 s for all of it. When to try again is the domain's business.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// Config is what a Sender is made of.
type Config struct {
	UserAgent string            // "" is darajabox
	Timeout   time.Duration     // of one attempt, from look-up of the name to status; 0 is DefaultTimeout
	Transport http.RoundTripper // nil is NewTransport()

	// Wrap goes around the transport, whichever it is; nil leaves it alone.
	Wrap func(http.RoundTripper) http.RoundTripper
}

// DefaultTimeout is how long a partner has to answer.
const DefaultTimeout = 10 * time.Second

// maxDrain bounds what is read of a partner's answer, which nobody looks at: it
// only lets the connection be used again.
const maxDrain = 16 << 10

// Sender implements gateway.Sender. It is safe for concurrent use.
type Sender struct {
	userAgent string
	timeout   time.Duration
	transport http.RoundTripper
}

var _ gateway.Sender = (*Sender)(nil)

// New returns a sender.
func New(cfg Config) *Sender {
	s := &Sender{userAgent: cfg.UserAgent, timeout: cfg.Timeout, transport: cfg.Transport}
	if s.userAgent == "" {
		s.userAgent = "darajabox"
	}
	if s.timeout == 0 {
		s.timeout = DefaultTimeout
	}
	if s.transport == nil {
		s.transport = NewTransport()
	}
	if cfg.Wrap != nil {
		s.transport = cfg.Wrap(s.transport)
	}
	return s
}

// NewTransport returns a transport for partners' endpoints. It asks no proxy of
// the environment.
func NewTransport() *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxIdleConns:           256,
		MaxIdleConnsPerHost:    64,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
		DisableCompression:     true,
	}
}

// Close drops idle connections.
func (s *Sender) Close() {
	if t, ok := s.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Send implements gateway.Sender. The error says "answered 503", or why there was
// no answer; it never shows the URL, whose query may hold a partner's secret.
func (s *Sender) Send(ctx context.Context, w gateway.Webhook) (status int, err error) {
	tooLate := fmt.Errorf("no answer within %s", s.timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, tooLate)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(w.Body))
	if err != nil {
		return 0, errors.New("the URL cannot be read")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.userAgent)
	resp, err := s.transport.RoundTrip(req) // a bare transport follows no redirects
	if err != nil {
		if ctx.Err() != nil {
			return 0, context.Cause(ctx)
		}
		return 0, err
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrain) // the status has said it all
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return resp.StatusCode, fmt.Errorf("answered %d", resp.StatusCode)
	}
	return resp.StatusCode, nil
}
