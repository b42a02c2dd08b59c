package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/darajabox/darajabox/scenarios"
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
	Output string   `help:"Form of the answer: text or json." enum:"text,json" default:"text" short:"o"`
}

// Help says what a warning is.
func (*validateCmd) Help() string {
	return `Each mistake has a line with its place; the exit code is then 1. A rule that can never decide is a warning: the file can be used, and the exit code is 0 without --strict.

    darajabox scenario validate shop.yaml
    darajabox scenario validate --strict scenarios/*.yaml`
}

// validation is what is said of one file.
type validation struct {
	File   string  `json:"file"`
	OK     bool    `json:"ok"`
	Rules  int     `json:"rules"` // the included ones counted
	Error  string  `json:"error,omitempty"`
	Faults []fault `json:"faults"`

	Warnings []fault `json:"warnings"`
}

// fault is a mistake in a scenario.
type fault struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Expected string `json:"expected"`
	Nearest  string `json:"nearest"`
	Text     string `json:"text"` // the three in one line
}

// withoutPlace is the mistake in one line, without the place that it stands in.
func (f fault) withoutPlace() string {
	return (&scenario.Error{Message: f.Message, Expected: f.Expected, Nearest: f.Nearest}).Text()
}

func newFault(m *scenario.Error) fault {
	return fault{m.File, m.Line, m.Column, m.Message, m.Expected, m.Nearest, m.Text()}
}

// Run checks every file and fails when one of them is at fault.
func (c *validateCmd) Run(e *env) error {
	all := make([]validation, len(c.Files))
	failed := false
	for i, file := range c.Files {
		all[i] = validate(file)
		failed = failed || !all[i].OK || c.Strict && len(all[i].Warnings) > 0
	}
	if c.Output == "json" {
		if err := writeJSON(e, all); err != nil {
			return err
		}
	} else {
		for _, v := range all {
			v.tell(e)
		}
	}
	if failed {
		return errReported
	}
	return nil
}

// tell prints a validation for a person: faults to standard error, as compilers do.
func (v validation) tell(e *env) {
	switch {
	case v.OK:
		fmt.Fprintf(e.stdout, "%s: ok, %s\n", v.File, counted(v.Rules, "rule"))
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
	v := validation{File: file, Faults: []fault{}, Warnings: []fault{}}
	name, source, err := readScenario(file)
	if err != nil {
		v.Error = err.Error()
		return v
	}
	for _, m := range scenario.Check(name, source, loadIncluded) {
		v.Faults = append(v.Faults, newFault(m))
	}
	for _, m := range scenario.Warnings(name, source, loadIncluded) {
		v.Warnings = append(v.Warnings, newFault(m))
	}
	if len(v.Faults) > 0 {
		return v
	}
	s, err := scenario.ParseWith(name, source, loadIncluded)
	if err != nil { // only when a file changed in between
		v.Error = err.Error()
		return v
	}
	v.OK, v.Rules = true, s.Rules()
	return v
}

type listCmd struct {
	Output string `help:"Form of the answer: text or json." enum:"text,json" default:"text" short:"o"`
}

// listed is a ready scenario in a list.
type listed struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Preset      bool   `json:"preset"`
	Rules       int    `json:"rules"`
}

// Run lists the ready scenarios.
func (c *listCmd) Run(e *env) error {
	ready, err := scenarios.Describe()
	if err != nil {
		return err
	}
	all := make([]listed, len(ready))
	for i, r := range ready {
		all[i] = listed{r.Name, r.Description, r.Preset, r.Rules}
	}
	if c.Output == "json" {
		return writeJSON(e, all)
	}
	fmt.Fprintf(e.stdout, "Presets, for --preset NAME or include: [NAME]:\n\n")
	if err := listReady(e, all, true); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "\nScenarios, for --scenario NAME:\n\n")
	return listReady(e, all, false)
}

func listReady(e *env, all []listed, presets bool) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, l := range all {
		if l.Preset == presets {
			fmt.Fprintf(w, "  %s\t%s\n", l.Name, firstSentence(l.Description))
		}
	}
	return w.Flush()
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

// Run prints a ready scenario.
func (c *showCmd) Run(e *env) error {
	source, err := scenarios.Read(c.Name)
	if err != nil {
		return err
	}
	if c.Output == "text" {
		_, err = e.stdout.Write(source)
		return err
	}
	s, err := scenarios.Parse(c.Name)
	if err != nil {
		return err
	}
	return writeJSON(e, struct {
		Name        string `json:"name"`
		Description string `json:"description"`
		Rules       int    `json:"rules"`
		Source      string `json:"source"`
	}{s.Name, s.Description, s.Rules(), string(source)})
}

type schemaCmd struct{}

// Run prints the JSON Schema.
func (c *schemaCmd) Run(e *env) error {
	_, err := e.stdout.Write(scenario.Schema())
	return err
}

func writeJSON(e *env, v any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}
