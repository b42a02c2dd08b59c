package app

import (
	"cmp"
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
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/httpapi"
)

// MaxWorlds is how many worlds a server holds.
const MaxWorlds = 10_000

// maxTokens is how many tokens of one world are known; a world itself keeps no more.
const maxTokens = 10_000

// worlds are the worlds of one server.
type worlds struct {
	deps  *dependencies
	first *worldRuntime // the default world, which stays

	mu      sync.RWMutex
	byID    map[string]*worldRuntime
	byKey   map[string]*worldRuntime
	byToken map[string]*worldRuntime
	order   []*worldRuntime // in order of creation
	named   int             // ids given out so far
	closed  bool
}

var (
	_ control.Worlds = (*worlds)(nil)
	_ httpapi.Worlds = (*worlds)(nil)
)

// newWorlds makes the default world.
func newWorlds(deps *dependencies, first worldConfig) (*worlds, error) {
	w := &worlds{
		deps: deps, byID: make(map[string]*worldRuntime), byKey: make(map[string]*worldRuntime), byToken: make(map[string]*worldRuntime),
	}
	p, err := newWorldRuntime(context.Background(), deps, first)
	if err != nil {
		return nil, err
	}
	w.first = p
	return w, w.add(p)
}

// find finds a world by its id, nil for none.
func (w *worlds) find(id string) *worldRuntime {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.byID[id]
}

// ByID implements httpapi.Worlds.
func (w *worlds) ByID(id string) *httpapi.World {
	if p := w.find(id); p != nil {
		return &p.api
	}
	return nil
}

// ByCredentials implements httpapi.Worlds.
func (w *worlds) ByCredentials(token, key string) *httpapi.World {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return &cmp.Or(w.byToken[token], w.byKey[key], w.first).api
}

// AddToken implements httpapi.Worlds. A world that was deleted meanwhile leaves no token.
func (w *worlds) AddToken(token string, of *httpapi.World) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.byID[of.ID]
	if p == nil || &p.api != of || w.byToken[token] == p {
		return
	}
	w.byToken[token] = p
	if p.tokens = append(p.tokens, token); len(p.tokens) > maxTokens {
		w.removeToken(p.tokens[0], p)
		p.tokens = p.tokens[1:]
	}
}

// removeToken removes a token, unless another world has given out the same. The caller
// holds mu.
func (w *worlds) removeToken(token string, p *worldRuntime) {
	if w.byToken[token] == p {
		delete(w.byToken, token)
	}
}

// Get implements control.Worlds.
func (w *worlds) Get(id string) (control.World, bool) {
	if p := w.find(id); p != nil {
		return p, true
	}
	return nil, false // not a nil *worldRuntime in an interface
}

// List implements control.Worlds.
func (w *worlds) List() []control.World {
	var out []control.World
	for _, p := range w.list() {
		out = append(out, p)
	}
	return out
}

// list is a copy of the list.
func (w *worlds) list() []*worldRuntime {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return slices.Clone(w.order)
}

// Create implements control.Worlds. A new world has the server's settings, clock and
// preset, unless n says otherwise, but not its scenario.
func (w *worlds) Create(ctx context.Context, n client.NewWorld) (control.World, error) {
	id, err := w.newID(n.ID)
	if err != nil {
		return nil, err
	}
	c, err := w.configOf(id, n)
	if err != nil {
		return nil, err
	}
	p, err := newWorldRuntime(ctx, w.deps, c)
	if err != nil {
		return nil, err
	}
	if err := w.add(p); err != nil {
		_ = p.close(ctx) // nothing has happened in it
		return nil, err
	}
	return p, nil
}

// newID checks the id of a new world, or makes one.
func (w *worlds) newID(id string) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if id != "" {
		if !regexp.MustCompile(`^[a-z0-9-]{1,64}$`).MatchString(id) {
			return "", fmt.Errorf("the id of a world is %.70q; it has 1 to 64 characters out of a-z, 0-9 and -", id)
		}
		return id, w.checkRoom(id)
	}
	for {
		w.named++
		id := "w-" + strconv.Itoa(w.named)
		if w.byID[id] == nil {
			return id, w.checkRoom(id)
		}
	}
}

// checkRoom returns why there is no room for a world with an id. The caller holds mu.
func (w *worlds) checkRoom(id string) error {
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

// configOf is the configuration of a new world.
func (w *worlds) configOf(id string, n client.NewWorld) (c worldConfig, err error) {
	deps := w.deps
	c = worldConfig{id: id, preset: deps.preset, settings: maps.Clone(deps.settings), seed: newSeed(deps.Seed, id)}
	maps.Copy(c.settings, n.Settings)
	if n.Clock != nil {
		c.clockSettings = clockSettings{Frozen: n.Clock.Frozen, Speed: n.Clock.Speed}
		if n.Clock.At != nil {
			c.clockSettings.At = *n.Clock.At
		}
	}
	if err := c.clockSettings.check(); err != nil {
		return c, err
	}
	if n.Seed != nil {
		c.seed = *n.Seed
	}
	c.app = newApp(deps.Seed, id, c.seed)
	if n.Preset != "" {
		if c.preset, err = presetScenario(deps.language, n.Preset); err != nil {
			return c, err
		}
	}
	switch {
	case n.Scenario != "" && n.ScenarioSource != "":
		err = errors.New("a new world takes scenario or scenario_source, not both")
	case n.Scenario != "":
		c.scenario, err = readyScenario(deps.language, n.Scenario)
	case n.ScenarioSource != "":
		c.scenario, err = parseScenario(deps.language, n.ScenarioFile, []byte(n.ScenarioSource), scenarios.Load)
	}
	return c, err
}

// add adds a world.
func (w *worlds) add(p *worldRuntime) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.checkRoom(p.config.id); err != nil {
		return err
	}
	w.byID[p.config.id], w.byKey[p.config.app.Key] = p, p
	w.order = append(w.order, p)
	return nil
}

// Delete implements control.Worlds. Requests that are being answered are finished;
// callbacks on their way are cut off.
func (w *worlds) Delete(ctx context.Context, id string) error {
	p, err := w.remove(id)
	if err != nil {
		return err
	}
	now, cancel := context.WithCancel(ctx)
	cancel()
	_ = p.close(now) // the error says only that something was cut off
	return nil
}

func (w *worlds) remove(id string) (*worldRuntime, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.byID[id]
	switch p {
	case nil:
		return nil, notFound("there is no world %.70q", id)
	case w.first:
		return nil, fmt.Errorf("%w: the world %s cannot be deleted; reset it instead", control.ErrConflict, id)
	}
	delete(w.byID, id)
	delete(w.byKey, p.config.app.Key)
	for _, token := range p.tokens {
		w.removeToken(token, p)
	}
	w.order = slices.DeleteFunc(w.order, func(other *worldRuntime) bool { return other == p })
	return p, nil
}

// stop ends all worlds. No new one is made.
func (w *worlds) stop(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	all := w.list()
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, p := range all {
		wg.Go(func() { errs[i] = p.close(ctx) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// warnings are the errors in the background, for /health.
func (w *worlds) warnings() (all []string) {
	for _, p := range w.list() {
		if err := p.file.warning(); err != nil {
			all = append(all, err.Error())
		}
	}
	return all
}

// Ready implements control.Worlds.
func (w *worlds) Ready() []scenarios.Ready {
	all, err := scenarios.Describe(w.deps.language)
	if err != nil {
		w.deps.Log.Error("reading the ready scenarios", "error", err) // their tests see to it that this does not happen
	}
	return all
}
