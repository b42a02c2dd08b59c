// Package scenarios holds the ready failure cases, one YAML file each, and the presets.
// The JSON Schema beside them is for editors. The language is package
// simulator/scenario.
package scenarios

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator/scenario"
)

//go:embed *.yaml presets/*.yaml
var files embed.FS

const (
	extension = ".yaml"
	presetDir = "presets"
)

// Ready is a scenario that comes with the program.
type Ready struct {
	Name        string // without ".yaml"
	Description string
	Preset      bool // made to stand under other scenarios
	Rules       int
	Source      []byte
}

// Names lists the ready scenarios and the presets in alphabetical order, without
// ".yaml".
func Names() []string {
	all := append(namesIn("."), Presets()...)
	slices.Sort(all)
	return all
}

// Presets lists the presets in alphabetical order: kinds of weather rather than
// cases, made to be included under a scenario.
func Presets() []string { return namesIn(presetDir) }

func namesIn(dir string) []string {
	entries, _ := fs.Glob(files, path.Join(dir, "*"+extension)) // only a malformed pattern is an error
	for i, e := range entries {
		entries[i] = strings.TrimSuffix(path.Base(e), extension)
	}
	return entries
}

// Read returns the file of a ready scenario or preset, named with or without ".yaml".
// The error for a name that there is none of is a *scenario.NotFound.
func Read(name string) ([]byte, error) {
	name = strings.TrimSuffix(name, extension)
	switch {
	case slices.Contains(namesIn("."), name):
		return files.ReadFile(name + extension)
	case slices.Contains(Presets(), name):
		return files.ReadFile(path.Join(presetDir, name+extension))
	}
	return nil, &scenario.NotFound{Name: name, Known: Names()}
}

// Load is Read for scenarios that include ready ones; it is a scenario.Loader.
func Load(_, name string) (file string, source []byte, err error) {
	source, err = Read(name)
	return strings.TrimSuffix(name, extension) + extension, source, err
}

// Parse reads a ready scenario or preset.
func Parse(name string) (*scenario.Scenario, error) {
	file, source, err := Load("", name)
	if err != nil {
		return nil, err
	}
	return scenario.ParseWith(file, source, Load)
}

// Describe tells about every ready scenario and preset, in the order of Names.
func Describe() ([]Ready, error) {
	var all []Ready
	presets := Presets()
	for _, name := range Names() {
		s, err := Parse(name)
		if err != nil {
			return nil, fmt.Errorf("reading the ready scenario: %w", err)
		}
		all = append(all, Ready{Name: name, Description: s.Description, Preset: slices.Contains(presets, name), Rules: s.Rules(), Source: s.Source})
	}
	return all, nil
}
