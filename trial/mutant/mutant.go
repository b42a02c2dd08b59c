// Package mutant has faults to be planted in the gateway one by one, so that the judge
// of package trial can be judged: each must be found by the rule that it breaks. They
// are planted by `go build -overlay`, which leaves the files alone.
package mutant

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/darajabox/darajabox/trial"
)

// Mutant is a fault of a few lines.
type Mutant struct {
	Name   string
	Breaks []trial.Rule // the chaos run must find that one of these is broken
	Edits  []Edit
	Store  Store
	Short  bool // part of the short form
}

// Edit replaces a text that stands once in a file by another.
type Edit struct {
	File string // from the root of the module
	Old  string
	New  string
}

// Store is the database of the chaos run that must find a mutant.
type Store string

// The stores.
const (
	SQLite   Store = "SQLite"
	Postgres Store = "Postgres"
)

// errStale is an edit that its file has outgrown.
var errStale = errors.New("the file has changed: bring the edit up to date in trial/mutant/list.go")

// apply returns source with e done to it.
func (e Edit) apply(source string) (string, error) {
	if n := strings.Count(source, e.Old); n != 1 {
		return "", fmt.Errorf("%s has the text %d times, not once: %q: %w", e.File, n, e.Old, errStale)
	}
	return strings.Replace(source, e.Old, e.New, 1), nil
}

// sources are the files of m below root as the mutant has them.
func (m Mutant) sources(root string) (map[string]string, error) {
	all := make(map[string]string)
	for _, e := range m.Edits {
		source, ok := all[e.File]
		if !ok {
			raw, err := os.ReadFile(filepath.Join(root, e.File))
			if err != nil {
				return nil, fmt.Errorf("mutant %s: %w", m.Name, err)
			}
			source = string(raw)
		}
		source, err := e.apply(source)
		if err != nil {
			return nil, fmt.Errorf("mutant %s: %w", m.Name, err)
		}
		all[e.File] = source
	}
	return all, nil
}

// Plant writes what `go build -overlay` needs into dir and returns the file that it
// takes. root is the module's.
func (m Mutant) Plant(root, dir string) (overlay string, err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return "", fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	sources, err := m.sources(root)
	if err != nil {
		return "", err
	}
	replace := make(map[string]string)
	for file, source := range sources {
		to := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(to, []byte(source), 0o600); err != nil {
			return "", fmt.Errorf("mutant %s: %w", m.Name, err)
		}
		replace[filepath.Join(root, file)] = to
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	overlay = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlay, raw, 0o600); err != nil {
		return "", fmt.Errorf("mutant %s: %w", m.Name, err)
	}
	return overlay, nil
}
