package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// defaultFile names a scenario that came without a file, in messages.
const defaultFile = "scenario.yaml"

// act is a scenario that can be put on.
type act struct {
	*scenario.Scenario
	file    string // "" for one that came without
	version string // of its text
	own     bool   // the text is that of the world's scenario file
}

// stage is where a world's scenarios are put on and taken off.
type stage struct {
	world  *simulator.World
	clock  *clock.Clock
	preset *act // under every scenario, and in charge when there is none; nil for none

	mu    sync.Mutex // held for a whole change, so that two do not mix
	on    *act       // in charge over the preset; nil for none
	first *act       // what a reset puts on: the first one, or the latest edit of its file; nil for none
	saved string     // version of the scenario file's text that was loaded last
	fault string     // of the latest edit of a file, which was not taken
	file  string     // that it was in
}

// open puts on the first scenario, and the time that it wants where asked does not
// want another.
func (s *stage) open(first *act, asked timing) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := timing{}
	for _, a := range []*act{s.preset, first} {
		if a != nil {
			wanted = wanted.under(timingOf(a))
		}
	}
	if err := wanted.under(asked).apply(s.clock); err != nil {
		return err
	}
	if s.first = first; first != nil && first.own {
		s.saved = first.version
	}
	return s.put(first)
}

// put applies a, or nothing, over the preset. The caller holds mu.
func (s *stage) put(a *act) error {
	setup, file := simulator.Setup{}, ""
	switch {
	case a != nil && s.preset != nil:
		setup, file = a.Over(s.preset.Scenario).Setup(), a.file
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
	s.on, s.fault, s.file = a, "", ""
	return nil
}

// load puts a on, and the time that it wants.
func (s *stage) load(a *act) (control.Scenario, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := timingOf(a).apply(s.clock); err != nil {
		return control.Scenario{}, fmt.Errorf("%s: world.clock: %w", a.file, err)
	}
	if err := s.put(a); err != nil {
		return control.Scenario{}, err
	}
	return s.shown(), nil
}

// reload puts on a new edit of a file. One that is at fault is not taken: what is on
// stays, and the fault is remembered. An edit that leaves world.clock as it was leaves
// the time alone.
func (s *stage) reload(file string, source []byte, include scenario.Loader) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.take(file, source, include)
	if err != nil {
		s.fault, s.file = err.Error(), file
	}
	return err
}

func (s *stage) take(file string, source []byte, include scenario.Loader) error {
	parsed, err := scenario.ParseWith(file, source, include)
	if err != nil {
		return err
	}
	a := &act{Scenario: parsed, file: file, version: versionOf(source), own: true}
	if s.on == nil || s.on.file != file || timingOf(s.on) != timingOf(a) {
		if err := timingOf(a).apply(s.clock); err != nil {
			return fmt.Errorf("%s: world.clock: %w", file, err)
		}
	}
	if err := s.put(a); err != nil {
		return err
	}
	s.first, s.saved = a, a.version
	return nil
}

// restart puts on what the world began with, its counters anew. The caller holds mu.
func (s *stage) restart() error { return s.put(s.first) }

// unload takes off what is on; the preset stays. The caller holds mu.
func (s *stage) unload() error { return s.put(nil) }

// Loaded is the scenario in charge. Without one, it may still have the fault of an
// edit that was not taken.
func (s *stage) Loaded() (control.Scenario, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown(), s.on != nil || s.preset != nil
}

// shown is what is in charge, for the control API. The caller holds mu.
func (s *stage) shown() control.Scenario {
	a := s.on
	if a == nil {
		a = s.preset
	}
	if a == nil {
		return control.Scenario{File: s.file, Fault: s.fault, Version: s.saved}
	}
	shown := control.Scenario{Name: a.Name, Description: a.Description, Source: string(a.Source), File: a.file, Fault: s.fault, Version: a.version, FromFile: a.own}
	if !a.own && s.saved != "" {
		shown.Version = s.saved // an edit of it that is saved replaces that
	}
	return shown
}

// Loaded implements control.World.
func (p *place) Loaded() (control.Scenario, bool) { return p.stage.Loaded() }

// Load implements control.World. What the scenario includes is looked for among the
// ready ones only: a caller of the control API cannot have files read.
func (p *place) Load(file string, source []byte) (control.Scenario, error) {
	a, err := newAct(file, source, scenarios.Load)
	if err != nil {
		return control.Scenario{}, err
	}
	return p.stage.load(a)
}

// LoadReady implements control.World.
func (p *place) LoadReady(name string) (control.Scenario, error) {
	a, err := readyAct(name)
	if err != nil {
		return control.Scenario{}, err
	}
	return p.stage.load(a)
}

// Unload implements control.World.
func (p *place) Unload() error {
	p.stage.mu.Lock()
	defer p.stage.mu.Unlock()
	return p.stage.unload()
}

// Outcome implements control.World.
func (p *place) Outcome(then []byte) (simulator.Outcome, error) { return scenario.ParseThen(then) }

// newAct reads a scenario.
func newAct(file string, source []byte, include scenario.Loader) (*act, error) {
	if file == "" {
		file = defaultFile
	}
	parsed, err := scenario.ParseWith(file, source, include)
	if err != nil {
		return nil, err
	}
	return &act{Scenario: parsed, file: file, version: versionOf(source)}, nil
}

// readyAct reads a ready scenario.
func readyAct(name string) (*act, error) {
	file, source, err := scenarios.Load("", name)
	if err != nil {
		return nil, err
	}
	return newAct(file, source, scenarios.Load)
}

// presetAct reads a preset; "" is none.
func presetAct(name string) (*act, error) {
	switch name = strings.TrimSuffix(name, ".yaml"); {
	case name == "":
		return nil, nil
	case !slices.Contains(scenarios.Presets(), name):
		text := fmt.Sprintf("no preset is called %.70q; there are %s", name, strings.Join(scenarios.Presets(), ", "))
		if near := simulator.Nearest(name, scenarios.Presets()); near != "" {
			text += "; did you mean " + near + "?"
		}
		return nil, errors.New(text)
	default:
		return readyAct(name)
	}
}
