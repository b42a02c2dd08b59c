package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// ScenarioStore keeps the text of the default world's scenario, which the console may
// edit: a file. Its methods may be called concurrently.
type ScenarioStore interface {
	// Read is what the file says now.
	Read() ([]byte, error)
	// Writable reports whether the file can be written.
	Writable() bool
	// Replace puts source into the file unless check refuses what it says
	// now, or the error of reading it; then it calls load. Whoever watches the file
	// takes source for loaded.
	Replace(source []byte, check func(now []byte, err error) error, load func() error) error
}

// versionOf tells texts of a scenario apart.
func versionOf(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:8])
}

// ScenarioFile implements control.World.
func (p *place) ScenarioFile() control.FileState {
	f := p.plan.file
	if f == nil {
		return control.FileState{}
	}
	loaded, _ := p.stage.Loaded()
	now, err := f.Read()
	return control.FileState{
		Name: p.plan.fileName, Writable: f.Writable(), Gone: errors.Is(err, fs.ErrNotExist),
		Changed: err != nil || versionOf(now) != loaded.Version,
	}
}

// SaveScenario implements control.World.
func (p *place) SaveScenario(source []byte, version string, overwrite bool) (control.Scenario, error) {
	f, name := p.plan.file, p.plan.fileName
	if f == nil {
		return control.Scenario{}, missing{fmt.Errorf("the world %s has no scenario file", p.plan.id)}
	}
	if _, err := scenario.ParseWith(name, source, p.plan.include); err != nil {
		return control.Scenario{}, &control.ScenarioFaults{Faults: control.ScenarioFaultsOf(scenario.Check(name, source, p.plan.include)), Cause: err}
	}
	check := func(now []byte, err error) error {
		switch {
		case overwrite:
			return nil
		case err != nil:
			return fmt.Errorf("%w: %s cannot be read any more: %w; save again with overwrite to write it anew", control.ErrConflict, name, err)
		case versionOf(now) != version:
			return fmt.Errorf("%w: %s has changed on disk since this edit began; reload it and edit again, or save again with overwrite to replace what is there", control.ErrConflict, name)
		}
		return nil
	}
	if err := f.Replace(source, check, func() error { return p.stage.reload(name, source, p.plan.include) }); err != nil {
		return control.Scenario{}, fmt.Errorf("saving the scenario: %w", err)
	}
	loaded, _ := p.stage.Loaded()
	return loaded, nil
}
