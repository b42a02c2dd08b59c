package scenario_test

import (
	"os"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// TestExampleOfTheDocumentation: the file that the package's comment shows is one.
func TestExampleOfTheDocumentation(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var example strings.Builder
	for line := range strings.Lines(string(doc)) {
		if code, ok := strings.CutPrefix(line, "//\t"); ok {
			example.WriteString(code)
		}
	}
	load := func(from, name string) (string, []byte, error) {
		if name == "./more.yaml" {
			return "more.yaml", []byte("world: {}"), nil
		}
		return scenarios.Load(from, name)
	}
	if s, err := scenario.ParseWith("doc.yaml", []byte(example.String()), load); err != nil || s.Name != "timeout-then-paid" {
		t.Errorf("%v\n%s", err, example.String())
	}
}
