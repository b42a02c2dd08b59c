package scenario

import (
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/internal/suggest"
	"github.com/darajabox/darajabox/simulator"
)

// rule is an item of `rules`.
type rule struct {
	name   string
	by     string // for the journal: rule 2 "name" of hostile
	when   conditions
	times  int // 0 has no end
	chance float64
	from   *timeBound
	until  *timeBound
	states []string // nil is any
	next   string   // the state afterwards; "" keeps
	then   answer   // as written, until it is checked
	steps  []step   // what happens the 1st, 2nd, … time; the last stays

	file string // where the rule stands
	at   position
}

func ruleTable(products *simulator.Catalogue, step keyTable[answer]) keyTable[rule] {
	t := keyTable[rule]{
		name: "rule", owner: "rules",
		initial:     rule{when: forDefaultAPI(products), chance: 1},
		constraints: object{"anyOf": []object{{"required": []string{"then"}}, {"required": []string{"goto"}}}},
		fields: []field[rule]{
			value("name", textForm(maxName), func(to *rule, s string) { to.name = s }),
			value("when", whenTable(products).form(), func(to *rule, c conditions) { to.when = c }),
			value("times", countForm(maxTimes), func(to *rule, n int) { to.times = n }),
			value("chance", chanceForm(), func(to *rule, c float64) { to.chance = c }),
			value("from", timeBoundForm(), func(to *rule, b timeBound) { to.from = &b }),
			value("until", timeBoundForm(), func(to *rule, b timeBound) { to.until = &b }),
			value("state", oneOrMany("state", nameForm(), maxChoices), func(to *rule, s []string) { to.states = s }),
			value("goto", nameForm(), func(to *rule, s string) { to.next = s }),
			value("then", thenTable(products, step).form(), func(to *rule, a answer) { to.then = a }),
		},
	}
	t.check = func(r *reader, m mapping, to *rule) {
		if t.lacks(m, "then") && !m.has("goto") {
			r.add(m.at, problem{What: "this rule has no then", Expected: "then: with a result, such as then: {result: 1032}"})
		}
		to.finish(r, m)
	}
	return t
}

// finish checks what the keys of a rule say together, and makes its steps.
func (to *rule) finish(r *reader, m mapping) {
	to.file, to.at = r.file, m.at
	if to.from != nil && to.until != nil && to.until.before(*to.from) {
		r.add(m.later("from", "until"), problem{What: "until is not after from", Expected: "the earlier time in from"})
	}
	for _, s := range to.states {
		r.states = append(r.states, stateUse{m.position("state"), s})
	}
	r.gotos = append(r.gotos, to.next)
	for _, a := range to.then.inOrder(r) {
		checkAPIs(r, to.when.apis(), a)
		to.steps = append(to.steps, a.step)
	}
	to.then = answer{}
}

// title is what the journal calls the rule that is the nth of a scenario.
func (to *rule) title(n int, scenario string) string {
	if to.name == "" {
		return fmt.Sprintf("rule %d of %s", n, scenario)
	}
	return fmt.Sprintf("rule %d %q of %s", n, to.name, scenario)
}

// stateUse is a name under state, and where it stands.
type stateUse struct {
	at   position
	name string
}

// startState is the state of a world before a rule has changed it.
const startState = "start"

// checkStates reports rules that can never hold, because no rule goes to their state.
func (p *project) checkStates() {
	reached := []string{startState}
	for _, r := range p.readers {
		for _, s := range r.gotos {
			if s != "" && !slices.Contains(reached, s) {
				reached = append(reached, s)
			}
		}
	}
	for _, r := range p.readers {
		for _, s := range r.states {
			if slices.Contains(reached, s.name) {
				continue
			}
			near := suggest.Nearest(s.name, reached)
			if near != "" {
				near = quote(near)
			}
			r.add(s.at, problem{What: "no rule goes to the state " + quote(s.name), Expected: oneOf(reached), Nearest: near})
		}
	}
}
