package scenario

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// Scenario is a parsed file. It does not change: one can set up any number of
// worlds, at the same time.
type Scenario struct {
	Name        string // as written, or the file's base name
	Description string
	Source      []byte // the file itself, without what it includes

	seed          *int64
	clock         *ClockSetup
	settings      map[string]string
	customers     []simulator.CustomerSetup
	organisations []simulator.OrganisationSetup
	rules         []rule
}

// ClockSetup is how a scenario wants the world's clock.
type ClockSetup struct {
	Frozen bool      // it stands still until it is advanced
	At     time.Time // what it shows at the start; zero is the machine's time
	Speed  float64   // how many times faster than the machine's; 0 says nothing of it
}

// Parse reads a scenario that includes no other. file is its name in messages. The
// error is an *Error and is the first mistake; Check finds them all.
func Parse(file string, src []byte) (*Scenario, error) { return ParseWith(file, src, nil) }

// ParseWith is Parse for a scenario that may include those that load finds.
func ParseWith(file string, src []byte, load Loader) (*Scenario, error) {
	s, errs := parse(file, src, load)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return s, nil
}

// Check returns every mistake in a scenario and in what it includes, at most 100, in
// the order of the files. A mistake in the YAML itself hides those in its meaning.
// load may be nil.
func Check(file string, src []byte, load Loader) []*Error {
	_, errs := parse(file, src, load)
	return errs
}

func parse(file string, src []byte, load Loader) (*Scenario, []*Error) {
	p := project{load: load, seen: make(map[string]bool)}
	s := p.read(file, src, nil)
	p.checkStates()
	if s != nil && len(s.rules) > maxAllRules {
		p.readers[0].add(place{1, 1}, problem{what: fmt.Sprintf("there are %d rules with the included ones", len(s.rules)), expected: fmt.Sprintf("at most %d", maxAllRules)})
	}
	if errs := p.faults(); len(errs) > 0 {
		return nil, errs
	}
	return s, nil
}

// readFile reads one file, and returns what it includes beside what it says itself.
// The scenario is nil when it has mistakes.
func readFile(r *reader, src []byte) (*Scenario, []included) {
	root := readYAML(r, src)
	if root == nil {
		return nil, nil
	}
	d := readDocument(r, root)
	if len(r.all) > 0 {
		return nil, d.includes
	}
	for i := range d.rules {
		d.rules[i].by = d.rules[i].title(i+1, d.name)
	}
	return &Scenario{
		Name: d.name, Description: d.description, Source: bytes.Clone(src),
		seed: d.seed, clock: d.clock, settings: d.settings, customers: d.customers, organisations: d.organisations, rules: d.rules,
	}, d.includes
}

// readYAML turns a text into nodes, or reports why it cannot.
func readYAML(r *reader, src []byte) *node {
	text := bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")) // some editors begin a file with this mark
	at, p := checkSource(text)
	var root *node
	if p == nil {
		r.source = string(text)
		root, at, p = parseYAML(text)
	}
	if p != nil {
		r.add(at, *p)
		return nil
	}
	return root
}

// nothing is expected of a scenario that says nothing.
const nothing = "rules: with what happens to each payment, world: with settings or customers, or include: with another scenario"

func readDocument(r *reader, root *node) document {
	d := document{name: baseName(r.file)}
	if root.kind == empty {
		r.add(root.at, problem{what: "the scenario is empty", expected: nothing})
		return d
	}
	seen := readMapping(r, root, "the scenario", r.language.document, &d)
	if lacks(seen, r.language.document, "rules") && !seen.has("world") && !seen.has("include") {
		r.add(root.at, problem{what: "the scenario has no rules and no world", expected: nothing})
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
// sequence and times, the state and the arrivals are the returned Decider's own.
// Decider is nil when the scenario has no rules.
func (s *Scenario) Setup() simulator.Setup {
	setup := simulator.Setup{
		Seed: clone(s.seed), Settings: maps.Clone(s.settings),
		Customers: slices.Clone(s.customers), Organisations: slices.Clone(s.organisations),
	}
	if len(s.rules) > 0 {
		setup.Decider = newDecider(s.rules)
	}
	return setup
}

// Clock is how the scenario wants the world's clock, or nil when it does not say.
func (s *Scenario) Clock() *ClockSetup { return clone(s.clock) }

// Rules is how many rules s has, the included ones counted.
func (s *Scenario) Rules() int { return len(s.rules) }

// clone copies what a pointer points to, so that a caller cannot change it.
func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}
