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
	Name        string `json:"name"` // without ".yaml"
	Description string `json:"description"`
	Preset      bool   `json:"preset"` // made to stand under other scenarios
	Rules       int    `json:"rules"`
	Source      []byte `json:"-"`
}

// Names lists the ready scenarios and the presets in alphabetical order, without
// ".yaml".
func Names() []string {
	all := append(namesIn("."), Presets()...)
	slices.Sort(all)
	return all
}

// Presets lists the presets in alphabetical order: background faults rather than
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
func Parse(language scenario.Language, name string) (*scenario.Scenario, error) {
	file, source, err := Load("", name)
	if err != nil {
		return nil, err
	}
	return language.Parse(file, source, Load)
}

// Describe tells about every ready scenario and preset, in the order of Names.
func Describe(language scenario.Language) ([]Ready, error) {
	var all []Ready
	presets := Presets()
	for _, name := range Names() {
		s, err := Parse(language, name)
		if err != nil {
			return nil, fmt.Errorf("reading the ready scenario: %w", err)
		}
		all = append(all, Ready{Name: name, Description: s.Description, Preset: slices.Contains(presets, name), Rules: s.Rules(), Source: s.Source})
	}
	return all, nil
}
