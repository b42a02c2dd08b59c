package scenario

import (
	"bytes"
	"cmp"
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

// Parse reads a scenario that may include those that load finds; load may be nil. file is
// its name in messages. The error is an *Error and is the first mistake; Check finds them
// all.
func (l Language) Parse(file string, src []byte, load Loader) (*Scenario, error) {
	s, errs := newProject(l, load).parse(file, src)
	if len(errs) > 0 {
		return nil, errs[0]
	}
	return s, nil
}

// Check returns every mistake in a scenario and in what it includes, at most 100, in
// the order of the files. A mistake in the YAML itself hides those in its meaning.
// load may be nil.
func (l Language) Check(file string, src []byte, load Loader) []*Error {
	_, errs := newProject(l, load).parse(file, src)
	return errs
}

// readFile reads one file, and returns what it includes beside what it says itself.
// The scenario is nil when it has mistakes.
func readFile(r *reader, src []byte) (*Scenario, []included) {
	root := readYAML(r, src)
	if root == nil {
		return nil, nil
	}
	if root.kind == emptyNode {
		r.add(root.at, problem{What: "the scenario is empty", Expected: contents})
		return nil, nil
	}
	d, _ := r.language.document.read(r, root, "the scenario")
	if len(r.list) > 0 {
		return nil, d.includes
	}
	s := d.Scenario
	s.Name, s.Source = cmp.Or(s.Name, baseName(r.file)), bytes.Clone(src)
	for i := range s.rules {
		s.rules[i].by = s.rules[i].title(i+1, s.Name)
	}
	return &s, d.includes
}

// readYAML turns a text into nodes, or reports why it cannot.
func readYAML(r *reader, src []byte) *node {
	src = bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")) // some editors begin a file with this mark
	root, wrong := parseYAML(src)
	if wrong != nil {
		r.addError(wrong)
	}
	r.source = string(src)
	return root
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

// Setup is how the scenario sets up a world. Each call begins anew: the counters of
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
	return new(*p)
}
