package scenario

import (
	"bytes"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator"
)

// Scenario is a parsed file. It does not change: one can set up any number of
// worlds, at the same time.
type Scenario struct {
	Name        string // as written, or the file's base name
	Description string
	Source      []byte // the file itself

	settings  map[string]string
	customers []simulator.CustomerSetup
	rules     []rule
}

// Parse reads a scenario. file is its name in messages. The error is an *Error and
// is the first mistake in the file; Check finds them all.
func Parse(file string, src []byte) (*Scenario, error) {
	s, errs := parse(file, src)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return s, nil
}

// Check returns every mistake in a scenario, at most 100, in the order of the file.
// A mistake in the YAML itself hides those in its meaning.
func Check(file string, src []byte) []*Error {
	_, errs := parse(file, src)
	return errs
}

func parse(file string, src []byte) (*Scenario, []*Error) {
	r := newReader(file)
	text := bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")) // some editors begin a file with this mark
	at, p := checkSource(text)
	var root *node
	if p == nil {
		root, at, p = parseYAML(text)
	}
	if p != nil {
		r.add(at, *p)
		return nil, r.sorted()
	}
	d := readDocument(r, root)
	if len(r.all) > 0 {
		return nil, r.sorted()
	}
	return &Scenario{
		Name: d.name, Description: d.description, Source: bytes.Clone(src),
		settings: d.settings, customers: d.customers, rules: d.rules,
	}, nil
}

func readDocument(r *reader, root *node) document {
	d := document{name: baseName(r.file)}
	if root.kind == empty {
		r.add(root.at, problem{what: "the scenario is empty", expected: "rules: with what becomes of each payment, or world: with settings or customers"})
		return d
	}
	seen := readMapping(r, root, "the scenario", r.language.document, &d)
	if seen != nil && !seen.has("rules") && !seen.has("world") {
		r.add(root.at, problem{what: "the scenario has no rules and no world", expected: "rules: with what becomes of each payment, or world: with settings or customers"})
	}
	return d
}

// baseName is the name of a scenario that does not say its own.
func baseName(file string) string {
	base := filepath.Base(file)
	name := strings.TrimSuffix(strings.TrimSuffix(base, ".yaml"), ".yml")
	if name == "" || name == "." || name == string(filepath.Separator) {
		return "scenario"
	}
	return name
}

// Setup is what the scenario makes of a world. Each call begins anew: the counters of
// sequence and times are the returned Decider's own. Decider is nil when the scenario
// has no rules.
func (s *Scenario) Setup() simulator.Setup {
	setup := simulator.Setup{Settings: maps.Clone(s.settings), Customers: slices.Clone(s.customers)}
	if len(s.rules) > 0 {
		setup.Decider = &decider{rules: s.rules, used: make([]int, len(s.rules))}
	}
	return setup
}

// Rules is how many rules s has.
func (s *Scenario) Rules() int { return len(s.rules) }
