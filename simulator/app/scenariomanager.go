package app

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/darajabox/darajabox/internal/suggest"
	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// defaultFile names a scenario that came without a file, in messages.
const defaultFile = "scenario.yaml"

// loadedScenario is a scenario that can be applied.
type loadedScenario struct {
	*scenario.Scenario
	file    string // "" for one that came without
	version string // of its text
	own     bool   // the text is that of the world's scenario file
}

// scenarioManager loads and unloads the scenarios of a world.
type scenarioManager struct {
	language scenario.Language
	world    *simulator.World
	clock    *clock.Clock
	preset   *loadedScenario // under every scenario, and active when there is none; nil for none

	mu    sync.Mutex      // held for a whole change, so that two do not mix
	first *loadedScenario // what a reset applies: the first one, or the latest edit of its file; nil for none
	saved string          // version of the scenario file's text that was loaded last
	scenarioState
}

// scenarioState is what snapshots keep.
type scenarioState struct {
	active *loadedScenario // over the preset; nil for none
	fault  string          // of the latest edit of a file, which was not applied
	file   string          // that the fault is in
}

// loadFirst applies the first scenario, and its clock settings under those of the world.
func (s *scenarioManager) loadFirst(first *loadedScenario, settings clockSettings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.preset.clockSettings().overriddenBy(first.clockSettings()).overriddenBy(settings)
	if err := all.apply(s.clock); err != nil {
		return err
	}
	if s.first = first; first != nil && first.own {
		s.saved = first.version
	}
	return s.apply(first)
}

// apply applies a scenario, or none, over the preset. The caller holds mu.
func (s *scenarioManager) apply(a *loadedScenario) error {
	setup, file := simulator.Setup{}, ""
	switch {
	case a != nil && s.preset != nil:
		setup, file = a.Including(s.preset.Scenario).Setup(), a.file
	case a != nil:
		setup, file = a.Setup(), a.file
	case s.preset != nil:
		setup, file = s.preset.Setup(), s.preset.file
	}
	if err := s.world.Apply(setup); err != nil {
		if file == "" {
			return err
		}
		return fmt.Errorf("%s: %w", file, err)
	}
	s.scenarioState = scenarioState{active: a}
	return nil
}

// load applies a scenario with its clock settings.
func (s *scenarioManager) load(a *loadedScenario, err error) (client.Scenario, error) {
	if err != nil {
		return client.Scenario{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := a.setClock(s.clock); err != nil {
		return client.Scenario{}, err
	}
	if err := s.apply(a); err != nil {
		return client.Scenario{}, err
	}
	return s.view(), nil
}

// reload applies a new edit of a file. One with a fault is not applied: the active scenario
// stays, and the fault is kept. An edit that leaves world.clock as it was does not change
// the clock.
func (s *scenarioManager) reload(file string, source []byte, include scenario.Loader) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.loadEdit(file, source, include)
	if err != nil {
		s.fault, s.file = err.Error(), file
	}
	return err
}

func (s *scenarioManager) loadEdit(file string, source []byte, include scenario.Loader) error {
	a, err := parseScenario(s.language, file, source, include)
	if err != nil {
		return err
	}
	a.own = true
	if s.active == nil || s.active.file != file || s.active.clockSettings() != a.clockSettings() {
		if err := a.setClock(s.clock); err != nil {
			return err
		}
	}
	if err := s.apply(a); err != nil {
		return err
	}
	s.first, s.saved = a, a.version
	return nil
}

// view is the active scenario for the control API. Without one, it may have the fault of an
// edit that was not applied. The caller holds mu.
func (s *scenarioManager) view() client.Scenario {
	a := cmp.Or(s.active, s.preset)
	if a == nil {
		return client.Scenario{File: s.file, Fault: s.fault, Version: s.saved}
	}
	view := client.Scenario{
		Name: a.Name, Description: a.Description, Source: string(a.Source), File: a.file, Fault: s.fault,
		Version: a.version, Saved: a.own,
	}
	if !a.own && s.saved != "" {
		view.Version = s.saved // an edit that is saved replaces that text
	}
	return view
}

// Loaded implements control.World.
func (p *worldRuntime) Loaded() (client.Scenario, bool) {
	s := p.scenarios
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(), s.active != nil || s.preset != nil
}

// Load implements control.World. What the scenario includes is looked for among the
// ready ones only: a caller of the control API cannot have files read.
func (p *worldRuntime) Load(file string, source []byte) (client.Scenario, error) {
	return p.scenarios.load(parseScenario(p.scenarios.language, file, source, scenarios.Load))
}

// Unload implements control.World.
func (p *worldRuntime) Unload() error {
	p.scenarios.mu.Lock()
	defer p.scenarios.mu.Unlock()
	return p.scenarios.apply(nil)
}

// parseScenario parses a scenario. The error of one with mistakes is a *control.ScenarioErrors.
func parseScenario(language scenario.Language, file string, source []byte, include scenario.Loader) (*loadedScenario, error) {
	file = cmp.Or(file, defaultFile)
	parsed, err := language.Parse(file, source, include)
	if err != nil {
		return nil, &control.ScenarioErrors{Faults: control.NewScenarioErrors(language.Check(file, source, include)), Cause: err}
	}
	return &loadedScenario{Scenario: parsed, file: file, version: versionOf(source)}, nil
}

// readyScenario reads a ready scenario.
func readyScenario(language scenario.Language, name string) (*loadedScenario, error) {
	file, source, err := scenarios.Load("", name)
	if err != nil {
		return nil, err
	}
	return parseScenario(language, file, source, scenarios.Load)
}

// presetScenario reads a preset; "" is none.
func presetScenario(language scenario.Language, name string) (*loadedScenario, error) {
	switch name = strings.TrimSuffix(name, ".yaml"); {
	case name == "":
		return nil, nil
	case !slices.Contains(scenarios.Presets(), name):
		text := fmt.Sprintf("no preset is called %.70q; there are %s", name, strings.Join(scenarios.Presets(), ", "))
		if near := suggest.Nearest(name, scenarios.Presets()); near != "" {
			text += "; did you mean " + near + "?"
		}
		return nil, errors.New(text)
	default:
		return readyScenario(language, name)
	}
}
