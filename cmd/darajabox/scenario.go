package main

import (
	"fmt"
	"strings"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/scenario"
)

type scenarioCmd struct {
	Validate validateCmd `cmd:"" help:"Check scenario files: a line for each mistake, with its place and what was expected."`
	List     listCmd     `cmd:"" help:"List the ready scenarios, and the presets: background faults under any scenario."`
	Show     showCmd     `cmd:"" help:"Print a ready scenario."`
	New      newCmd      `cmd:"" help:"Write a scenario file to start from, and its schema for editors."`
	Schema   schemaCmd   `cmd:"" help:"Print the JSON Schema by which editors check scenarios."`
}

type validateCmd struct {
	Files  []string `arg:"" name:"file" predictor:"scenario" help:"Scenario files, or names of ready ones; - is the standard input."`
	Strict bool     `help:"Exit 1 for a warning too." env:"-"`
	outputFlags
}

// validation is the result for one file.
type validation struct {
	File   string                 `json:"file"`
	OK     bool                   `json:"ok"`
	Rules  int                    `json:"rules"` // the included ones counted
	Error  string                 `json:"error,omitempty"`
	Faults []client.ScenarioError `json:"faults"`

	Warnings []client.ScenarioError `json:"warnings"`
}

// language is the language of scenarios with the words of all products.
func language() scenario.Language { return scenario.For(all.Catalogue()) }

// Run checks every file and fails when one of them is at fault.
func (c *validateCmd) Run(e *env) error {
	validations := make([]validation, len(c.Files))
	failed := false
	for i, file := range c.Files {
		v := validate(file)
		validations[i] = v
		failed = failed || !v.OK || c.Strict && len(v.Warnings) > 0
		if c.Output == "text" {
			v.print(e)
		}
	}
	if c.Output == "json" {
		if err := printIndented(e, validations); err != nil {
			return err
		}
	}
	if failed {
		return errReported
	}
	return nil
}

// print prints a validation for a person: faults to standard error, as compilers do.
func (v validation) print(e *env) {
	switch {
	case v.OK:
		fmt.Fprintf(e.stdout, "%s: ok, %s\n", v.File, plural(v.Rules, "rule", "rules"))
	case v.Error != "":
		fmt.Fprintf(e.stderr, "%s: %s\n", v.File, v.Error)
	}
	for _, f := range v.Faults {
		fmt.Fprintf(e.stderr, "%s:%d:%d: %s\n", f.File, f.Line, f.Column, f.Text)
	}
	for _, f := range v.Warnings {
		fmt.Fprintf(e.stderr, "warning: %s:%d:%d: %s\n", f.File, f.Line, f.Column, f.Text)
	}
}

func validate(file string) validation {
	v := validation{File: file, Faults: []client.ScenarioError{}, Warnings: []client.ScenarioError{}}
	name, source, _, err := findScenario(file)
	if err != nil {
		v.Error = err.Error()
		return v
	}
	for _, m := range language().Check(name, source, loadIncluded) {
		v.Faults = append(v.Faults, client.ScenarioError{Error: *m, Text: m.Text()})
	}
	for _, m := range language().Warnings(name, source, loadIncluded) {
		v.Warnings = append(v.Warnings, client.ScenarioError{Error: *m, Text: m.Text()})
	}
	if len(v.Faults) > 0 {
		return v
	}
	s, err := language().Parse(name, source, loadIncluded)
	if err != nil { // only when a file changed in between
		v.Error = err.Error()
		return v
	}
	v.OK, v.Rules = true, s.Rules()
	return v
}

type listCmd struct{ outputFlags }

func (c *listCmd) Run(e *env) error {
	ready, err := scenarios.Describe(language())
	if err != nil {
		return err
	}
	if c.Output == "json" {
		return printIndented(e, ready)
	}
	rows := map[bool][][]string{} // by whether it is a preset
	for _, r := range ready {
		rows[r.Preset] = append(rows[r.Preset], []string{"  " + r.Name, firstSentence(r.Description)})
	}
	fmt.Fprintf(e.stdout, "Presets, for --preset NAME or include: [NAME]:\n\n")
	printRows(e.stdout, rows[true]...)
	fmt.Fprintf(e.stdout, "\nScenarios, for --scenario NAME:\n\n")
	printRows(e.stdout, rows[false]...)
	return nil
}

// maxSummary keeps a list readable on a terminal.
const maxSummary = 100

// firstSentence shortens a description for a list.
func firstSentence(s string) string {
	if i := strings.Index(s, ". "); i >= 0 {
		s = s[:i+1]
	}
	if r := []rune(s); len(r) > maxSummary {
		short := string(r[:maxSummary])
		s = short[:max(strings.LastIndexByte(short, ' '), 0)] + " …"
	}
	return s
}

type showCmd struct {
	Name   string `arg:"" predictor:"ready" help:"Name of a ready scenario or preset."`
	Output string `help:"Form of the answer: text is the file itself, json has more about it." enum:"text,json" default:"text" short:"o"`
}

func (c *showCmd) Run(e *env) error {
	source, err := scenarios.Read(c.Name)
	if err != nil {
		return err
	}
	if c.Output == "text" {
		_, err = e.stdout.Write(source)
		return err
	}
	s, err := scenarios.Parse(language(), c.Name)
	if err != nil {
		return err
	}
	return printIndented(e, struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Rules       int    `json:"rules"`
		Source      string `json:"source"`
	}{s.Name, s.Description, s.Rules(), string(source)})
}

type schemaCmd struct{}

func (c *schemaCmd) Run(e *env) error {
	_, err := e.stdout.Write(language().Schema())
	return err
}
