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

	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/startpage"
	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/control/console"
	"github.com/darajabox/darajabox/simulator/httpapi"
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
	api    *listener
	ctrl   *listener
	public *url.URL // Config.PublicURL without a slash at its end, or nil

	linksMu sync.Mutex
	links   func(host string) []Address // nil for none

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
	w, err := a.open(c)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	a.worlds = w
	api := httpapi.New(httpapi.Config{Places: w, Log: c.Log})
	ctrl := control.New(control.Config{
		Worlds: w, Version: c.Version, AllowedHosts: c.AllowedHosts, Troubles: w.ground.trouble.list, Console: console.Files(),
		DarajaURL: a.urlFor,
		Links:     a.listLinks, Daraja: api, Self: a.ControlURL,
	})
	a.api = newListener(ListenerAPI, c.Addr, startpage.Before(api, a.front), c.Log)
	a.ctrl = newListener(ListenerControl, c.ControlAddr, ctrl, c.Log)
	return a, nil
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
	if a.public == nil && port != "" && port != a.ctrl.port() {
		a.otherPort.Do(func() {
			a.log.Warn("the control port is published under another number; if the API's port is too, its URL is handed out wrong: set it with --public-url http://HOST:PORT",
				"control_port", a.ctrl.port(), "published_as", port)
		})
	}
	return a.api.urlFor(name)
}

// open makes the default world and what the others will stand on.
func (a *App) open(c Config) (*worlds, error) {
	g, err := newGround(c)
	if err != nil {
		return nil, err
	}
	g.address = a.URL
	first, err := firstPlan(c, g)
	if err != nil {
		return nil, err
	}
	return newWorlds(g, first)
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
	for _, l := range []*listener{a.api, a.ctrl} {
		if err := l.start(ctx); err != nil {
			return errors.Join(fmt.Errorf("starting simulator: %w", err), a.stopAll(ctx))
		}
		a.stops = append(a.stops, l.stop)
	}
	a.log.Info("simulator runs", "api", a.api.url(), "control", a.ctrl.url())
	return nil
}

// URL is the base of Daraja's API for programs on this machine, such as
// http://127.0.0.1:7070; "" before Start.
func (a *App) URL() string { return a.api.url() }

// ControlURL is the base of the control API for programs on this machine; "" before
// Start.
func (a *App) ControlURL() string { return a.ctrl.url() }

// Idle waits until every callback that has fallen due, in any world, is delivered or
// has failed to be. It is of use with a clock that stands still.
func (a *App) Idle(ctx context.Context) error {
	for _, p := range a.worlds.places() {
		if err := p.settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Replying reports whether an answer of the default world waits for its time to pass,
// so that whoever asked cannot go on before the clock does.
func (a *App) Replying() bool { return a.worlds.first.clock.Waits(httpapi.Rank) }

// LoadScenario puts a scenario in charge of the default world, such as a new edit of
// the file that it began with; name is the file's. One that is at fault is not taken:
// the rules stay as they were, and the control API shows the fault, which is the
// error's text too, until one without comes.
func (a *App) LoadScenario(name string, source []byte) error {
	return a.worlds.first.stage.reload(name, source, a.worlds.first.includeFor(source))
}

// Worlds are the worlds of this simulator, as the control API sees them. The one that
// is there from the start is control.DefaultWorld.
func (a *App) Worlds() control.Worlds { return a.worlds }

// Stop ends everything in the reverse order of its start: no requests are taken,
// those that run are finished, those that wait for something are ended, open prompts
// come to nothing, callbacks that are planned are not sent, those on their way are
// finished. When ctx ends first, what
// is left is cut off and the error says so. A second Stop does nothing.
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
