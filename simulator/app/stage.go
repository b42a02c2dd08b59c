package app

import (
	"context"
	"fmt"
	"sync"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// defaultFile names a scenario that came without a file, in messages.
const defaultFile = "scenario.yaml"

// stage is where scenarios are put on and taken off, and everything is brought
// back to the start.
type stage struct {
	world   *simulator.World
	sender  *callback.Sender
	journal *journal.Journal

	mu     sync.Mutex // held for a whole change, so that two do not mix
	loaded *control.Scenario
}

var (
	_ control.Scenarios = (*stage)(nil)
	_ control.Resetter  = (*stage)(nil)
)

// start loads the scenario of c, if it has one.
func (s *stage) start(c Config) error {
	var err error
	switch {
	case c.ScenarioSource != nil:
		file := c.ScenarioName
		if file == "" {
			file = defaultFile
		}
		_, err = s.load(file, c.ScenarioSource)
	case c.Scenario != "":
		_, err = s.LoadReady(c.Scenario)
	}
	return err
}

// Loaded implements control.Scenarios.
func (s *stage) Loaded() (control.Scenario, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loaded == nil {
		return control.Scenario{}, false
	}
	return *s.loaded, true
}

// Load implements control.Scenarios.
func (s *stage) Load(source []byte) (control.Scenario, error) { return s.load(defaultFile, source) }

// LoadReady implements control.Scenarios.
func (s *stage) LoadReady(name string) (control.Scenario, error) {
	source, err := scenarios.Read(name)
	if err != nil {
		return control.Scenario{}, err
	}
	return s.load(name+".yaml", source)
}

func (s *stage) load(file string, source []byte) (control.Scenario, error) {
	parsed, err := scenario.Parse(file, source)
	if err != nil {
		return control.Scenario{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.world.Apply(parsed.Setup()); err != nil {
		return control.Scenario{}, fmt.Errorf("%s: %w", file, err)
	}
	s.loaded = &control.Scenario{Name: parsed.Name, Description: parsed.Description, Source: string(parsed.Source)}
	return *s.loaded, nil
}

// Unload implements control.Scenarios.
func (s *stage) Unload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.world.Apply(simulator.Setup{}); err != nil {
		return err
	}
	s.loaded = nil
	return nil
}

// Reset implements control.Resetter. The world goes first, so that nothing new is
// planned while the rest is emptied.
func (s *stage) Reset(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.Reset()
	s.loaded = nil
	err := s.sender.Reset(ctx)
	s.journal.Reset()
	return err
}
