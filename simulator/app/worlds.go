package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// MaxWorlds is how many worlds a server holds.
const MaxWorlds = 10_000

// worlds are the worlds of one server.
type worlds struct {
	ground *ground
	tokens tokens
	first  *place // the default world, which stays

	mu     sync.RWMutex
	byID   map[string]*place
	byKey  map[string]*place
	order  []*place // in order of creation
	named  int      // ids given out so far
	closed bool
}

var (
	_ control.Worlds = (*worlds)(nil)
	_ httpapi.Places = (*worlds)(nil)
)

// newWorlds makes the default world.
func newWorlds(g *ground, first plan) (*worlds, error) {
	w := &worlds{ground: g, tokens: newTokens(), byID: make(map[string]*place), byKey: make(map[string]*place)}
	p, err := newPlace(context.Background(), g, first)
	if err != nil {
		return nil, err
	}
	w.first = p
	return w, w.add(p)
}

// ByID implements httpapi.Places.
func (w *worlds) ByID(id string) (*httpapi.Place, bool) {
	p, ok := w.find(id)
	if !ok {
		return nil, false
	}
	return &p.daraja, true
}

func (w *worlds) find(id string) (*place, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	p, ok := w.byID[id]
	return p, ok
}

// ByKey implements httpapi.Places.
func (w *worlds) ByKey(key string) (*httpapi.Place, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	p, ok := w.byKey[key]
	if !ok {
		return nil, false
	}
	return &p.daraja, true
}

// ByToken implements httpapi.Places.
func (w *worlds) ByToken(token string) (*httpapi.Place, bool) {
	p, ok := w.tokens.find(token)
	if !ok {
		return nil, false
	}
	return &p.daraja, true
}

// Default implements httpapi.Places.
func (w *worlds) Default() *httpapi.Place { return &w.first.daraja }

// Granted implements httpapi.Places. The lock keeps a world that is being deleted from
// leaving tokens behind.
func (w *worlds) Granted(token string, at *httpapi.Place) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p, ok := w.byID[at.ID]; ok && &p.daraja == at {
		w.tokens.add(token, p)
	}
}

// Get implements control.Worlds.
func (w *worlds) Get(id string) (control.World, bool) {
	p, ok := w.find(id)
	if !ok {
		return nil, false // not a nil *place in an interface
	}
	return p, true
}

// List implements control.Worlds.
func (w *worlds) List() []control.World {
	w.mu.RLock()
	defer w.mu.RUnlock()
	out := make([]control.World, len(w.order))
	for i, p := range w.order {
		out[i] = p
	}
	return out
}

// places is a copy of the list.
func (w *worlds) places() []*place {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return slices.Clone(w.order)
}

// Create implements control.Worlds. A new world has the server's settings, clock and
// preset, unless n says otherwise, but not its scenario.
func (w *worlds) Create(ctx context.Context, n control.NewWorld) (control.World, error) {
	id, err := w.name(n.ID)
	if err != nil {
		return nil, err
	}
	p, err := w.plan(id, n)
	if err != nil {
		return nil, err
	}
	at, err := newPlace(ctx, w.ground, p)
	if err != nil {
		return nil, err
	}
	if err := w.add(at); err != nil {
		_ = at.close(ctx) // nothing has happened in it
		return nil, err
	}
	return at, nil
}

// name checks the id of a new world, or draws one.
func (w *worlds) name(id string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id != "" {
		if !regexp.MustCompile(`^[a-z0-9-]{1,64}$`).MatchString(id) {
			return "", fmt.Errorf("the id of a world is %.70q; it has 1 to 64 characters out of a-z, 0-9 and -", id)
		}
		return id, w.room(id)
	}
	for {
		w.named++
		id := "w-" + strconv.Itoa(w.named)
		if w.byID[id] == nil {
			return id, w.room(id)
		}
	}
}

