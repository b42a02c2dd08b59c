package mutant_test

import (
	"os/exec"
	"path"
	"slices"
	"testing"

	"github.com/darajabox/darajabox/internal/loadtest"
	"github.com/darajabox/darajabox/internal/loadtest/mutant"
)

const root = "../../.."

// Each mutant can be planted in today's code and compiles. Without -short, since a
// compiler is started for each.
func TestMutantsArePlanted(t *testing.T) {
	for _, m := range mutant.List() {
		t.Run(m.Name, func(t *testing.T) {
			overlay, err := m.Plant(root, t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if testing.Short() {
				return
			}
			args := []string{"build", "-overlay", overlay}
			for _, e := range m.Edits {
				args = append(args, "./"+path.Dir(e.File))
			}
			cmd := exec.CommandContext(t.Context(), "go", args...)
			cmd.Dir = root
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("it does not compile: %v\n%s", err, out)
			}
		})
	}
}

// An edit whose text is not there, or there twice, is an error that says so.
func TestStaleMutants(t *testing.T) {
	for name, old := range map[string]string{"gone": "no such text", "twice": "package"} {
		m := mutant.Mutant{Name: name, Edits: []mutant.Edit{{File: "internal/loadtest/mutant/mutant.go", Old: old}}}
		if _, err := m.Plant(root, t.TempDir()); err == nil {
			t.Errorf("%s: it was planted", name)
		}
	}
}

// Each rule of the checker has a mutant that breaks it, and names differ.
func TestEachRuleHasAMutant(t *testing.T) {
	names := make(map[string]bool)
	var broken []loadtest.Rule
	for _, m := range mutant.List() {
		if names[m.Name] {
			t.Errorf("two mutants are called %q", m.Name)
		}
		names[m.Name] = true
		broken = append(broken, m.Breaks...)
	}
	for _, r := range loadtest.Rules() {
		if !slices.Contains(broken, r) {
			t.Errorf("no mutant breaks the rule %q", r)
		}
	}
}
