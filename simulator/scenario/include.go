package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
	if near := simulator.Nearest(e.Name, e.Known); near != "" {
		return fmt.Sprintf("no ready scenario is called %s; did you mean %q?", quote(e.Name), near)
	}
	return fmt.Sprintf("no ready scenario is called %s; there are %s", quote(e.Name), strings.Join(e.Known, ", "))
}

// project is a scenario file with everything that it includes.
type project struct {
	load    Loader
	seen    map[string]bool // files that are part of it already
	bytes   int
	readers []*reader // in the order in which the files are named
}

// read reads a file and what it includes; stack is the files that led to it. It
// returns nil when the file itself has mistakes.
func (p *project) read(file string, src []byte, stack []string) *Scenario {
	p.seen[file] = true
	p.bytes += len(src)
	r := newReader(file)
	p.readers = append(p.readers, r)
	s, includes := readFile(r, src)
	stack = append(slices.Clone(stack), file)
	for _, inc := range includes {
		if other := p.include(r, inc, stack); other != nil && s != nil {
			s = s.Over(other)
		}
	}
	return s
}

// faults are the mistakes of all files, those of the first file first.
func (p *project) faults() []*Error {
	var all []*Error
	for _, r := range p.readers {
		all = append(all, r.sorted()...)
	}
	return all[:min(len(all), maxFaults)]
}

// include loads what inc names, or reports why it cannot.
func (p *project) include(r *reader, inc included, stack []string) *Scenario {
	if p.load == nil {
		r.add(inc.at, problem{what: "there is nothing here that " + quote(inc.name) + " could be included from", expected: "a scenario without include"})
		return nil
	}
	file, src, err := p.load(r.file, inc.name)
	var unknown *NotFound
	switch {
	case errors.As(err, &unknown):
		p := problem{what: "no ready scenario is called " + quote(inc.name), expected: "a file such as ./mine.yaml, or " + oneOf(unknown.Known), nearest: simulator.Nearest(inc.name, unknown.Known)}
		if p.nearest != "" {
			p.expected = "a file such as ./mine.yaml, or a ready scenario"
		}
		r.add(inc.at, p)
	case err != nil:
		r.add(inc.at, problem{what: fmt.Sprintf("%s cannot be included: %s", quote(inc.name), oneLine(err.Error())), expected: "a file that can be read, or the name of a ready scenario"})
	case slices.Contains(stack, file):
		r.add(inc.at, problem{what: "this file includes itself: " + strings.Join(append(stack[slices.Index(stack, file):], file), " includes "), expected: "a way without a circle"})
	case p.seen[file]: // once is enough
	case len(stack) >= maxNesting || len(p.seen) >= maxFiles || p.bytes+len(src) > maxTotal:
		r.add(inc.at, problem{what: "there is too much to include", expected: fmt.Sprintf("at most %d files, %d deep, of %d bytes in all", maxFiles, maxNesting, maxTotal)})
	default:
		return p.read(file, src, stack)
	}
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

// Over is s with other under it, as if s included it: the rules of s come first, and
// where both set the same thing, s wins. Neither is changed.
func (s *Scenario) Over(other *Scenario) *Scenario {
	out := *s
	out.seed, out.clock = firstOf(s.seed, other.seed), firstOf(s.clock, other.clock)
	out.settings = merge(s.settings, other.settings)
	out.customers = union(s.customers, other.customers, phoneOf)
	out.organisations = union(s.organisations, other.organisations, shortcodeOf)
	out.rules = slices.Concat(s.rules, other.rules)
	return &out
}