// room says why there is no room for a world with an id. The caller holds mu.
func (w *worlds) room(id string) error {
	switch {
	case w.closed:
		return fmt.Errorf("%w: the simulator is stopping", control.ErrConflict)
	case w.byID[id] != nil:
		return fmt.Errorf("%w: there is a world %s already; take another id, or none to have one drawn", control.ErrConflict, id)
	case len(w.order) >= MaxWorlds:
		return fmt.Errorf("%w: there are %d worlds already; delete some first", control.ErrConflict, MaxWorlds)
	default:
		return nil
	}
}

// plan is what a new world is made from.
func (w *worlds) plan(id string, n control.NewWorld) (plan, error) {
	g := w.ground
	p := plan{id: id, preset: g.preset, settings: maps.Clone(g.settings)}
	maps.Copy(p.settings, n.Settings)
	if n.Clock != nil {
		p.asked = timing{frozen: n.Clock.Frozen, speed: n.Clock.Speed, at: n.Clock.At}
	}
	if err := p.asked.check(); err != nil {
		return plan{}, err
	}
	if n.Seed == nil {
		p.seed = newSeed(g.seed, id)
	} else {
		p.seed = *n.Seed
	}
	p.app = newApp(g.seed, id, p.seed)
	var err error
	if n.Preset != "" {
		if p.preset, err = presetAct(n.Preset); err != nil {
			return plan{}, err
		}
	}
	switch {
	case n.Scenario != "" && n.ScenarioSource != nil:
		return plan{}, fmt.Errorf("a new world takes scenario or scenario_source, not both")
	case n.Scenario != "":
		p.scenario, err = readyAct(n.Scenario)
	case n.ScenarioSource != nil:
		p.scenario, err = newAct(n.ScenarioFile, n.ScenarioSource, scenarios.Load)
	}
	return p, err
}

// add makes a place known.
func (w *worlds) add(p *place) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.room(p.plan.id); err != nil {
		return err
	}
	w.byID[p.plan.id], w.byKey[p.plan.app.Key] = p, p
	w.order = append(w.order, p)
	return nil
}

// Delete implements control.Worlds. Requests that are being answered are finished, in
// a world that nobody sees any more; callbacks on their way are cut off.
func (w *worlds) Delete(ctx context.Context, id string) error {
	p, err := w.remove(id)
	if err != nil {
		return err
	}
	w.tokens.forget(p)
	now, cancel := context.WithCancel(ctx)
	cancel()
	_ = p.close(now) // tells only that something was cut off
	return nil
}

func (w *worlds) remove(id string) (*place, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.byID[id]
	switch p {
	case nil:
		return nil, missing{fmt.Errorf("there is no world %.70q", id)}
	case w.first:
		return nil, fmt.Errorf("%w: the world %s cannot be deleted; reset it instead", control.ErrConflict, id)
	}
	delete(w.byID, id)
	delete(w.byKey, p.plan.app.Key)
	w.order = slices.DeleteFunc(w.order, func(other *place) bool { return other == p })
	return p, nil
}

// stop ends all worlds. No new one is made.
func (w *worlds) stop(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	all := w.places()
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, p := range all {
		wg.Go(func() { errs[i] = p.close(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Ready implements control.Worlds.
func (w *worlds) Ready() []control.ReadyScenario {
	all, err := scenarios.Describe()
	if err != nil {
		w.ground.log.Error("reading the ready scenarios", "error", err) // their tests see to it that this does not happen
	}
	out := make([]control.ReadyScenario, len(all))
	for i, s := range all {
		out[i] = control.ReadyScenario{Name: s.Name, Description: s.Description, Preset: s.Preset, Source: string(s.Source)}
	}
	return out
}

// Check implements control.Worlds.
func (w *worlds) Check(file string, source []byte) []control.ScenarioFault {
	return control.ScenarioFaultsOf(scenario.Check(file, source, scenarios.Load))
}
