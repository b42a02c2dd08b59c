// Package inbox plays the partner, which is a shop or an app: it takes the webhooks that
// a gateway sends, reports each, keeps the latest for a test to read, and fails on
// request (an error status, a slow answer, a dropped connection).
package inbox

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/darajabox/darajabox/internal/activity"
	"github.com/darajabox/darajabox/internal/listen"
	"github.com/darajabox/darajabox/internal/startpage"
)

// Limits of what one inbox takes and keeps.
const (
	MaxBody     = 64 << 10         // bytes of one request body
	MaxWebhooks = 10_000           // webhooks kept; the oldest go first
	MaxWait     = 60 * time.Second // longest wait of GET /received
	MaxDelay    = 60 * time.Second // longest delay of a behaviour

	maxBytes      = 64 << 20 // bodies and headers together
	maxHeader     = 16 << 10
	maxBehaviours = 1_000 // paths with a behaviour of their own
)

// Config is what an Inbox is made of.
type Config struct {
	Addr string           // host:port to listen on; port 0 is the kernel's choice
	Now  func() time.Time // dates the webhooks

	// Secret is what webhooks are signed with, whsec_ and base64; reports then say
	// whether the signature is right.
	Secret string

	// Report gets each webhook, with the CheckoutRequestID that its body names, and no
	// two at a time. The webhook is answered when Report has returned.
	Report func(e activity.Event, checkoutRequestID string)
}

// Listener is the inbox's name in the error of Start, which wraps a *listen.Error when
// the address cannot be used.
const Listener = "the inbox"

// Inbox is a partner's webhook endpoint.
type Inbox struct {
	cfg        Config
	store      store
	behaviours behaviours
	recording  sync.Mutex // keeps reports in the order of Seq
	http       *http.Server
	server     *listen.Server
}

// New returns an inbox that listens once it is started.
func New(cfg Config) *Inbox {
	in := &Inbox{
		cfg:        cfg,
		store:      store{maxCount: MaxWebhooks, maxBytes: maxBytes, changed: make(chan struct{})},
		behaviours: behaviours{byPath: map[string]Behaviour{}},
	}
	in.http = &http.Server{
		Handler:           startpage.Handler(in.routes(), in.startPage),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      MaxWait + 15*time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    maxHeader,
	}
	in.server = listen.NewServer(Listener, cfg.Addr, in.http, slog.New(slog.DiscardHandler))
	return in
}

// Start binds the address and serves until Stop. When it returns without an
// error, requests are answered. An inbox is started once.
func (in *Inbox) Start(ctx context.Context) error {
	if err := in.server.Start(ctx); err != nil {
		return fmt.Errorf("starting inbox: %w", err)
	}
	return nil
}

// URL returns the address as a URL without a path, for programs on this machine, or the
// empty string before Start. Webhooks go to its /webhook.
func (in *Inbox) URL() string { return in.URLFor("") }

// URLFor is URL for a program that reaches this machine as host, a name or an IP address
// without a port.
func (in *Inbox) URLFor(host string) string { return in.server.URLFor(host) }

// Stop refuses new connections, lets requests finish (those that wait end at
// once, a delayed answer is dropped) and returns when nothing runs any more.
// When ctx ends first, what is left is cut off and the error says so. Stopping
// an inbox that is not running does nothing.
func (in *Inbox) Stop(ctx context.Context) error {
	if err := in.server.Stop(ctx); err != nil {
		return fmt.Errorf("stopping inbox: %w", err)
	}
	return nil
}

// Received returns the webhooks that are kept, oldest first.
func (in *Inbox) Received() []Webhook {
	found, _ := in.store.find(filter{})
	return found
}
