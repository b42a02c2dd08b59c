// Package inbox plays the partner: it takes the webhooks that a gateway sends,
// prints a line for each, keeps the latest for a test to read, and misbehaves on
// request (an error status, a slow answer, a dropped connection).
package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/darajabox/darajabox/internal/activity"
	"github.com/darajabox/darajabox/internal/listen"
	"github.com/darajabox/darajabox/internal/startpage"
)

// Limits of what one inbox takes and keeps.
const (
	MaxBody  = 64 << 10         // bytes of one request body
	MaxKept  = 10_000           // webhooks kept; the oldest go first
	MaxWait  = 60 * time.Second // longest wait of GET /received
	MaxDelay = 60 * time.Second // longest delay of a behaviour

	maxKeptBytes  = 64 << 20 // bodies and headers together
	maxHeader     = 16 << 10
	maxBehaviours = 1_000 // paths with a behaviour of their own
)

// Config is what an Inbox is made of.
type Config struct {
	Addr string           // host:port to listen on; port 0 is the kernel's choice
	Out  io.Writer        // takes a line for each webhook; nil prints nothing. Not used when Report is given
	Now  func() time.Time // dates the webhooks; nil is the machine's clock

	// Secret is what webhooks are signed with, whsec_ and base64; lines then say
	// whether it was.
	Secret string

	// Report gets each webhook in the place of Out, with the CheckoutRequestID that its
	// body names. The webhook is answered when Report has returned.
	Report func(e activity.Event, checkoutRequestID string)
}

// Listener is the inbox's name in the error of Start, which wraps a *listen.Error when
// the address cannot be used.
const Listener = "the inbox"

// Inbox is a partner's webhook endpoint.
type Inbox struct {
	cfg         Config
	store       store
	behaviours  behaviours
	printing    sync.Mutex // keeps the printed lines whole, and in the order of Seq
	readTimeout time.Duration

	mu       sync.Mutex // guards what Start and Stop set
	listener net.Listener
	server   *http.Server
	cancel   context.CancelFunc // ends requests that wait
	served   chan error         // gets the one result of Serve
}

// New returns an inbox that listens once it is started.
func New(cfg Config) *Inbox {
	if cfg.Out == nil {
		cfg.Out = io.Discard
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Inbox{
		cfg:         cfg,
		store:       store{maxCount: MaxKept, maxBytes: maxKeptBytes, changed: make(chan struct{})},
		behaviours:  behaviours{byPath: map[string]behaviour{}},
		readTimeout: 10 * time.Second,
	}
}

// Start binds the address and serves until Stop. When it returns without an
// error, requests are answered. An inbox is started once.
func (in *Inbox) Start(ctx context.Context) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.server != nil {
		return errors.New("starting inbox: already started")
	}
	listener, err := listen.TCP(ctx, Listener, in.cfg.Addr)
	if err != nil {
		return fmt.Errorf("starting inbox: %w", err)
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	server := &http.Server{
		Handler:           startpage.Before(in.routes(), in.front),
		BaseContext:       func(net.Listener) context.Context { return base },
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       in.readTimeout,
		WriteTimeout:      MaxWait + 15*time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    maxHeader,
	}
	served := make(chan error, 1)
	in.listener, in.server, in.cancel, in.served = listener, server, cancel, served
	go func() { served <- server.Serve(listener) }()
	return nil
}

// Addr returns the bound host:port, or the empty string before Start.
func (in *Inbox) Addr() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.listener == nil {
		return ""
	}
	return in.listener.Addr().String()
}

// URL returns the address as a URL without a path, for programs on this machine.
// Webhooks go to its /webhook.
func (in *Inbox) URL() string { return in.URLFor("") }

// URLFor is URL for a program that reaches this machine as host, a name or an IP address
// without a port.
func (in *Inbox) URLFor(host string) string {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.listener == nil {
		return ""
	}
	return listen.URLFor(host, in.listener.Addr())
}

// Stop refuses new connections, lets requests finish (those that wait end at
// once, a delayed answer is dropped) and returns when nothing runs any more.
// When ctx ends first, what is left is cut off and the error says so. Stopping
// an inbox that is not running does nothing.
func (in *Inbox) Stop(ctx context.Context) error {
	in.mu.Lock()
	server, cancel, served := in.server, in.cancel, in.served
	in.served = nil
	in.mu.Unlock()
	if served == nil {
		return nil
	}
	cancel()
	err := server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, server.Close())
	}
	if serr := <-served; !errors.Is(serr, http.ErrServerClosed) {
		err = errors.Join(err, serr)
	}
	if err != nil {
		return fmt.Errorf("stopping inbox: %w", err)
	}
	return nil
}

// Received returns the webhooks that are kept, oldest first.
func (in *Inbox) Received() []Webhook { return in.store.find(filter{}) }
