// Package app runs a simulator: it makes the parts, joins them, and starts and
// stops them.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/people"
)

// Config says what simulator to run. The zero value runs one on ports of the
// kernel's choice, in real time, without a scenario.
type Config struct {
	Addr        string // of Daraja's API, host:port; "" is 127.0.0.1:0, port 0 the kernel's choice
	ControlAddr string // of the control API, likewise

	Seed  int64           // identifiers, customers and chances come from it
	Speed float64         // how many times faster than real time; 0 is 1, at most clock.MaxSpeed
	Clock simulator.Clock // nil is the machine's, at Speed; Speed does not change one that is given

	Scenario       string // name of a ready scenario, or ""
	ScenarioName   string // file that ScenarioSource is from, for messages; "" is scenario.yaml
	ScenarioSource []byte // a scenario in YAML; when it is not nil, Scenario is not read

	Dialect         string            // daraja or malipo; "" is daraja
	StrictCallbacks bool              // refuse the callback URLs that Safaricom refuses
	Settings        map[string]string // over the defaults, and over Dialect and StrictCallbacks

	Log *slog.Logger // nil discards
}

// App is a simulator.
type App struct {
	log    *slog.Logger
	sender *callback.Sender
	world  *simulator.World
	stage  *stage
	api    *listener
	ctrl   *listener

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
	clk, err := worldClock(c)
	if err != nil {
		return nil, err
	}
	record := journal.New(journal.DefaultSize)
	sender := callback.New(callback.Config{Clock: clk, Record: record, Log: c.Log})
	world, err := simulator.New(simulator.Config{
		Seed: c.Seed, Clock: clk, Sink: sender, People: people.From(c.Seed), Settings: settings(c),
	})
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	st := &stage{world: world, sender: sender, journal: record}
	if err := st.start(c); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	api := httpapi.New(httpapi.Config{World: world, Record: record, Log: c.Log})
	ctrl := control.New(control.Config{World: world, Journal: record, Scenarios: st, Resetter: st})
	return &App{
		log: c.Log, sender: sender, world: world, stage: st,
		api:  newListener("Daraja API", c.Addr, api, c.Log),
		ctrl: newListener("control API", c.ControlAddr, ctrl, c.Log),
	}, nil
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
	a.stops = append(a.stops, a.sender.Stop, func(context.Context) error { a.world.Stop(); return nil })
	for _, l := range []*listener{a.api, a.ctrl} {
		if err := l.start(ctx); err != nil {
			return errors.Join(fmt.Errorf("starting simulator: %w", err), a.stopAll(ctx))
		}
		a.stops = append(a.stops, l.stop)
	}
	a.log.Info("simulator runs", "api", a.api.url(), "control", a.ctrl.url())
	return nil
}

// URL is the base of Daraja's API, such as http://127.0.0.1:7070; "" before Start.
func (a *App) URL() string { return a.api.url() }

// ControlURL is the base of the control API; "" before Start.
func (a *App) ControlURL() string { return a.ctrl.url() }

// Idle waits until every callback that has fallen due is delivered or has failed
// to be. It is of use with a Clock that is moved by hand.
func (a *App) Idle(ctx context.Context) error { return a.sender.Idle(ctx) }

// Stop ends everything in the reverse order of its start: no requests are taken,
// those that run are finished, open prompts come to nothing, callbacks that are
// planned are not sent, those on their way are finished. When ctx ends first, what
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
