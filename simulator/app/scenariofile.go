package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// ScenarioStore keeps the text of the default world's scenario, which the console may
// edit: a file. Its methods may be called concurrently.
type ScenarioStore interface {
	// Include is a scenario.Loader for a text that came over the control API. Its sender
	// sees lines of what it returns in messages, and needs no login: it must return no
	// file but those that a sender may read.
	Include(from, name string) (file string, source []byte, err error)

	// Read is what the file says now.
	Read() ([]byte, error)
	// Writable reports whether the file can be written.
	Writable() bool
	// Replace puts source into the file unless check refuses what it says
	// now, or the error of reading it; then it calls load. A watcher of the file
	// counts source as loaded. The error is an ErrReplaced when the file's name stands for
	// something else now.
	Replace(source []byte, check func(now []byte, err error) error, load func() error) error
}

// ErrReplaced says that a scenario's file can no longer be written, since its name
// stands for something else.
var ErrReplaced = errors.New("not the file that it was")

// Replaced is err as an ErrReplaced, with its own text.
func Replaced(err error) error { return classified{err, ErrReplaced} }

// versionOf identifies the text of a scenario.
func versionOf(source []byte) string {
	sum := sha256.Sum256(source)
	return hex.EncodeToString(sum[:8])
}

// ScenarioFile implements control.World.
func (p *worldRuntime) ScenarioFile() control.FileState {
	f := p.config.file
	if f == nil {
		return control.FileState{}
	}
	state := control.FileState{Name: p.config.fileName, Writable: f.Writable()}
	now, err := f.Read()
	if err == nil {
		state.Version = versionOf(now)
	}
	state.Gone = errors.Is(err, fs.ErrNotExist)
	return state
}

// SaveScenario implements control.World.
func (p *worldRuntime) SaveScenario(source []byte, version string, overwrite bool) (client.Scenario, error) {
	f, name := p.config.file, p.config.fileName
	if f == nil {
		return client.Scenario{}, notFound("the world %s has no scenario file", p.config.id)
	}
	if _, err := parseScenario(p.scenarios.language, name, source, f.Include); err != nil {
		return client.Scenario{}, err
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
	load := func() error {
		version := versionOf(source)
		p.saved.Store(&version)
		return p.scenarios.reload(name, source, f.Include)
	}
	if err := f.Replace(source, check, load); err != nil {
		if errors.Is(err, ErrReplaced) {
			err = classified{err, control.ErrConflict}
		}
		return client.Scenario{}, fmt.Errorf("saving the scenario: %w", err)
	}
	loaded, _ := p.Loaded()
	return loaded, nil
}

// includeFor finds what the text of the scenario's file includes. A text that the control
// API saved is still its sender's when the file is read again.
func (p *worldRuntime) includeFor(source []byte) scenario.Loader {
	if saved := p.saved.Load(); saved != nil && *saved == versionOf(source) {
		return p.config.file.Include
	}
	return p.config.include
}
