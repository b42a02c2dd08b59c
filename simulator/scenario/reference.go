package scenario

import (
	_ "embed" // the text between the tables
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
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
func Reference(ready []Ready) []byte {
	l := newLanguage()
	text := strings.NewReplacer(slices.Concat(keyTables(l), clashLists(), lists(ready), limits())...).Replace(referenceText)
	head := "<!-- Made by: go test ./simulator/scenario -run ReferenceFile -update. The text is simulator/scenario/reference.md.tmpl, the tables are the parser's. -->\n\n"
	return []byte(head + text)
}

// The functions below return pairs of a place in the text and what stands there.

func keyTables(l *language) []string {
	return []string{
		"{{document}}", keyTable(l.document),
		"{{world}}", keyTable(l.world),
		"{{settings}}", settingTable(),
		"{{customer}}", keyTable(l.customer),
		"{{organisation}}", keyTable(l.organisation),
		"{{clock}}", keyTable(l.clock),
		"{{rule}}", keyTable(l.rule),
		"{{when}}", keyTable(l.when),
		"{{then}}", keyTable(l.then),
		"{{wait}}", keyTable(l.wait),
		"{{normal}}", keyTable(l.normal),
		"{{exponential}}", keyTable(l.exponential),
		"{{reply}}", keyTable(l.reply),
		"{{error}}", keyTable(l.fault),
		"{{callback}}", keyTable(l.callback),
	}
}

func clashLists() []string {
	return []string{
		"{{clock clashes}}", clashList(clockClashes(), len(clockFields())),
		"{{reply clashes}}", clashList(replyClashes(), len(replyFields())),
		"{{callback clashes}}", clashList(callbackClashes(), len(callbackFields())),
	}
}

func lists(ready []Ready) []string {
	return []string{
		"{{variables}}", variableTable(),
		"{{functions}}", codes(whereFunctions(), " "),
		"{{presets}}", readyTable(ready, true),
		"{{ready}}", readyTable(ready, false),
		"{{results}}", resultTable(),
		"{{processing}}", string(daraja.ResultProcessing),
		"{{errors}}", errorTable(),
	}
}

func limits() []string {
	return []string{
		"{{where limits}}", fmt.Sprintf("%d characters, %d parts", maxWhere, maxWhereNodes),
		"{{include limits}}", fmt.Sprintf("At most %d in a file, %d files in all, %d deep.", maxIncludes, maxFiles, maxNesting),
		"{{file limits}}", fmt.Sprintf("%d KiB, %d lines, %d rules, %d customers and %d organisations; a `sequence` has at most %d items, a condition with several values at most %d of them",
			MaxSource>>10, maxLines, maxRules, maxCustomers, maxOrganisations, maxSteps, maxChoices),
	}
}

// keyTable shows the keys of a mapping.
func keyTable[T any](fields []field[T]) string {
	rows := [][]string{{"key", "what it takes", "what it does", "example"}}
	for _, f := range fields {
		rows = append(rows, []string{code(f.name), takes(f.expected, f.schema()), documented(f.doc), code(f.example)})
	}
	return table(rows)
}

// takes says what a key takes: a form, or the keys of another mapping.
func takes(expected string, schema object) string {
	switch expected {
	case "":
		items, list := schema["items"].(object)
		if list {
			schema = items
		}
		name, _ := schema["$ref"].(string)
		return mappingLink(strings.TrimPrefix(name, "#/$defs/"), list)
	case waits:
		return "a [time to wait](#times-to-wait) such as 3s or 2s..8s"
	case resultForm().expected, descForm().expected:
		return link(expected, "result-codes")
	default:
		return strings.Replace(prose(expected), errorCodeForm().expected, link(errorCodeForm().expected, "errors"), 1)
	}
}

// mappingLink leads to the keys of a mapping that the schema defines.
func mappingLink(name string, list bool) string {
	switch {
	case name == "not":
		return "the keys of " + link("`when`", "when")
	case name == "normal" || name == "exponential":
		return "the keys below"
	case name == "rule":
		return link("a list of rules", "rules")
	case list:
		return link("a list of "+name+"s", name+"s")
	default:
		return "the keys of " + link(code(name), name)
	}
}

// settingTable has the default beside what a setting takes.
func settingTable() string {
	rows := [][]string{{"name", "default", "what it takes", "what it is"}}
	for _, s := range simulator.Settings() {
		rows = append(rows, []string{code(s.Name), code(s.Default), prose(settingForm(s).expected), documented(sentence(s.Doc))})
	}
	return table(rows)
}

// clashList says which keys of a mapping, that has so many, do not go together.
func clashList(clashes []clash, keys int) string {
	var b strings.Builder
	for _, c := range clashes {
		others := codes(c.with, ", ")
		if len(c.with) == keys-1 && keys > 2 {
			others = "any other key"
		}
		fmt.Fprintf(&b, "- %s does not go with %s", code(c.String()), others)
		if !strings.Contains(c.why, "{}") {
			b.WriteString(": " + prose(c.why))
		}
		b.WriteString(".\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// variableTable has what conditions under where know.
func variableTable() string {
	rows := [][]string{{"name", "type", "what it is", "example"}}
	return table(append(rows, variables(reflect.TypeFor[whereEnv](), "")...))
}

func variables(t reflect.Type, group string) [][]string {
	var rows [][]string
	for i := range t.NumField() {
		f := t.Field(i)
		name := group + f.Tag.Get("expr")
		if f.Type.Kind() == reflect.Struct {
			rows = append(rows, variables(f.Type, name+".")...)
			continue
		}
		rows = append(rows, []string{code(name), typeWord(f.Type.String()), prose(f.Tag.Get("doc")), code(f.Tag.Get("example"))})
	}
	return rows
}
