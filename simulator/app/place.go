package app

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/people"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// place is one world and everything around it. An idle one has no goroutine.
type place struct {
	plan    plan
	made    time.Time // the machine's
	address func() string
	clock   *clock.Clock
	sender  *callback.Sender
	world   *simulator.World
	journal *journal.Journal
	disk    *disk // nil keeps the journal in memory only
	daraja  httpapi.Place
	waits   *waits
	stage   *stage
	events  hub
	kept    snapshots
	saved   atomic.Pointer[string] // version of the text that the control API saved last
}

var _ control.World = (*place)(nil)

// plan is what a place is made from.
type plan struct {
	id       string
	app      simulator.App
	seed     int64
	settings map[string]string
	clock    *clock.Clock  // one that was given, which goes on when the place ends; nil has one made
	asked    timing        // stronger than what the scenario wants
	preset   *act          // under every scenario; nil for none
	scenario *act          // nil for none
	file     ScenarioStore // that scenario is kept in; nil for none
	fileName string
	include  scenario.Loader // finds what the file includes
}

// newPlace makes a world with what is around it. The error says what in the plan is
// wrong.
func newPlace(ctx context.Context, g *ground, p plan) (*place, error) {
	at := &place{plan: p, made: g.now(), address: g.address, clock: p.clock}
	if at.clock == nil {
		at.clock = g.newClock(g.timing.under(p.asked))
	}
	if g.journalDir != "" {
		at.disk = newDisk(g.journalDir, p.id, g.trouble)
	}
	at.journal = journal.New(journal.Config{World: p.id, Size: g.journalSize, Tee: g.tee(at.disk)})
	at.sender = callback.New(callback.Config{Clock: at.clock, Record: at.journal, Log: g.log, Open: g.open})
	world, err := simulator.New(simulator.Config{
		Seed: p.seed, Clock: at.clock, Sink: at.sender, People: people.Who, Settings: p.settings,
		Apps: []simulator.App{p.app}, Events: at.events.publish,
	})
	if err != nil {
		return nil, errors.Join(err, at.close(ctx))
	}
	at.world = world
	at.waits = &waits{Clock: at.clock}
	at.daraja = httpapi.Place{ID: p.id, World: world, Record: at.journal, Clock: at.waits, Settle: at.sender.Idle}
	at.stage = &stage{world: world, clock: at.clock, preset: p.preset}
	if err := at.stage.open(p.scenario, p.asked); err != nil {
		return nil, errors.Join(err, at.close(ctx))
	}
	at.clock.Settle(at.settle)
	return at, nil
}

// settle waits until what has fallen due is done.
func (p *place) settle(ctx context.Context) error { return p.sender.Idle(ctx) }

// close ends the place: prompts that are open come to nothing, callbacks that are
// planned are not sent, those on their way are finished, or cut off when ctx ends.
func (p *place) close(ctx context.Context) error {
	if p.world != nil {
		p.world.Stop()
	}
	if p.plan.clock == nil {
		p.clock.Stop()
	}
	if p.waits != nil {
		p.waits.end()
	}
	err := p.sender.Stop(ctx)
	p.events.close()
	return errors.Join(err, p.disk.close())
}

// Info implements control.World.
func (p *place) Info() control.WorldInfo {
	info := control.WorldInfo{
		ID: p.plan.id, ConsumerKey: p.plan.app.Key, ConsumerSecret: p.plan.app.Secret,
		Shortcode: daraja.SandboxShortcode, Passkey: daraja.SandboxPasskey,
		Seed: p.world.Seed(), CreatedAt: p.made, BaseURL: p.address(),
	}
	if p.plan.id != control.DefaultWorld {
		info.BaseURL += "/w/" + p.plan.id
	}
	if s, ok := p.stage.Loaded(); ok {
		info.Scenario = s.Name
	}
	return info
}

// Domain implements control.World.
func (p *place) Domain() *simulator.World { return p.world }

// Journal implements control.World.
func (p *place) Journal() *journal.Journal { return p.journal }

// Clock implements control.World.
func (p *place) Clock() control.Clock { return p.clock }

// Callbacks implements control.World.
func (p *place) Callbacks() control.Callbacks { return callbacks{p.sender} }

// Subscribe implements control.World.
func (p *place) Subscribe() (<-chan simulator.Event, func()) { return p.events.subscribe() }

// Reset implements control.World. The world goes first, so that nothing new is
// planned while the rest is emptied. The clock goes on as it is; the preset stays, and
// the scenario that the world began with is in charge again.
func (p *place) Reset(ctx context.Context) error {
	p.stage.mu.Lock()
	defer p.stage.mu.Unlock()
	p.world.Reset()
	err := p.stage.restart()
	err = errors.Join(err, p.sender.Reset(ctx))
	p.journal.Reset()
	if err != nil {
		return fmt.Errorf("resetting the world %s: %w", p.plan.id, err)
	}
	return nil
}

// callbacks are a world's callbacks as the control API sees them.
type callbacks struct{ *callback.Sender }

// List implements control.Callbacks.
func (c callbacks) List() []control.CallbackState {
	states := c.Sender.List()
	out := make([]control.CallbackState, len(states))
	for i, s := range states {
		out[i] = control.CallbackState{
			ID: s.ID, CheckoutRequestID: s.CheckoutRequestID, URL: s.URL, Phone: s.Phone, Status: string(s.Status),
			DueAt: s.DueAt, Attempts: s.Attempts, LastStatus: s.LastStatus, LastError: s.LastError, Body: s.Body,
		}
	}
	return out
}

// missing is what was asked for and is not there. The control port tells it in the
// error's own words.
type missing struct{ error }

// Is says that it is control.ErrNotFound.
func (missing) Is(target error) bool { return target == control.ErrNotFound }

// Unwrap is what is missing.
func (m missing) Unwrap() error { return m.error }

// Resend implements control.Callbacks.
func (c callbacks) Resend(id string) error {
	err := c.Sender.Resend(id)
	if errors.Is(err, callback.ErrUnknown) {
		return missing{err}
	}
	return err
}
