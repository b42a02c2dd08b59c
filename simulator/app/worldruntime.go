package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/people"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// worldRuntime is one world and everything around it. An idle one has no goroutine.
type worldRuntime struct {
	broadcaster

	config    worldConfig
	made      time.Time // the machine's
	address   func() string
	clock     *clock.Clock
	sender    *callback.Sender
	world     *simulator.World
	journal   *journal.Journal
	file      *journalFile // nil keeps the journal in memory only
	api       httpapi.World
	end       func()   // closes api.Ended
	tokens    []string // that the world has given out, oldest first; worlds.mu guards them
	scenarios *scenarioManager
	snapshots snapshots
	saved     atomic.Pointer[string] // version of the text that the control API saved last
}

var _ control.World = (*worldRuntime)(nil)

// worldConfig is what a world is made from.
type worldConfig struct {
	id            string
	app           simulator.App
	seed          int64
	settings      map[string]string
	clock         *clock.Clock    // one that was given, which runs on when the world ends; nil has one made
	clockSettings clockSettings   // stronger than those of the scenario
	preset        *loadedScenario // under every scenario; nil for none
	scenario      *loadedScenario // nil for none
	file          ScenarioStore   // of scenario; nil for none
	fileName      string
	include       scenario.Loader // finds what the file includes
}

// newWorldRuntime makes a world with what is around it. The error says what in the
// configuration is wrong.
func newWorldRuntime(ctx context.Context, deps *dependencies, c worldConfig) (*worldRuntime, error) {
	p := &worldRuntime{config: c, made: deps.now(), address: deps.address, clock: c.clock}
	if p.clock == nil {
		p.clock = deps.newClock(deps.clockSettings.overriddenBy(c.clockSettings))
	}
	if deps.JournalDir != "" {
		p.file = &journalFile{path: filepath.Join(deps.JournalDir, c.id+".jsonl"), log: deps.Log}
	}
	p.journal = journal.New(journal.Config{World: c.id, Size: deps.JournalSize, Tee: p.keepRecord(deps.Report)})
	p.sender = callback.New(callback.Config{Clock: p.clock, Record: p.journal, Log: deps.Log, Open: deps.open, Routes: deps.Routes,
		Answered: func(c simulator.Callback, a simulator.MerchantAnswer) { p.world.HandleAnswer(c, a) },
	})
	ended, end := context.WithCancel(context.Background())
	p.end = end
	world, err := simulator.New(simulator.Config{
		Products: deps.products, Seed: c.seed, Clock: p.clock, Sink: p.sender, People: people.ForNumber, Settings: c.settings,
		Apps: []simulator.App{c.app}, Events: p.Publish,
	})
	if err != nil {
		return nil, errors.Join(err, p.close(ctx))
	}
	p.world = world
	p.api = httpapi.World{
		ID: c.id, Domain: world, Record: p.journal, Clock: p.clock, Ended: ended.Done(), WaitForCallbacks: p.sender.Idle,
	}
	p.scenarios = &scenarioManager{language: deps.language, world: world, clock: p.clock, preset: c.preset}
	if err := p.scenarios.loadFirst(c.scenario, c.clockSettings); err != nil {
		return nil, errors.Join(err, p.close(ctx))
	}
	p.clock.SetIdle(p.sender.Idle)
	return p, nil
}

// keepRecord is what the journal calls with every record; nil for nothing.
func (p *worldRuntime) keepRecord(report func(Record)) func(Record) {
	switch {
	case p.file == nil:
		return report
	case report == nil:
		return p.file.add
	}
	return func(r Record) {
		p.file.add(r)
		report(r)
	}
}

// close ends the world: open prompts get no result, callbacks that are scheduled are not
// sent, those on their way are finished, or cut off when ctx ends.
func (p *worldRuntime) close(ctx context.Context) error {
	if p.world != nil {
		p.world.Stop()
	}
	if p.config.clock == nil {
		p.clock.Stop()
	}
	p.end()
	err := p.sender.Stop(ctx)
	p.unsubscribeAll()
	return errors.Join(err, p.file.close())
}

// Info implements control.World.
func (p *worldRuntime) Info() client.World {
	info := client.World{
		ID: p.config.id, ConsumerKey: p.config.app.Key, ConsumerSecret: p.config.app.Secret,
		Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey,
		Seed: p.world.Seed(), CreatedAt: p.made, BaseURL: p.address(),
	}
	if p.config.id != control.DefaultWorld {
		info.BaseURL += "/w/" + p.config.id
	}
	if s, ok := p.Loaded(); ok {
		info.Scenario = s.Name
	}
	return info
}

// Domain implements control.World.
func (p *worldRuntime) Domain() *simulator.World { return p.world }

// Journal implements control.World.
func (p *worldRuntime) Journal() *journal.Journal { return p.journal }

// Clock implements control.World.
func (p *worldRuntime) Clock() control.Clock { return p.clock }

// Callbacks implements control.World.
func (p *worldRuntime) Callbacks() control.Callbacks { return callbacks{p.sender} }

// Reset implements control.World. The world is first, so that nothing new is scheduled
// while the rest is emptied. The clock stays as it is; the scenario that the world began
// with is active again, over the preset.
func (p *worldRuntime) Reset(ctx context.Context) error {
	p.scenarios.mu.Lock()
	defer p.scenarios.mu.Unlock()
	p.world.Reset()
	err := p.scenarios.apply(p.scenarios.first)
	err = errors.Join(err, p.sender.Reset(ctx))
	p.journal.Reset()
	if err != nil {
		return fmt.Errorf("resetting the world %s: %w", p.config.id, err)
	}
	return nil
}

// callbacks are a world's callbacks as the control API sees them.
type callbacks struct{ *callback.Sender }

// List implements control.Callbacks.
func (c callbacks) List() []client.Callback {
	states := c.Sender.List()
	out := make([]client.Callback, len(states))
	for i, s := range states {
		out[i] = client.Callback{
			ID: s.ID, CheckoutRequestID: s.Payment, URL: s.URL, Phone: s.Phone.Digits(), Status: string(s.Status),
			DueAt: s.DueAt.In(daraja.EAT()), Attempts: s.Attempts, LastStatus: s.LastStatus, LastError: s.LastError, Body: s.Body,
		}
	}
	return out
}

// classified is an error that is also another, of the control port: that one gives the
// status, and the error itself the text.
type classified struct {
	error
	kind error
}

// Is reports whether the error is of a kind.
func (c classified) Is(target error) bool { return target == c.kind }

// Unwrap is the error itself.
func (c classified) Unwrap() error { return c.error }

// notFound is an error that is control.ErrNotFound.
func notFound(format string, args ...any) error {
	return classified{fmt.Errorf(format, args...), control.ErrNotFound}
}

// Resend implements control.Callbacks.
func (c callbacks) Resend(id string) error {
	err := c.Sender.Resend(id)
	if errors.Is(err, callback.ErrUnknown) {
		return classified{err, control.ErrNotFound}
	}
	return err
}
