// Package app puts a gateway together and runs it: the store, the client of
// Daraja, the sender of webhooks, the work that falls due, and the API. It is the
// only package that knows all of them.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
	"github.com/darajabox/darajabox/gateway/mpesa"
	"github.com/darajabox/darajabox/gateway/ops"
	"github.com/darajabox/darajabox/gateway/webhook"
	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/listen"
)

// App is one gateway. It is started once.
type App struct {
	cfg      Config
	partners *gateway.Partners

	privateMost int // connections to each private listener at a time; set by Start

	mu      sync.Mutex
	started bool
	addr    net.Addr // of the API; nil before Start
	opsURL  string
	parts   *parts // what runs, or nil
}

// parts is everything that runs, in the order of its start.
type parts struct {
	front    *door // partners', and Daraja's too without a callback door
	callback *door // Daraja's alone, or nil
	store    gateway.Store
	writable *ops.Recent // whether the store takes writes
	daraja   *mpesa.Client
	sender   *webhook.Sender
	stopWork context.CancelFunc
	worked   chan struct{} // closed when the work has ended
	retained chan struct{} // closed when nothing is erased, and no open review is logged, any more
	workErr  atomic.Pointer[error]
	doors    doors // partners' keys and administration

	eyes *eyes
	ops  *door // nil when it is off
}

// New checks cfg and returns a gateway that is not running yet.
func New(cfg Config) (*App, error) {
	cfg = cfg.withDefaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("configuring the gateway: %w", err)
	}
	partners, err := cfg.partners()
	if err != nil {
		return nil, fmt.Errorf("configuring the gateway: %w", err)
	}
	return &App{cfg: cfg, partners: partners}, nil
}

// Start binds the address, opens the store, takes up what an earlier run left,
// and serves until Stop. When it returns nil, requests are answered. ctx bounds
// the start only.
func (a *App) Start(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.started {
		return errors.New("starting the gateway: it was started before")
	}
	a.started = true
	p := &parts{}
	if err := a.start(ctx, p); err != nil {
		return fmt.Errorf("starting the gateway: %w", errors.Join(err, p.release()))
	}
	a.parts = p
	return nil
}

func (a *App) start(ctx context.Context, p *parts) (err error) {
	if err := a.fitLimits(openFiles()); err != nil {
		return err
	}
	a.cfg.warnOfTrust()
	callbacks, err := a.bind(ctx, p)
	if err != nil {
		return err
	}
	if p.store, err = a.cfg.openStore(ctx); err != nil {
		return err
	}
	p.writable = ops.NewRecent(a.cfg.Clock, probeEvery, p.store.Ping)
	if err := p.doors.unlock(ctx, a.cfg, p.store, a.partners); err != nil {
		return err
	}
	if p.eyes, err = a.openEyes(ctx, p.store); err != nil {
		return err
	}
	if p.daraja, err = a.client(p, callbacks); err != nil {
		return err
	}
	p.eyes.watchBreakers(p.daraja)
	p.sender = webhook.New(webhook.Config{UserAgent: userAgent(a.cfg.Version), Targets: a.cfg.targets(), Wrap: p.eyes.tracing.Webhooks})
	gw := &gateway.Gateway{
		Store: p.store, Daraja: p.daraja, Sender: p.sender, Clock: a.cfg.Clock,
		Random: rand.Reader, Waits: a.cfg.Waits.Divide(a.cfg.Speed), OldQuery: p.daraja.ReadyOld, Log: a.cfg.Log,
		Secrets: p.doors.keyring, Vault: p.doors.vault, Targets: a.cfg.targets(),
		Confirm:   gateway.Confirm(a.cfg.Callbacks.Confirm),
		Phones:    gateway.PhoneLimits{Minute: a.cfg.Limits.PhoneMinute, Hour: a.cfg.Limits.PhoneHour},
		Strangers: a.cfg.Limits.Strangers, ReferenceLength: a.cfg.ReferenceLength, ReviewPartners: a.cfg.reviewPartners(),
		Reach: a.cfg.reach(),
	}
	p.eyes.watch(gw)
	if a.cfg.Report != nil {
		gw.Observer = gateway.Observers{gw.Observer, reporter(a.cfg.Report)}
		gw.Shown = true
	}
	if a.cfg.Reviews != nil {
		gw.Observer = gateway.Observers{gw.Observer, reviews(a.cfg.Reviews)}
	}
	if err := gw.Recover(ctx); err != nil {
		return fmt.Errorf("taking up what was left: %w", err)
	}
	if err := p.doors.open(ctx, a.cfg, gw, a.opsHandler(p), a.privateLimits(p)); err != nil {
		return err
	}
	if err := a.serveOps(ctx, p); err != nil {
		return err
	}
	a.work(ctx, p, gw)
	a.serve(ctx, p, gw)
	return nil
}

// client returns the client of Daraja.
func (a *App) client(p *parts, callbacks string) (*mpesa.Client, error) {
	cfg := mpesa.Config{
		BaseURL:     a.cfg.DarajaURL,
		ConsumerKey: a.cfg.ConsumerKey, ConsumerSecret: a.cfg.ConsumerSecret,
		Shortcode: a.cfg.Shortcode, Till: a.cfg.Till, Passkey: a.cfg.Passkey,
		CallbackBase: callbacks, UserAgent: userAgent(a.cfg.Version), Clock: a.cfg.Clock, Log: a.cfg.Log,
		Breaker: breaker(a.cfg.Speed), Rates: mpesa.Rates{Pushes: a.cfg.Limits.PushRate, Queries: a.cfg.Limits.QueryRate},
		PutOff: p.eyes.metrics.PutOff,
	}
	if !a.cfg.FreshToken {
		cfg.Tokens = a.tokens(p)
	}
	return mpesa.New(cfg)
}

