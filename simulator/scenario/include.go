package scenario

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/suggest"
	"github.com/darajabox/darajabox/simulator"
)

// Limits of include.
const (
	maxIncludes = 16      // in one file
	maxFiles    = 64      // in one scenario, the first file counted
	maxNesting  = 8       // of files in files
	maxTotal    = 1 << 20 // bytes of all files
)

// Loader finds a scenario that another one includes. from is the file that names it,
// as messages say it. The error is a *NotFound when there is no such scenario.
type Loader func(from, name string) (file string, source []byte, err error)

// NotFound is a name that no scenario has.
type NotFound struct {
	Name  string
	Known []string // the names there are
}

// Error says which name is the nearest, or which names there are.
func (e *NotFound) Error() string {
	if near := suggest.Nearest(e.Name, e.Known); near != "" {
		return fmt.Sprintf("no ready scenario is called %s; did you mean %q?", quote(e.Name), near)
	}
	return fmt.Sprintf("no ready scenario is called %s; there are %s", quote(e.Name), strings.Join(e.Known, ", "))
}

// project is a scenario file with everything that it includes.
type project struct {
	language *language
	load     Loader
	seen     map[string]bool // files that are part of it already
	bytes    int
	readers  []*reader // in the order in which the files are named
}

func newProject(l Language, load Loader) *project {
	return &project{language: l.language(), load: load, seen: make(map[string]bool)}
}

// parse reads a file with what it includes. The scenario is nil when there are mistakes:
// those of the first file come first.
func (p *project) parse(file string, src []byte) (*Scenario, []*Error) {
	s := p.read(file, src, nil)
	p.checkStates()
	if s != nil && len(s.rules) > maxAllRules {
		what := fmt.Sprintf("there are %d rules with the included ones", len(s.rules))
		p.readers[0].add(position{1, 1}, problem{What: what, Expected: fmt.Sprintf("at most %d", maxAllRules)})
	}
	var all []*Error
	for _, r := range p.readers {
		all = append(all, r.sorted()...)
	}
	if len(all) > 0 {
		return nil, all[:min(len(all), maxMistakes)]
	}
	return s, nil
}

// read reads a file and what it includes; stack is the files that led to it. It
// returns nil when the file itself has mistakes.
func (p *project) read(file string, src []byte, stack []string) *Scenario {
	p.seen[file] = true
	p.bytes += len(src)
	r := newReader(p.language, file)
	p.readers = append(p.readers, r)
	s, includes := readFile(r, src)
	stack = append(slices.Clone(stack), file)
	for _, inc := range includes {
		if other := p.include(r, inc, stack); other != nil && s != nil {
			s = s.Including(other)
		}
	}
	return s
}

// include loads what inc names, or reports why it cannot.
func (p *project) include(r *reader, inc included, stack []string) *Scenario {
	if p.load == nil {
		r.add(inc.at, problem{What: "there is nothing here that " + quote(inc.name) + " could be included from", Expected: "a scenario without include"})
		return nil
	}
	file, src, err := p.load(r.file, inc.name)
	var wrong problem
	var unknown *NotFound
	switch {
	case errors.As(err, &unknown):
		wrong = problem{What: "no ready scenario is called " + quote(inc.name), Expected: "a file such as ./mine.yaml, or a ready scenario"}
		if wrong.Nearest = suggest.Nearest(inc.name, unknown.Known); wrong.Nearest == "" {
			wrong.Expected = "a file such as ./mine.yaml, or " + oneOf(unknown.Known)
		}
	case err != nil:
		what := fmt.Sprintf("%s cannot be included: %s", quote(inc.name), oneLine(err.Error()))
		wrong = problem{What: what, Expected: "a file that can be read, or the name of a ready scenario"}
	case slices.Contains(stack, file):
		circle := strings.Join(append(stack[slices.Index(stack, file):], file), " includes ")
		wrong = problem{What: "this file includes itself: " + circle, Expected: "a way without a circle"}
	case p.seen[file]: // once is enough
		return nil
	case len(stack) >= maxNesting || len(p.seen) >= maxFiles || p.bytes+len(src) > maxTotal:
		limits := fmt.Sprintf("at most %d files, %d deep, of %d bytes in all", maxFiles, maxNesting, maxTotal)
		wrong = problem{What: "there is too much to include", Expected: limits}
	default:
		return p.read(file, src, stack)
	}
	r.add(inc.at, wrong)
	return nil
}

// oneLine keeps a message of another package on one line.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}

// Including is s with other under it, as if s included it: the rules of s come first, and
// where both set the same thing, s wins. Neither is changed.
func (s *Scenario) Including(other *Scenario) *Scenario {
	out := *s
	out.seed, out.clock = cmp.Or(s.seed, other.seed), cmp.Or(s.clock, other.clock)
	out.settings = merge(s.settings, other.settings)
	out.customers = union(s.customers, other.customers, func(c simulator.CustomerSetup) daraja.MSISDN { return c.Phone })
	out.organisations = union(s.organisations, other.organisations, func(o simulator.OrganisationSetup) string { return o.Shortcode })
	out.rules = slices.Concat(s.rules, other.rules)
	return &out
}
