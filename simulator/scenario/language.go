package scenario

import (
	"slices"

	"github.com/darajabox/darajabox/simulator"
)

// Limits of a scenario.
const (
	maxName          = 100
	maxDescription   = 2000
	maxCustomers     = 10_000
	maxOrganisations = 1000
	maxRules         = 1000 // in one file
	maxAllRules      = 4000 // with the included ones
	maxSteps         = 1000
	maxCopies        = 50
	maxReorder       = 20
	maxHeaders       = 20
	maxChoices       = 100 // of one condition
)

// document is a scenario file as written.
type document struct {
	name, description string
	includes          []included
	seed              *int64
	clock             *ClockSetup
	settings          map[string]string
	customers         []simulator.CustomerSetup
	organisations     []simulator.OrganisationSetup
	rules             []rule
}

// included is a name under include, and where it stands.
type included struct {
	name string
	at   place
}

// language is the tables of keys. A new key is a line in one of them, and the parser,
// the messages and the schema know it.
type language struct {
	document     []field[document]
	world        []field[document]
	settings     []field[map[string]string]
	customer     []field[simulator.CustomerSetup]
	organisation []field[simulator.OrganisationSetup]
	clock        []field[ClockSetup]
	rule         []field[rule]
	when         []field[condition]
	not          []field[condition]
	then         []field[answer]
	step         []field[answer]
	fault        []field[replyPlan]
	reply        []field[replyPlan]
	callback     []field[callbackPlan]
	wait         []field[wait]
	normal       []field[wait]
	exponential  []field[wait]
}

func newLanguage() *language {
	return &language{
		document: documentFields(), world: worldFields(), settings: settingFields(), customer: customerFields(),
		organisation: organisationFields(), clock: clockFields(),
		rule: ruleFields(), when: append(whenFields(), notField()), not: whenFields(),
		then: append(stepFields(), sequenceField()), step: stepFields(),
		fault: errorFields(), reply: replyFields(), callback: callbackFields(),
		wait: waitFields(), normal: normalFields(), exponential: exponentialFields(),
	}
}

// home is the mapping that a key belongs to, for one that stands in another. It is ""
// for a key that no rule has.
func (l *language) home(key string) string {
	for _, m := range []struct {
		name string
		keys []string
	}{
		{"when", names(l.when)}, {"then", names(l.then)}, {"rules", names(l.rule)}, {"reply", names(l.reply)}, {"callback", names(l.callback)},
		{"world.settings", names(l.settings)}, {"world", names(l.world)}, {"world.clock", names(l.clock)},
	} {
		if slices.Contains(m.keys, key) {
			return m.name
		}
	}
	return ""
}

func documentFields() []field[document] {
	return []field[document]{
		value("name", "What the scenario is called. Without it, the file's name.", textForm(maxName),
			func(d *document, s string) { d.name = s }).shown("name: shop"),
		value("description", "What happens, and where it was seen.", textForm(maxDescription),
			func(d *document, s string) { d.description = s }).shown("description: Big orders are cancelled."),
		{name: "include", doc: "Ready scenarios or files that are added below this one: their rules are tried after its own, and its own settings win.",
			expected: includeForm().expected + ", or a list of them", example: "include: [hostile]", schema: oneOrMany(includeForm().schema, maxIncludes), read: readIncludes},
		{name: "world", doc: "The state before the first payment: settings, customers, organisations, seed and clock.", example: "world: {seed: 7}", schema: defined("world"),
			read: func(r *reader, n *node, d *document) { readMapping(r, n, "world", r.language.world, d) }},
		{name: "rules", doc: "What happens to each request. The first rule whose conditions all hold decides; when no rule matches, the customer pays if the wallet holds enough.",
			example: "rules: [{then: {result: 1032}}]", schema: listOf("rule", maxRules),
			read: func(r *reader, n *node, d *document) {
				readList(r, n, "rules", `a list of rules, each beginning with "- "`, maxRules, func(item *node) { d.rules = append(d.rules, readRule(r, item)) })
			}},
	}
}