// tokens keeps the app's access token in the store.
func (a *App) tokens(p *parts) *gateway.Tokens {
	return &gateway.Tokens{
		Store: p.store, Vault: p.doors.vault, Clock: a.cfg.Clock, Reach: a.cfg.reach(),
		App: gateway.TokenApp(p.doors.vault, a.cfg.DarajaURL, a.cfg.ConsumerKey, a.cfg.ConsumerSecret),
	}
}

// bind takes the addresses before anything else begins, and returns what Daraja is
// told to call.
func (a *App) bind(ctx context.Context, p *parts) (callbacks string, err error) {
	if p.front, err = bind(ctx, ListenerGateway, a.cfg.Addr, "requests"); err != nil {
		return "", err
	}
	a.addr = p.front.listener.Addr()
	if a.cfg.AdminAddr != "" {
		if p.doors.admin, err = bind(ctx, ListenerAdmin, a.cfg.AdminAddr, "administration"); err != nil {
			return "", err
		}
	}
	daraja := p.front
	if a.cfg.Callbacks.Addr != "" {
		if p.callback, err = bind(ctx, ListenerCallbacks, a.cfg.Callbacks.Addr, "callbacks"); err != nil {
			return "", err
		}
		daraja = p.callback
	}
	return a.callbackBase(daraja.listener.Addr())
}

// work does what falls due, until stopWork.
func (a *App) work(ctx context.Context, p *parts, gw *gateway.Gateway) {
	ctx, p.stopWork = context.WithCancel(context.WithoutCancel(ctx))
	p.worked, p.retained = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(p.retained)
		var others sync.WaitGroup
		others.Go(func() { a.logReviews(ctx, p.store) })
		others.Go(func() { a.redate(ctx, gw) })
		others.Go(func() { gw.WriteAnswers(ctx) })
		a.retain(ctx, gw)
		others.Wait()
	}()
	go func() {
		defer close(p.worked)
		err := p.store.Work(ctx, p.eyes.pulse.Worker(gw))
		if ctx.Err() == nil { // it should not have ended; the health check says so from now on
			err = fmt.Errorf("the work has ended: %w", err)
			p.workErr.Store(&err)
			a.cfg.Log.Error("nothing that falls due is done any more", "error", err)
		}
	}()
}

func (a *App) serve(ctx context.Context, p *parts, gw *gateway.Gateway) {
	sources, _ := a.cfg.Callbacks.sources() // checked by New
	which := httpapi.DoorAll
	limits := connLimits{
		most: a.cfg.Limits.Connections, perSource: a.cfg.Limits.SourceConnections,
		reserved: sources.Reserved(), closed: p.eyes.metrics.ConnectionClosed,
	}
	if p.callback != nil {
		which = httpapi.DoorPartners
		p.callback.open(ctx, httpapi.NewServer(a.api(p, gw, httpapi.DoorCallbacks), a.cfg.Log, time.Now), limits)
	}
	p.front.open(ctx, httpapi.NewServer(a.cfg.withoutPages(a.cfg.withPage(a.api(p, gw, which), front)), a.cfg.Log, time.Now), limits)
}

// privateLimits are those of administration and of the listener for metrics and probes.
func (a *App) privateLimits(p *parts) connLimits {
	return connLimits{most: a.privateMost, closed: p.eyes.metrics.ConnectionClosed}
}

// api is the API that belongs behind a door.
func (a *App) api(p *parts, gw *gateway.Gateway, which httpapi.Door) http.Handler {
	sources, _ := a.cfg.Callbacks.sources() // checked by New
	return httpapi.New(httpapi.Config{
		Gateway: gw, Partners: p.doors.keyring, Clock: a.cfg.Clock, Log: a.cfg.Log, Health: p.health, Observe: p.eyes.request,
		MaxWaiting:  httpapi.DefaultWaiting,
		PartnerRate: httpapi.PartnerRate{PerSecond: a.cfg.Limits.PartnerRate, Burst: a.cfg.Limits.PartnerBurst},
		Sources:     sources, Door: which,
	})
}

// URL returns where a program on this machine reaches the gateway, without a path; ""
// before Start.
func (a *App) URL() string { return a.URLFor("") }

// URLFor is URL for a program that reaches this machine as host, a name or an IP address
// without a port.
func (a *App) URLFor(host string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.addr == nil {
		return ""
	}
	return listen.URLFor(host, a.addr)
}

// Idle waits until nothing that has fallen due is left to do. It is of use with a
// Clock that is moved by hand.
func (a *App) Idle(ctx context.Context) error {
	a.mu.Lock()
	p := a.parts
	a.mu.Unlock()
	if p == nil {
		return errors.New("waiting for the gateway's work: it does not run")
	}
	if s, ok := p.store.(interface{ Idle(context.Context) error }); ok {
		return s.Idle(ctx)
	}
	return errors.New("waiting for the gateway's work: its store cannot tell")
}

// callbackBase is what Daraja is told to call. The bound address serves unless it
// is a wildcard and Daraja is elsewhere, where nobody knows by which name.
func (a *App) callbackBase(addr net.Addr) (string, error) {
	if a.cfg.CallbackURL != "" {
		return a.cfg.CallbackURL, nil
	}
	if listen.IsWildcard(addr.String()) && !hosts.IsLoopback(a.cfg.darajaHost()) {
		return "", fmt.Errorf("a callback URL is required: from %s nobody can tell where Daraja reaches this gateway", addr)
	}
	return listen.URL(addr), nil
}

// userAgent is darajabox and its version, or that which the build knows.
func userAgent(version string) string {
	if version != "" {
		return "darajabox/" + version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return "darajabox/" + info.Main.Version
	}
	return "darajabox/dev"
}
