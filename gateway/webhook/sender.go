// Package webhook posts webhooks to partners: one attempt at a time, to where they may
// go only, no redirects, no proxy, and 15 s for all of it. When to try again is the
// domain's business.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// Config is what a Sender is made of.
type Config struct {
	UserAgent string            // "" is darajabox
	Timeout   time.Duration     // of one attempt, from look-up of the name to status; 0 is DefaultTimeout
	Targets   gateway.Targets   // where webhooks may go
	Transport http.RoundTripper // nil is NewTransport(Targets)

	// Wrap goes around the transport, whichever it is; nil leaves it alone.
	Wrap func(http.RoundTripper) http.RoundTripper
}

// DefaultTimeout is how long a partner has to answer.
const DefaultTimeout = 15 * time.Second

// heldFor is how long an attempt takes at least whose host cannot be reached: names that
// exist are mostly looked up sooner than others.
const heldFor = time.Second

// maxDrain bounds what is read of a partner's answer beyond what is kept of it, so
// that the connection can be used again.
const maxDrain = 16 << 10

// Sender implements gateway.Sender. It is safe for concurrent use.
type Sender struct {
	userAgent string
	timeout   time.Duration
	tooLate   error         // cause of the timeout
	held      time.Duration // how long an attempt takes at least whose host cannot be reached
	targets   gateway.Targets
	transport http.RoundTripper
}

var _ gateway.Sender = (*Sender)(nil)

// New returns a sender.
func New(cfg Config) *Sender {
	s := &Sender{userAgent: cfg.UserAgent, timeout: cfg.Timeout, held: heldFor, targets: cfg.Targets, transport: cfg.Transport}
	if s.userAgent == "" {
		s.userAgent = "darajabox"
	}
	if s.timeout == 0 {
		s.timeout = DefaultTimeout
	}
	s.tooLate = fmt.Errorf("no answer within %s", s.timeout)
	if s.transport == nil {
		s.transport = NewTransport(cfg.Targets)
	}
	if cfg.Wrap != nil {
		s.transport = cfg.Wrap(s.transport)
	}
	return s
}

// NewTransport returns a transport for partners' endpoints. It connects to what
// targets allow only, and asks no proxy of the environment, which would look names up
// by itself.
func NewTransport(targets gateway.Targets) *http.Transport {
	return newTransport(targets, nil)
}

func newTransport(targets gateway.Targets, resolver *net.Resolver) *http.Transport {
	dialer := &net.Dialer{
		Timeout: 5 * time.Second, KeepAlive: 15 * time.Second,
		Resolver: resolver, Control: newGuard(targets).control,
	}
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
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
func (s *Sender) Send(ctx context.Context, w gateway.Webhook) (gateway.Reply, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, s.tooLate)
	defer cancel()
	req, err := s.request(ctx, w)
	if err != nil {
		return gateway.Reply{}, err
	}
	held, release := context.WithTimeout(ctx, s.held)
	defer release()
	resp, err := s.transport.RoundTrip(req) // a bare transport follows no redirects
	if err != nil {
		if ctx.Err() != nil {
			return gateway.Reply{}, context.Cause(ctx)
		}
		return gateway.Reply{}, s.failure(held, err)
	}
	defer resp.Body.Close()
	reply := gateway.Reply{Status: resp.StatusCode, RetryAfter: resp.Header.Get("Retry-After")}
	if resp.StatusCode != http.StatusSwitchingProtocols { // after it the body is the bare connection, which no deadline ends
		reply.Body, _ = io.ReadAll(io.LimitReader(resp.Body, gateway.ReplyBytes)) // the status has said it all
		_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
	}
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode <= 299:
		return reply, nil
	case resp.StatusCode >= 300 && resp.StatusCode <= 399:
		return reply, fmt.Errorf("answered %d; redirects are not followed", resp.StatusCode)
	default:
		return reply, fmt.Errorf("answered %d", resp.StatusCode)
	}
}

// request is the POST, with the headers of Standard Webhooks.
func (s *Sender) request(ctx context.Context, w gateway.Webhook) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(w.Body))
	if err != nil {
		return nil, errors.New("the URL cannot be read")
	}
	if err := s.targets.CheckScheme(req.URL.Scheme); err != nil {
		return nil, refusal(err.Error())
	}
	if err := s.checkPort(req.URL); err != nil { // before the name is looked up, so that it tells nothing of the name
		return nil, refusal(err.Error())
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", s.userAgent)
	req.Header.Set("webhook-id", w.MessageID)
	req.Header.Set("webhook-timestamp", strconv.FormatInt(w.At.Unix(), 10))
	if w.Signature != "" {
		req.Header.Set("webhook-signature", w.Signature)
	}
	return req, nil
}

// checkPort says why webhooks may not go to a port that a URL names, or nil.
func (s *Sender) checkPort(u *url.URL) error {
	if u.Port() == "" {
		return nil
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		return errors.New("the port cannot be read")
	}
	return s.targets.CheckPort(uint16(port))
}

// failure is what is told of an attempt that got no answer. Where webhooks go to
// public addresses only, a host that has none is the same whether its name exists or
// not: in words, and in the time until held ends.
func (s *Sender) failure(held context.Context, err error) error {
	var lookup *net.DNSError
	if s.targets.AllowPrivate || !errors.As(err, &lookup) && !errors.Is(err, errRefused) {
		return plain(err)
	}
	<-held.Done()
	return &gateway.UnreachableError{Cause: plain(err)}
}

// plain takes out of an error what a partner need not know: our resolver, and
// addresses that a name of ours leads to.
func plain(err error) error {
	var lookup *net.DNSError
	var failed *net.OpError
	var refused refusal
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &lookup) && lookup.IsNotFound:
		return errors.New("the host name is not known")
	case errors.As(err, &lookup):
		return errors.New("the host name could not be looked up")
	case errors.As(err, &failed) && failed.Op == "dial" && failed.Err != nil:
		at, _ := failed.Addr.(*net.TCPAddr)
		return &gateway.NoConnectionError{Loopback: at != nil && at.IP.IsLoopback(), Cause: failed.Err}
	default:
		return err
	}
}