func readIncludes(r *reader, n *node, d *document) {
	add := func(item *node) {
		if name, ok := readScalar(r, item, "include", includeForm()); ok {
			d.includes = append(d.includes, included{name, item.at})
		}
	}
	if n.kind != list {
		add(n)
		return
	}
	readList(r, n, "include", "a list of scenarios such as [hostile]", maxIncludes, add)
}

// includeForm is the name of a ready scenario, or of a file.
func includeForm() form[string] {
	f := textForm(200)
	f.expected = "the name of a ready scenario such as hostile, or of a file such as ./mine.yaml"
	return f
}

// rule is an item of `rules`.
type rule struct {
	name   string
	by     string // for the record: rule 2 "name" of hostile
	when   condition
	times  int // 0 has no end
	chance float64
	from   *moment
	until  *moment
	states []string // nil is any
	next   string   // the state afterwards; "" keeps
	steps  []step   // what happens the 1st, 2nd, … time; the last stays

	file string // where the rule stands
	at   place

	answers []answer // steps as written, until they are checked
}

func ruleFields() []field[rule] {
	return []field[rule]{
		value("name", "What the journal calls the rule when it decides.", textForm(maxName), func(to *rule, s string) { to.name = s }).shown("name: big orders"),
		{name: "when", doc: "Conditions; all must hold. Without it the rule matches every push.", example: `when: {amount: ">= 1000"}`, schema: defined("when"),
			read: func(r *reader, n *node, to *rule) { to.when = readWhen(r, n, "when", r.language.when) }},
		value("times", "How many requests the rule decides; after that it is skipped. Without it, no end.", countForm(maxTimes),
			func(to *rule, n int) { to.times = n }),
		value("chance", "How likely the rule is to decide a request that it matches. Drawn from the seed.", chanceForm(),
			func(to *rule, c float64) { to.chance = c }),
		value("from", "Before this the rule is skipped: a time since the scenario was loaded, or a date.", momentForm(), func(to *rule, m moment) { to.from = &m }),
		value("until", "From this on the rule is skipped: a time since the scenario was loaded, or a date.", momentForm(), func(to *rule, m moment) { to.until = &m }).shown("until: 2026-11-24T12:00:00+03:00"),
		values("state", `The states in which the rule holds. The world is in "start" at first; goto changes it.`, wordForm(), func(to *rule, s []string) { to.states = s }),
		value("goto", "The world's state once the rule has decided.", wordForm(), func(to *rule, s string) { to.next = s }),
		{name: "then", doc: "What happens to the request. Required, unless there is a goto.", example: "then: {result: 1032, after: 3s}", schema: defined("then"),
			read: func(r *reader, n *node, to *rule) { to.answers = readThen(r, n) }},
	}
}

func readRule(r *reader, n *node) rule {
	to := rule{when: condition{apis: []simulator.API{simulator.APISTKPush}}, chance: 1, file: r.file, at: n.at}
	seen := readMapping(r, n, "rule", r.language.rule, &to)
	if seen == nil {
		return to
	}
	if lacks(seen, r.language.rule, "then") && !seen.has("goto") {
		r.add(n.at, problem{what: "this rule has no then", expected: "then: with a result, such as then: {result: 1032}"})
	}
	if to.from != nil && to.until != nil && to.until.before(*to.from) {
		r.add(seen.later("from", "until"), problem{what: "until is not after from", expected: "the earlier time in from"})
	}
	for _, s := range to.states {
		r.states = append(r.states, stateUse{seen.at("state"), s})
	}
	r.gotos = append(r.gotos, to.next)
	for _, a := range to.answers {
		checkAPIs(r, to.when.apis, a)
		to.steps = append(to.steps, a.step)
	}
	if to.answers = nil; to.steps == nil {
		to.steps = []step{{}}
	}
	return to
}

// title is what the record calls the rule that is the nth of a scenario.
func (to rule) title(n int, scenario string) string {
	return ruleTitle(n, to.name, scenario)
}

// stateUse is a name under state, and where it stands.
type stateUse struct {
	at   place
	name string
}

// startState is the state of a world that no rule has moved yet.
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
			near := simulator.Nearest(s.name, reached)
			if near != "" {
				near = quote(near)
			}
			r.add(s.at, problem{what: "no rule goes to the state " + quote(s.name), expected: oneOf(reached), nearest: near})
		}
	}
}
