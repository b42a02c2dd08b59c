package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator"
)

// Warnings returns what a scenario without mistakes says in vain: rules that can never
// decide, in the order of the files, at most 100. It is careful: it says nothing of
// what only may be in vain, such as two conditions in `where`. load may be nil.
func Warnings(file string, src []byte, load Loader) []*Error {
	s, errs := parse(file, src, load)
	if s == nil || len(errs) > 0 {
		return nil
	}
	a := analysis{rules: s.rules, by: make([]*rule, len(s.rules))}
	a.follow()
	return a.warnings(file)
}

// analysis finds the rules of a scenario that can decide.
type analysis struct {
	rules   []rule
	decides []bool   // of each rule, whether it ever can
	by      []*rule  // of each rule, the one above it that leaves it nothing; may be nil
	reached []string // states that rules that decide lead to
}

// follow finds the states that can be reached, and with them the rules that can decide.
// A rule that begins to decide may lead to a state in which further ones do.
func (a *analysis) follow() {
	for grown := true; grown; {
		grown = false
		a.reached = a.states()
		a.decides = make([]bool, len(a.rules))
		for i := range a.rules {
			a.decides[i] = !a.rules[i].impossible() && a.left(i)
			next := a.rules[i].next
			if a.decides[i] && next != "" && !slices.Contains(a.reached, next) {
				grown = true
			}
		}
	}
}

// states are start and those that rules lead to that can decide as far as is known.
func (a *analysis) states() []string {
	reached := []string{startState}
	for i := range a.rules {
		if next := a.rules[i].next; next != "" && a.decides != nil && a.decides[i] && !slices.Contains(reached, next) {
			reached = append(reached, next)
		}
	}
	return reached
}

// left reports whether the rules above rule i leave it any request in any state.
func (a *analysis) left(i int) bool {
	to := &a.rules[i]
	a.by[i] = nil
	for _, state := range a.reached {
		if to.states != nil && !slices.Contains(to.states, state) {
			continue
		}
		for _, api := range to.apis() {
			above := a.above(i, state, api)
			if above == nil {
				return true
			}
			a.by[i] = above
		}
	}
	return false
}

// above is a rule before rule i that decides each of its requests to an API in a state.
func (a *analysis) above(i int, state string, api simulator.API) *rule {
	for j := range i {
		over := &a.rules[j]
		if over.always() && (over.states == nil || slices.Contains(over.states, state)) &&
			slices.Contains(over.apis(), api) && over.when.covers(&a.rules[i].when) {
			return over
		}
	}
	return nil
}

// apis are those that the rule is for.
func (to *rule) apis() []simulator.API {
	if to.when.apis == nil {
		return []simulator.API{simulator.APIOAuth, simulator.APISTKPush, simulator.APISTKQuery}
	}
	return to.when.apis
}

// always reports whether the rule decides whenever its conditions hold.
func (to *rule) always() bool {
	return to.chance >= 1 && to.times == 0 && to.from == nil && to.until == nil
}

// impossible reports whether the rule cannot decide even alone.
func (to *rule) impossible() bool { return to.why() != "" }

// why says why the rule cannot decide even alone; "" when it can.
func (to *rule) why() string {
	switch {
	case to.chance == 0:
		return "its chance is 0"
	case to.until != nil && to.until.at.IsZero() && to.until.since == 0:
		return "its until is 0s after the scenario is loaded"
	case to.when.not != nil && to.when.not.apisCover(to.when.apis) && to.when.not.covers(&to.when):
		return "its not excludes every request that its when is for"
	}
	return ""
}

func (c *condition) apisCover(apis []simulator.API) bool {
	return c.apis == nil || !slices.ContainsFunc(apis, func(a simulator.API) bool { return !slices.Contains(c.apis, a) })
}

// covers reports whether c surely holds for each request that d holds for, whatever the
// APIs of the two are.
func (c *condition) covers(d *condition) bool {
	return c.rate == nil && c.not == nil &&
		coversGlobs(c.phones, d.phones) && coversGlobs(c.references, d.references) &&
		coversSpan(c.amount, d.amount) && coversSpan(c.attempt, d.attempt) &&
		(c.shortcodes == nil || d.shortcodes != nil && containsAll(c.shortcodes, d.shortcodes)) &&
		(c.where == nil || d.where != nil && c.where.text == d.where.text) &&
		coversHeaders(c.headers, d.headers)
}

// coversGlobs reports whether each text that fits one of d fits one of c. A * in d is
// matched like any character, which only a * in c does.
func coversGlobs(c, d []glob) bool {
	if c == nil {
		return true
	}
	for _, narrow := range d {
		if !slices.ContainsFunc(c, func(wide glob) bool { return wide.matches(string(narrow)) }) {
			return false
		}
	}
	return d != nil
}

func coversSpan(c, d *span) bool {
	return c == nil || d != nil && c.min <= d.min && d.max <= c.max
}

func coversHeaders(c, d []header) bool {
	for _, wide := range c {
		if !slices.ContainsFunc(d, func(h header) bool { return h.name == wide.name && wide.text.matches(string(h.text)) }) {
			return false
		}
	}
	return true
}

func containsAll(all, some []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// warnings says what was found. Of the rules of another file, which is included under
// file, it says one thing for each rule that stands above them.
func (a *analysis) warnings(file string) []*Error {
	f := faults{file: file}
	included := make(map[*rule]int)
	for i := range a.rules {
		to := &a.rules[i]
		over := a.by[i]
		switch {
		case a.decides[i] && to.unused() > 0:
			f.warn(to, fmt.Sprintf("%s: times is %d, so the items of its sequence after number %[2]d are never used", to.by, to.times))
		case a.decides[i]:
		case to.impossible():
			f.warn(to, fmt.Sprintf("%s never decides: %s", to.by, to.why()))
		case over == nil:
			f.warn(to, fmt.Sprintf("%s never decides: no rule that can decide goes to the state %s", to.by, strings.Join(to.states, " or ")))
		case over.file != to.file:
			included[over]++
		default:
			f.warn(to, fmt.Sprintf("%s never decides: %s on line %d decides every request that it matches; move it up, or give that one a condition, chance or times",
				to.by, over.by, over.at.line))
		}
	}
	for i := range a.rules {
		if n := included[&a.rules[i]]; n > 0 {
			f.warn(&a.rules[i], fmt.Sprintf("%s decides every request that %s, so %s; give it a condition, chance or times",
				a.rules[i].by, matching(n), neverDecide(n)))
		}
	}
	return f.sorted()
}

// warn adds a warning in the place of a rule.
func (f *faults) warn(to *rule, text string) {
	if !f.full() {
		f.all = append(f.all, &Error{File: to.file, Line: to.at.line, Column: to.at.col, Message: text})
	}
}

// matching is the included rules with their verb.
func matching(n int) string {
	if n == 1 {
		return "1 included rule below it matches"
	}
	return fmt.Sprintf("%d included rules below it match", n)
}

func neverDecide(n int) string {
	if n == 1 {
		return "that one never decides"
	}
	return "those never decide"
}

// unused is how many steps of the rule's sequence come after its last time.
func (to *rule) unused() int {
	if to.times == 0 {
		return 0
	}
	return max(len(to.steps)-to.times, 0)
}
