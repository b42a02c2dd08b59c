package scenario

import (
	"slices"
	"strings"
	"sync"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// MaxSource is how many bytes a scenario file can have.
const MaxSource = 256 << 10

// Limits of a scenario.
const (
	maxName          = 100
	maxDescription   = 2000
	maxCustomers     = 10_000
	maxOrganisations = 1000
	maxInitiators    = 100  // of an organisation
	maxRules         = 1000 // in one file
	maxAllRules      = 4000 // with the included ones
	maxSteps         = 1000
	maxCopies        = 50
	maxReorder       = 20
	maxHeaders       = 20
	maxChoices       = 100 // of one condition
	maxDepth         = 16  // of brackets, and of lines that are indented more and more
)

// Language is the language of scenarios with the words of some products: their APIs,
// results and settings.
type Language struct{ language func() *language }

// For is the language with the words of products. It is built when it is first used.
func For(products *simulator.Catalogue) Language {
	return Language{sync.OnceValue(func() *language { return newLanguage(products) })}
}

// language is the tables of keys. A new key is a line in one of them, and the parser,
// the messages, the schema and the documentation know it.
type language struct {
	products *simulator.Catalogue
	results  map[daraja.ResultCode]daraja.Result
	document keyTable[document]
	single   keyTable[answer]   // a then for one request
	tables   []tableDescription // of document and of all that is in it, each once
}

func newLanguage(products *simulator.Catalogue) *language {
	l := &language{products: products, results: make(map[daraja.ResultCode]daraja.Result)}
	for _, result := range outcomes(products) {
		l.results[result.Code] = result
	}
	l.single = stepTable(products)
	l.document = documentTable(products, l.single)
	l.collect(l.document, readTexts())
	return l
}

// collect adds a table and those in it.
func (l *language) collect(t table, texts map[string]tableText) {
	d := t.describe(texts)
	if slices.ContainsFunc(l.tables, func(known tableDescription) bool { return known.name == d.name }) {
		return
	}
	l.tables = append(l.tables, d)
	for _, k := range d.keys {
		for _, child := range k.tables {
			l.collect(child, texts)
		}
	}
}

// ownerOf names the mapping that a key belongs to, for a key that stands in another. It
// is "" for a key that no rule and no world has.
func (r *reader) ownerOf(key string) string {
	for _, t := range r.language.tables {
		if t.owner != "" && slices.ContainsFunc(t.keys, func(k keyDescription) bool { return k.Name == key }) {
			return t.owner
		}
	}
	return ""
}

// reader reads the nodes of one file and collects its mistakes.
type reader struct {
	mistakes
	language  *language
	source    string         // of the file, to find positions inside of a text
	firstLine map[string]int // of each customer and organisation
	states    []stateUse     // every state that a rule is for
	gotos     []string       // every state that a rule leads to
	probe     bool           // only to see whether a value would be taken
	neverTrue mistakes       // conditions that never hold
}

func newReader(l *language, file string) *reader {
	return &reader{mistakes: mistakes{file: file}, language: l, firstLine: make(map[string]int), neverTrue: mistakes{file: file}}
}

// document is a scenario file as written.
type document struct {
	Scenario
	includes []included
}

// included is a name under include, and where it stands.
type included struct {
	name string
	at   position
}

// contents is expected of a scenario without any.
const contents = "rules: with what happens to each payment, world: with settings or customers, or include: with another scenario"

func documentTable(products *simulator.Catalogue, step keyTable[answer]) keyTable[document] {
	t := keyTable[document]{
		fields: []field[document]{
			value("name", textForm(maxName), func(d *document, s string) { d.Name = s }),
			value("description", textForm(maxDescription), func(d *document, s string) { d.Description = s }),
			value("include", oneOrMany("include", includeForm(), maxIncludes), func(d *document, all []included) { d.includes = all }),
			value("world", worldTable(products).form(),
				func(d *document, w document) {
					d.seed, d.clock, d.settings, d.customers, d.organisations = w.seed, w.clock, w.settings, w.customers, w.organisations
				}),
			value("rules", listOf(ruleTable(products, step).form(), "rule", `a list of rules, each beginning with "- "`, maxRules),
				func(d *document, all []rule) { d.rules = all }),
		},
	}
	t.check = func(r *reader, m mapping, _ *document) {
		if t.lacks(m, "rules") && !m.has("world") && !m.has("include") {
			r.add(m.at, problem{What: m.name + " has no rules and no world", Expected: contents})
		}
	}
	return t
}

// includeForm is the name of a ready scenario, or of a file.
func includeForm() form[included] {
	name := boundedText("the name of a ready scenario such as hostile, or of a file such as ./mine.yaml", 1, 200, strings.TrimSpace)
	return mapped(name, func(s string, n *node) included { return included{s, n.at} })
}
