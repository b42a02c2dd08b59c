package scenario

import (
	"bytes"
	"cmp"
	_ "embed" // the text round the tables
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
)

// Ready is a scenario that comes with the program, as the reference lists it.
type Ready struct {
	Name        string
	Description string
	Preset      bool
	Source      []byte // its comment "# Seen: …" says where the case was seen
}

//go:embed reference.md.tmpl
var referenceText string

// Reference is the documentation of the language for those who write scenarios, in
// Markdown. It is made of the tables that Parse reads by, as Schema is.
func (l Language) Reference(ready []Ready) []byte {
	language := l.language()
	errors := refusals(language.products.Errors())
	page := template.Must(template.New("reference").Funcs(template.FuncMap{
		"keys":    func(table string) []keyDescription { return language.table(table).keys },
		"clashes": language.clashList, "errors": errors.of, "seen": seen,
		"code": func(text any) string { return code(fmt.Sprint(text)) }, "prose": prose, "documented": withCode, "oneOf": oneOf[string], "sentence": sentence,
		"list":       func(words []string) string { return codes(words, " ") },
		"first":      func(text string) string { first, _, _ := strings.Cut(text, ". "); return first },
		"conditions": conditionsOf, "faults": faultNames,
		"keysOfThen": func(api simulator.API) []string { return keysOfThen(language.products, api) },
		"ready": func(presets bool) []Ready {
			return slices.DeleteFunc(slices.Clone(ready), func(r Ready) bool { return r.Preset != presets })
		},
	}).Parse(referenceText))
	var out bytes.Buffer
	err := page.Execute(&out, map[string]any{
		"Products": language.products, "Settings": language.products.Settings(), "Results": outcomes(language.products), "Processing": daraja.ResultProcessing, "ErrorCodes": errors.codes(),
		"Variables": condition.RequestNames(), "Functions": condition.Functions(),
		"MaxExpression": condition.MaxExpression, "MaxExpressionNodes": condition.MaxExpressionNodes,
		"MaxIncludes": maxIncludes, "MaxFiles": maxFiles, "MaxNesting": maxNesting, "MaxKiB": MaxSource >> 10,
		"MaxRules": maxRules, "MaxCustomers": maxCustomers, "MaxOrganisations": maxOrganisations, "MaxSteps": maxSteps, "MaxChoices": maxChoices,
	})
	if err != nil {
		panic(fmt.Sprintf("write the reference of scenarios: %v", err)) // its text and its data are in the program
	}
	return out.Bytes()
}

// conditionsOf are the keys of conditions that not every API has.
func conditionsOf(op simulator.Operation) []string {
	return slices.DeleteFunc(condition.FieldKeys(), func(key string) bool { return !op.Matches(simulator.KeyOf(key)) })
}

// table is what is said of a table, by its name.
func (l *language) table(name string) tableDescription {
	return l.tables[slices.IndexFunc(l.tables, func(t tableDescription) bool { return t.name == name })]
}

// Takes says what a key takes: a form, or the keys of another table.
func (k keyDescription) Takes() string {
	switch k.expected {
	case "":
		return k.tables[0].describe(nil).link(k.schema["items"] != nil)
	case waits:
		return "a [time to wait](#times-to-wait) such as 3s or 2s..8s"
	case "a result code such as 0 or 1032", "a text of the result code":
		return link(k.expected, "result-codes")
	default:
		return strings.Replace(prose(k.expected), errorCodeExpected, link(errorCodeExpected, "errors"), 1)
	}
}

// link leads to the keys of a table, or to a list of such mappings.
func (t tableDescription) link(list bool) string {
	switch {
	case t.name == "not":
		return "the keys of " + link("`when`", "when")
	case strings.HasPrefix(t.name, "raw_"):
		anchor := map[string]string{"raw_result": "any-other-result", "raw_callback": "any-other-callback"}[t.name]
		return "the keys of " + link("its table", cmp.Or(anchor, "any-other-answer"))
	case t.name == "normal" || t.name == "exponential":
		return "the keys below"
	case t.name == "rule":
		return link("a list of rules", "rules")
	case list:
		return link("a list of "+t.name+"s", t.name+"s")
	default:
		return "the keys of " + link(code(t.name), t.name)
	}
}

// clashList says which keys of a table do not go together.
func (l *language) clashList(table string) string {
	var lines []string
	for _, c := range l.table(table).clashes {
		others := codes(c.with, ", ")
		if keys := len(l.table(table).keys); len(c.with) == keys-1 && keys > 2 {
			others = "any other key"
		}
		why := ""
		if !strings.Contains(c.why, "{}") {
			why = ": " + prose(c.why)
		}
		lines = append(lines, fmt.Sprintf("- %s does not go with %s%s.", code(c.String()), others, why))
	}
	return strings.Join(lines, "\n")
}

// seen is what the comment of a ready scenario says about where the case was seen.
func seen(source []byte) string {
	_, text, _ := strings.Cut(string(source), "\n# Seen: ")
	var parts []string
	for line := range strings.Lines("# " + text) {
		part, comment := strings.CutPrefix(line, "#")
		if !comment {
			break
		}
		parts = append(parts, strings.TrimSpace(part))
	}
	return strings.Join(parts, " ")
}

// prose is a text as Markdown shows it, with what would be markup made plain.
func prose(s string) string {
	return strings.NewReplacer("|", `\|`, "*", `\*`, "\n", " ").Replace(s)
}

// withCode is the text about a key, with the names in it as code. Only those with
// an underscore are sure to be names.
func withCode(s string) string {
	return regexp.MustCompile(`[a-z]+(_[a-z0-9]+)+`).ReplaceAllStringFunc(prose(s), code)
}

// code is a text in the letters of a file. A table needs its | marked there too.
func code(s string) string { return "`" + strings.ReplaceAll(s, "|", `\|`) + "`" }

func codes(all []string, between string) string {
	var out []string
	for _, s := range all {
		out = append(out, code(s))
	}
	return strings.Join(out, between)
}

func link(text, anchor string) string { return "[" + text + "](#" + anchor + ")" }

// sentence begins s with a capital, unless its first word is a name, and ends it with
// a stop.
func sentence(s string) string {
	word, _, _ := strings.Cut(s, " ")
	if s != "" && !strings.ContainsAny(word, "0123456789/_") {
		s = strings.ToUpper(s[:1]) + s[1:]
	}
	if strings.HasSuffix(s, "…") {
		return s
	}
	return strings.TrimSuffix(s, ".") + "."
}
