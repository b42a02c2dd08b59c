package control

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// defaultFile names a scenario that came without a file, in messages.
const defaultFile = "scenario.yaml"

// maxFileName is the longest name that common file systems take, in bytes.
const maxFileName = 255

// fileName checks the name of the file that a scenario comes from. It names the scenario
// and its mistakes; no file is opened. "" is defaultFile. key is what gave it.
func fileName(key, name string) (string, error) {
	switch {
	case name == "":
		return defaultFile, nil
	case len(name) > maxFileName, name == ".", name == "..", !utf8.ValidString(name),
		strings.ContainsFunc(name, func(r rune) bool { return r == '/' || r == '\\' || unicode.IsControl(r) }):
		return "", refuse(http.StatusBadRequest, "%s is %.80q; it must be the name of a file without its folder, at most %d bytes", key, name, maxFileName)
	}
	return name, nil
}

type scenarioView struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Source      string `json:"source"`
	File        string `json:"file"`
	Fault       string `json:"fault"`
}

// fault is a mistake in a scenario. Text is all of it in the line that compilers print.
type fault struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Expected string `json:"expected"`
	Nearest  string `json:"nearest"`
	Text     string `json:"text"`
}

// ScenarioFaultsOf are mistakes or warnings as the control API gives them.
func ScenarioFaultsOf(all []*scenario.Error) []ScenarioFault {
	var out []ScenarioFault
	for _, e := range all {
		out = append(out, ScenarioFault{File: e.File, Line: e.Line, Column: e.Column, Message: e.Message, Expected: e.Expected, Nearest: e.Nearest})
	}
	return out
}

func newFaults(all []ScenarioFault) []fault {
	out := []fault{}
	for _, f := range all {
		e := scenario.Error{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message, Expected: f.Expected, Nearest: f.Nearest}
		out = append(out, fault{File: f.File, Line: f.Line, Column: f.Column, Message: f.Message, Expected: f.Expected, Nearest: f.Nearest, Text: e.Error()})
	}
	return out
}

type readyView struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Preset      bool   `json:"preset"`
}

func (s *server) readyScenarios(*http.Request) (response, error) {
	all := []readyView{}
	for _, r := range s.worlds.Ready() {
		all = append(all, readyView{Name: r.Name, Description: r.Description, Preset: r.Preset})
	}
	return response{body: struct {
		Scenarios []readyView `json:"scenarios"`
	}{all}}, nil
}

func (s *server) readyScenario(r *http.Request) (response, error) {
	name := strings.TrimSuffix(mux.Vars(r)["name"], ".yaml")
	found, err := s.readyNamed(name)
	if err != nil {
		return response{}, refuse(http.StatusNotFound, "%s", err)
	}
	return response{kind: "text/yaml; charset=utf-8", raw: []byte(found.Source)}, nil
}

// readyNamed finds a ready scenario. The error is a *scenario.NotFound.
func (s *server) readyNamed(name string) (ReadyScenario, error) {
	var known []string
	for _, r := range s.worlds.Ready() {
		if r.Name == name {
			return r, nil
		}
		known = append(known, r.Name)
	}
	return ReadyScenario{}, &scenario.NotFound{Name: name, Known: known}
}

func (s *server) scenarioSchema(*http.Request) (response, error) {
	return response{kind: "application/schema+json", raw: scenario.Schema()}, nil
}

// checkScenario says what is wrong with a scenario, without any world.
func (s *server) checkScenario(r *http.Request) (response, error) {
	source, err := readBody(r)
	if err != nil {
		return response{}, err
	}
	file, err := fileName("file", r.URL.Query().Get("file"))
	if err != nil {
		return response{}, err
	}
	faults := newFaults(s.worlds.Check(file, source))
	rules := 0
	if len(faults) == 0 {
		if parsed, err := scenario.ParseWith(file, source, s.include); err == nil {
			rules = parsed.Rules()
		}
	}
	return response{body: struct {
		OK       bool    `json:"ok"`
		Rules    int     `json:"rules"` // those that it includes, too
		Faults   []fault `json:"faults"`
		Warnings []fault `json:"warnings"` // of a scenario without faults
	}{len(faults) == 0, rules, faults, s.warnings(file, source)}}, nil
}

// warnings is what a scenario says in vain.
func (s *server) warnings(file string, source []byte) []fault {
	return newFaults(ScenarioFaultsOf(scenario.Warnings(file, source, s.include)))
}

// include finds what a scenario may include that came without a file: a ready one.
func (s *server) include(_, name string) (file string, source []byte, err error) {
	found, err := s.readyNamed(strings.TrimSuffix(name, ".yaml"))
	return found.Name + ".yaml", []byte(found.Source), err
}

// scenarioMistake is the error of a scenario that could not be loaded, with
// every mistake in its source.
func (s *server) scenarioMistake(err error, file string, source []byte) error {
	err = mistake(err)
	var r *refusal
	if errors.As(err, &r) && r.status == http.StatusBadRequest && len(source) > 0 {
		if faults := s.worlds.Check(file, source); len(faults) > 0 {
			return &refusal{status: r.status, text: r.text, faults: newFaults(faults)}
		}
	}
	return err
}

func (s *server) scenario(w World, _ *http.Request) (response, error) {
	loaded, ok := w.Loaded()
	if !ok && loaded.Fault == "" && w.ScenarioFile().Name == "" {
		return response{}, refuse(http.StatusNotFound, "no scenario is loaded")
	}
	return response{body: newScenarioState(w, loaded)}, nil
}

// loadScenario takes a scenario in YAML, or with ?name= a ready one. A scenario
// with a mistake leaves the one before in charge.
func (s *server) loadScenario(w World, r *http.Request) (response, error) {
	source, err := readBody(r)
	if err != nil {
		return response{}, err
	}
	name := r.URL.Query().Get("name")
	file, err := fileName("file", r.URL.Query().Get("file"))
	if err != nil {
		return response{}, err
	}
	var loaded Scenario
	switch {
	case name != "" && len(source) > 0:
		return response{}, refuse(http.StatusBadRequest, "give either a scenario in the body or the name of a ready one, not both")
	case name != "":
		loaded, err = w.LoadReady(name)
	case len(source) > 0:
		loaded, err = w.Load(file, source)
	default:
		return response{}, refuse(http.StatusBadRequest, "the scenario is empty; it must be YAML, or the name of a ready one")
	}
	if err != nil {
		return response{}, s.scenarioMistake(err, file, source)
	}
	note(w, r, journal.Record{Reason: "the scenario " + loaded.Name + " was loaded"})
	return response{body: newScenarioState(w, loaded)}, nil
}

func (s *server) unloadScenario(w World, r *http.Request) (response, error) {
	if err := w.Unload(); err != nil {
		return response{}, fmt.Errorf("unloading the scenario: %w", err)
	}
	note(w, r, journal.Record{Reason: "the scenario was unloaded"})
	return noContent(), nil
}
