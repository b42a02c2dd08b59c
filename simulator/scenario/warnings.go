package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
)

// Warnings returns what has no effect in a scenario without mistakes: rules that can never
// decide, and comparisons in `where` that never hold, in the order of the files, at most
// 100. It is careful: it does not warn of what only may have no effect, such as two
// comparisons that contradict each other. load may be nil.
func (l Language) Warnings(file string, src []byte, load Loader) []*Error {
	p := newProject(l, load)
	s, errs := p.parse(file, src)
	if len(errs) > 0 {
		return nil
	}
	var warnings mistakes
	for _, r := range p.readers {
		warnings.list = append(warnings.list, r.neverTrue.list...)
	}
	a := analysis{apis: p.language.products.APIs(), rules: s.rules, decides: make([]bool, len(s.rules)), hiddenBy: make([]*rule, len(s.rules))}
	a.findDeciding()
	a.warn(&warnings)
	return warnings.sorted()
}

// analysis finds the rules of a scenario that can decide.
type analysis struct {
	apis     []simulator.API
	rules    []rule
	decides  []bool   // of each rule, whether it ever can
	hiddenBy []*rule  // of each rule that cannot, one above it that takes its requests; may be nil
	reached  []string // states that rules that can decide lead to
}

// findDeciding finds the states that can be reached, and with them the rules that can
// decide. Each such rule may lead to a state in which further ones do.
func (a *analysis) findDeciding() {
	a.reached = []string{startState}
	for grown := true; grown; {
		grown = false
		for i := range a.rules {
			next := a.rules[i].next
			a.decides[i] = a.rules[i].neverDecides() == "" && a.hasRequests(i)
			if a.decides[i] && next != "" && !slices.Contains(a.reached, next) {
				a.reached, grown = append(a.reached, next), true
			}
		}
	}
}

// hasRequests reports whether the rules above rule i leave it any request in any state.
func (a *analysis) hasRequests(i int) bool {
	to := &a.rules[i]
	a.hiddenBy[i] = nil
	for _, state := range a.reached {
		if !to.isFor(state) {
			continue
		}
		for _, api := range a.apisOf(to) {
			above := slices.IndexFunc(a.rules[:i], func(over rule) bool {
				return over.always() && over.isFor(state) && slices.Contains(a.apisOf(&over), api) &&
					over.when.Covers(&to.when.Condition, condition.KeyAPI)
			})
			if above < 0 {
				return true
			}
			a.hiddenBy[i] = &a.rules[above]
		}
	}
	return false
}

// apisOf are those that a rule is for.
func (a *analysis) apisOf(to *rule) []simulator.API {
	if apis := to.when.apis(); apis != nil {
		return apis
	}
	return a.apis
}

// isFor reports whether the rule holds in a state.
func (to *rule) isFor(state string) bool {
	return to.states == nil || slices.Contains(to.states, state)
}

// always reports whether the rule decides whenever its conditions hold.
func (to *rule) always() bool {
	return to.chance >= 1 && to.times == 0 && to.from == nil && to.until == nil
}

// neverDecides says why the rule cannot decide even alone; "" when it can.
func (to *rule) neverDecides() string {
	switch {
	case to.chance == 0:
		return "its chance is 0"
	case to.until != nil && to.until.at.IsZero() && to.until.since == 0:
		return "its until is 0s after the scenario is loaded"
	case to.excludesAll():
		return "its not excludes every request that its when is for"
	}
	return ""
}

// excludesAll reports whether what stands under not covers the other conditions.
func (to *rule) excludesAll() bool {
	not := to.when.Excluded()
	if not == nil || len(not.Tests) == 0 || !not.Covers(&to.when.Condition, condition.KeyAPI) {
		return false
	}
	excluded := not.Words(condition.KeyAPI)
	return excluded == nil || !slices.ContainsFunc(to.when.Words(condition.KeyAPI), func(api string) bool { return !slices.Contains(excluded, api) })
}

// warn says what was found. Of the rules that are included from another file, it says one
// thing for each rule that stands above them.
func (a *analysis) warn(warnings *mistakes) {
	included := make(map[*rule]int)
	warn := func(to *rule, format string, args ...any) {
		warnings.file = to.file
		warnings.add(to.at, problem{What: to.by + " " + fmt.Sprintf(format, args...)})
	}
	for i := range a.rules {
		to, over := &a.rules[i], a.hiddenBy[i]
		switch why := to.neverDecides(); {
		case a.decides[i] && to.times > 0 && len(to.steps) > to.times:
			warn(to, "has times: %d, so the items of its sequence after number %[1]d are never used", to.times)
		case a.decides[i]:
		case why != "":
			warn(to, "never decides: %s", why)
		case over == nil:
			warn(to, "never decides: no rule that can decide goes to the state %s", strings.Join(to.states, " or "))
		case over.file != to.file:
			included[over]++
		default:
			warn(to, "never decides: %s on line %d decides every request that it matches; move it up, or give that one a condition, chance or times",
				over.by, over.at.line)
		}
	}
	for i := range a.rules {
		switch n := included[&a.rules[i]]; n {
		case 0:
		case 1:
			warn(&a.rules[i], "decides every request that 1 included rule below it matches, so that one never decides; give it a condition, chance or times")
		default:
			warn(&a.rules[i], "decides every request that %d included rules below it match, so those never decide; give it a condition, chance or times", n)
		}
	}
}
