// Package mutant has faults to be planted in the gateway one by one, to test the checker
// of package loadtest: each must be found by the rule that it breaks. They are planted by
// `go build -overlay`, which leaves the files alone.
package mutant

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/darajabox/darajabox/internal/loadtest"
)

// Mutant is a fault of a few lines.
type Mutant struct {
	Name     string
	Breaks   []loadtest.Rule // the chaos run must find that one of these is broken
	Edits    []Edit
	Postgres bool // the chaos run is that on PostgreSQL, not SQLite
	Short    bool // part of the short form
}

// Edit replaces a text that stands once in a file by another.
type Edit struct {
	File string // from the root of the module
	Old  string
	New  string
}

// apply returns source with e done to it.
func (e Edit) apply(source string) (string, error) {
	if n := strings.Count(source, e.Old); n != 1 {
		return "", fmt.Errorf("%s has the text %d times, not once: %q; bring internal/loadtest/mutant/list.go up to date", e.File, n, e.Old)
	}
	return strings.Replace(source, e.Old, e.New, 1), nil
}

// Plant writes what `go build -overlay` needs into dir and returns the file that it
// takes. root is the module's.
func (m Mutant) Plant(root, dir string) (overlay string, err error) {
	root, err = filepath.Abs(root)
	if err != nil {
		return "", err
	}
	replace := make(map[string]string) // the edited file by its original
	for _, e := range m.Edits {
		original := filepath.Join(root, e.File)
		source, err := os.ReadFile(cmp.Or(replace[original], original))
		if err != nil {
			return "", err
		}
		edited, err := e.apply(string(source))
		if err != nil {
			return "", err
		}
		replace[original] = filepath.Join(dir, strings.ReplaceAll(e.File, "/", "_"))
		if err := os.WriteFile(replace[original], []byte(edited), 0o600); err != nil { //nolint:gosec // the names are in the table of mutants
			return "", err
		}
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(dir, "overlay.json")
	return overlay, os.WriteFile(overlay, raw, 0o600)
}
