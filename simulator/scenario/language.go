package scenario

import (
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// Limits of a scenario.
const (
	maxName        = 100
	maxDescription = 2000
	maxCustomers   = 10_000
	maxRules       = 1000
	maxSteps       = 1000
	maxCopies      = 50
)

// document is a scenario file as written.
type document struct {
	name, description string
	settings          map[string]string
	customers         []simulator.CustomerSetup
	rules             []rule
}

// condition is `when`. A nil part holds for everything.
type condition struct {
	api       simulator.API
	phone     *glob
	amount    *span
	reference *glob
	shortcode *string
}

// language is the tables of keys. A new key is a line here, and the parser, the
// messages and the schema know it.
type language struct {
	document []field[document]
	world    []field[document]
	settings []field[map[string]string]
	customer []field[simulator.CustomerSetup]
	rule     []field[rule]
	when     []field[condition]
	then     []field[answer]
	step     []field[answer]
	callback []field[plan]
}

func newLanguage() *language {
	return &language{
		document: documentFields(), world: worldFields(), settings: settingFields(), customer: customerFields(),
		rule: ruleFields(), when: whenFields(), then: append(stepFields(), sequenceField()), step: stepFields(), callback: callbackFields(),
	}
}

// home is the mapping that a key belongs to, for one that stands in another. It is ""
// for a key that no rule has, or that stands in several.
func (l *language) home(key string) string {
	switch {
	case slices.Contains(names(l.when), key):
		return "when"
	case slices.Contains(names(l.then), key):
		return "then"
	case slices.Contains(names(l.callback), key):
		return "callback"
	case slices.Contains(names(l.settings), key):
		return "world.settings"
	case slices.Contains(names(l.world), key):
		return "world"
	}
	return ""
}

func documentFields() []field[document] {
	return []field[document]{
		value("name", "What the scenario is called. Without it, the file's name.", textForm(maxName),
			func(d *document, s string) { d.name = s }),
		value("description", "What happens, and why that is real.", textForm(maxDescription),
			func(d *document, s string) { d.description = s }),
		{name: "world", doc: "What there is before the first payment: settings and customers.", schema: defined("world"),
			read: func(r *reader, n *node, d *document) { readMapping(r, n, "world", r.language.world, d) }},
		{name: "rules", doc: "What becomes of each payment. The first rule whose conditions all hold decides; a payment that no rule matches goes its natural way.",
			schema: listOf("rule", maxRules),
			read: func(r *reader, n *node, d *document) {
				readList(r, n, "rules", `a list of rules, each beginning with "- "`, maxRules, func(item *node) { d.rules = append(d.rules, readRule(r, item)) })
			}},
	}
}

func worldFields() []field[document] {
	return []field[document]{
		{name: "settings", doc: "Switches for what the real Daraja was seen to do in more than one way.", schema: defined("settings"),
			read: func(r *reader, n *node, d *document) {
				d.settings = make(map[string]string)
				readMapping(r, n, "settings", r.language.settings, &d.settings)
			}},
		{name: "customers", doc: "Customers who differ from what the seed makes of their number.", schema: listOf("customer", maxCustomers),
			read: func(r *reader, n *node, d *document) {
				first := make(map[daraja.MSISDN]int)
				readList(r, n, "customers", `a list of customers, each beginning with "- "`, maxCustomers, func(item *node) { d.customers = append(d.customers, readCustomer(r, item, first)) })
			}},
	}
}

// settingFields has a key for each setting of the simulator.
func settingFields() []field[map[string]string] {
	var out []field[map[string]string]
	for _, s := range simulator.Settings() {
		out = append(out, value(s.Name, s.Doc, settingForm(s), func(m *map[string]string, v string) { (*m)[s.Name] = v }))
	}
	return out
}

func customerFields() []field[simulator.CustomerSetup] {
	type customer = simulator.CustomerSetup
	return []field[customer]{
		value("phone", "The customer's number. Required.", phoneForm(), func(c *customer, m daraja.MSISDN) { c.Phone = m }),
		value("balance", "Shillings in the wallet, cents allowed.", moneyForm(), func(c *customer, m daraja.Money) { c.Balance = &m }),
		value("pin", "The right PIN, four digits.", pinForm(), func(c *customer, s string) { c.PIN = s }),
		value("name", "The customer's name.", textForm(maxName), func(c *customer, s string) { c.Name = s }),
	}
}

func readCustomer(r *reader, n *node, first map[daraja.MSISDN]int) simulator.CustomerSetup {
	var c simulator.CustomerSetup
	seen := readMapping(r, n, "customer", r.language.customer, &c)
	switch {
	case seen == nil || c.Phone == "" && seen.has("phone"):
	case !seen.has("phone"):
		r.add(n.at, problem{what: "this customer has no phone", expected: `phone: "254708374149" or another number`})
	case first[c.Phone] != 0:
		r.add(seen["phone"], problem{what: fmt.Sprintf("this phone belongs to the customer on line %d already", first[c.Phone]), expected: "each customer once"})
	default:
		first[c.Phone] = seen["phone"].line
	}
	return c
}

func ruleFields() []field[rule] {
	return []field[rule]{
		{name: "when", doc: "Conditions; all must hold. Without it the rule matches every payment.", schema: defined("when"),
			read: func(r *reader, n *node, to *rule) { readMapping(r, n, "when", r.language.when, &to.when) }},
		value("times", "How many payments the rule decides before it is used up and skipped. Without it, no end.", countForm(maxTimes),
			func(to *rule, n int) { to.times = n }),
		{name: "then", doc: "What becomes of the payment. Required.", schema: defined("then"),
			read: func(r *reader, n *node, to *rule) { to.steps = readThen(r, n) }},
	}
}

func readRule(r *reader, n *node) rule {
	to := rule{when: condition{api: simulator.APISTKPush}}
	if seen := readMapping(r, n, "rule", r.language.rule, &to); seen != nil && !seen.has("then") {
		r.add(n.at, problem{what: "this rule has no then", expected: "then: with a result, such as then: {result: 1032}"})
	}
	return to
}

func whenFields() []field[condition] {
	return []field[condition]{
		value("api", "The API that is called; rules decide STK pushes.", apiForm(), func(c *condition, a simulator.API) { c.api = a }),
		value("phone", "The customer's number in any form, or with * for any digits.", phoneGlobForm(), func(c *condition, g glob) { c.phone = &g }),
		value("amount", "The amount in shillings: one, a comparison, or a range that includes both ends.", spanForm(), func(c *condition, s span) { c.amount = &s }),
		value("reference", "The AccountReference, or with * for any characters. Capitals count.", referenceForm(), func(c *condition, g glob) { c.reference = &g }),
		value("shortcode", "The BusinessShortCode, exactly.", shortcodeForm(), func(c *condition, s string) { c.shortcode = &s }),
	}
}
