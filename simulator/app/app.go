// Package app runs a simulator: it makes the parts, joins them, and starts and
// stops them.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/listen"
	"github.com/darajabox/darajabox/internal/startpage"
	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/control/console"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/intercept"
)

// Names of the listeners in the errors of Start, which wrap a *listen.Error when an
// address cannot be used.
const (
	ListenerAPI     = "the simulator"
	ListenerControl = "the simulator's control port"
)

// App is a simulator.
type App struct {
	otherPort sync.Once // warns of a control port that is published under another number

	log    *slog.Logger
	worlds *worlds
	api    *listen.Server
	ctrl   *listen.Server
	reach  *intercept.Server
	public *url.URL // Config.PublicURL without a slash at its end, or nil

	links atomic.Pointer[func(host string) []Address] // nil for none

	mu      sync.Mutex
	started bool
	stops   []func(context.Context) error // of what runs, in the order in which it was started
}

// New makes a simulator that runs once it is started. The error says what in the
// configuration is wrong.
func New(c Config) (*App, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Include == nil {
		c.Include = scenarios.Load
	}
	public, err := publicURL(c.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	a := &App{log: c.Log, public: public}
	if err := a.openWorlds(c); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	products := a.worlds.deps.products
	api := httpapi.New(httpapi.Config{Worlds: a.worlds, Products: products, Log: c.Log})
	ctrl := control.New(control.Config{
		Worlds: a.worlds, Products: products, Version: c.Version, AllowedHosts: c.AllowedHosts, Warnings: a.worlds.warnings, Console: console.Files(),
		DarajaURL: a.urlFor,
		Links:     a.listLinks, Daraja: api, Self: a.ControlURL,
	})
	front := startpage.Handler(api, a.front)
	a.reach = newInterceptor(c, front)
	a.api = newListener(ListenerAPI, c.Addr, front, c.Log)
	a.ctrl = newListener(ListenerControl, c.ControlAddr, ctrl, c.Log)
	return a, nil
}

// openWorlds makes the default world and what all worlds share.
func (a *App) openWorlds(c Config) error {
	deps, err := newDependencies(c)
	if err != nil {
		return err
	}
	deps.address = a.URL
	first, err := defaultWorldConfig(c, deps)
	if err != nil {
		return err
	}
	a.worlds, err = newWorlds(deps, first)
	return err
}

// urlFor is the base of Daraja's API for a program that reaches the control API by the
// Host header host: the public URL when there is one. One of localhost is of no use to
// a program elsewhere, such as another container, which reaches the listener itself.
func (a *App) urlFor(host string) string {
	name := hosts.Name(host)
	if a.public != nil && (hosts.IsLoopback(name) || !hosts.IsLoopback(hosts.Name(a.public.Host))) {
		return a.public.String()
	}
	_, port, _ := net.SplitHostPort(host)
	if a.public == nil && port != "" && port != a.ctrl.Port() {
		a.otherPort.Do(func() {
			a.log.Warn("the control port is published under another number; if the API's port is too, its URL is handed out wrong: set it with --public-url http://HOST:PORT",
				"control_port", a.ctrl.Port(), "published_as", port)
		})
	}
	return a.api.URLFor(name)
}

// Start binds both addresses and serves until Stop. When it returns without an
// error, requests are answered. An App is started once.
func (a *App) Start(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.started {
		return errors.New("starting simulator: already started")
	}
	a.started = true
	a.stops = append(a.stops, a.worlds.stop)
	for _, l := range []interface {
		Start(ctx context.Context) error
		Stop(ctx context.Context) error
	}{a.api, a.ctrl, a.reach} {
		if err := l.Start(ctx); err != nil {
			return errors.Join(fmt.Errorf("starting simulator: %w", err), a.stopAll(ctx))
		}
		a.stops = append(a.stops, l.Stop)
	}
	a.log.Info("simulator runs", "api", a.api.URLFor(""), "control", a.ctrl.URLFor(""))
	return nil
}

// URL is the base of Daraja's API for programs on this machine, such as
// http://127.0.0.1:7070; "" before Start.
func (a *App) URL() string { return a.api.URLFor("") }

// ControlURL is the base of the control API for programs on this machine; "" before
// Start.
func (a *App) ControlURL() string { return a.ctrl.URLFor("") }

// Idle waits until every callback that has fallen due, in any world, is delivered or
// has failed to be. It is of use with a clock that stands still.
func (a *App) Idle(ctx context.Context) error {
	for _, p := range a.worlds.list() {
		if err := p.sender.Idle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// HasPendingReplies reports whether an answer of the default world waits for the clock, so
// that its client waits too.
func (a *App) HasPendingReplies() bool { return a.worlds.first.clock.HasEvent(httpapi.ReplyTimer) }

// LoadScenario applies a scenario to the default world, such as a new edit of the file that
// it began with; name is the file's. One with a fault changes nothing: the control API
// shows the fault, which is also the error's text, until one without is loaded.
func (a *App) LoadScenario(name string, source []byte) error {
	return a.worlds.first.scenarios.reload(name, source, a.worlds.first.includeFor(source))
}

// Worlds are the worlds of this simulator, as the control API sees them. The one that
// is there from the start is control.DefaultWorld.
func (a *App) Worlds() control.Worlds { return a.worlds }

// Stop ends everything in the reverse order of its start: no requests are taken, those
// that run are finished, those that wait for something are ended, open prompts get no
// result, callbacks that are scheduled are not sent, those on their way are finished. When
// ctx ends first, what is left is cut off and the error says so. A second Stop does nothing.
func (a *App) Stop(ctx context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.stopAll(ctx); err != nil {
		return fmt.Errorf("stopping simulator: %w", err)
	}
	return nil
}

// stopAll stops what runs. The caller holds mu.
func (a *App) stopAll(ctx context.Context) error {
	var errs []error
	for i := len(a.stops) - 1; i >= 0; i-- {
		errs = append(errs, a.stops[i](ctx))
	}
	a.stops = nil
	return errors.Join(errs...)
}

// Address is a URL for people, with its name and what it is for.
type Address = control.Address

// SetLinks sets what else runs beside the simulator, such as a gateway, so that the console
// can link to it: links returns the addresses for a caller that reaches this machine as
// host, a name or an IP address without a port. It may be called at any time.
func (a *App) SetLinks(links func(host string) []Address) { a.links.Store(&links) }

// listLinks are the links for a caller that reaches this machine as host.
func (a *App) listLinks(host string) []Address {
	if links := a.links.Load(); links != nil && *links != nil {
		return (*links)(host)
	}
	return nil
}
