package control

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/control/client"
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

// NewScenarioErrors are mistakes or warnings as the control API gives them.
func NewScenarioErrors(all []*scenario.Error) []client.ScenarioError {
	out := []client.ScenarioError{}
	for _, e := range all {
		out = append(out, client.ScenarioError{Error: *e, Text: e.Error()})
	}
	return out
}

func (s *server) readyScenarios(*http.Request) (any, error) {
	return map[string]any{"scenarios": append([]scenarios.Ready{}, s.Worlds.Ready()...)}, nil
}

func (s *server) readyScenario(r *http.Request) (any, error) {
	_, source, err := s.include("", mux.Vars(r)["name"])
	if err != nil {
		return nil, refuse(http.StatusNotFound, "%s", err)
	}
	return response{kind: "text/yaml; charset=utf-8", raw: source}, nil
}

// include finds a ready scenario, by its name with or without .yaml: what a scenario may
// include that came without a file. The error is a *scenario.NotFound.
func (s *server) include(_, name string) (file string, source []byte, err error) {
	name = strings.TrimSuffix(name, ".yaml")
	var known []string
	for _, r := range s.Worlds.Ready() {
		if r.Name == name {
			return name + ".yaml", r.Source, nil
		}
		known = append(known, r.Name)
	}
	return "", nil, &scenario.NotFound{Name: name, Known: known}
}

func (s *server) scenarioSchema(*http.Request) (any, error) {
	return response{kind: "application/schema+json", raw: s.language.Schema()}, nil
}

// checkScenario says what is wrong with a scenario, without any world.
func (s *server) checkScenario(r *http.Request) (any, error) {
	source, err := readBody(r)
	if err != nil {
		return nil, err
	}
	file, err := fileName("file", r.URL.Query().Get("file"))
	if err != nil {
		return nil, err
	}
	faults := s.check(file, source)
	rules := 0
	if len(faults) == 0 {
		if parsed, err := s.language.Parse(file, source, s.include); err == nil {
			rules = parsed.Rules()
		}
	}
	return struct {
		OK       bool                   `json:"ok"`
		Rules    int                    `json:"rules"` // those that it includes, too
		Faults   []client.ScenarioError `json:"faults"`
		Warnings []client.ScenarioError `json:"warnings"` // of a scenario without faults
	}{len(faults) == 0, rules, faults, s.warnings(file, source)}, nil
}

// warnings are the parts of a scenario without effect.
func (s *server) warnings(file string, source []byte) []client.ScenarioError {
	return NewScenarioErrors(s.language.Warnings(file, source, s.include))
}

// check lists every mistake in a scenario, in the order of the file.
func (s *server) check(file string, source []byte) []client.ScenarioError {
	return NewScenarioErrors(s.language.Check(file, source, s.include))
}

func (s *server) scenario(w World, _ *http.Request) (any, error) {
	loaded, ok := w.Loaded()
	if !ok && loaded.Fault == "" && w.ScenarioFile().Name == "" {
		return nil, refuse(http.StatusNotFound, "no scenario is loaded")
	}
	return withFile(w, loaded), nil
}

// loadScenario takes a scenario in YAML, or with ?name= a ready one. A scenario with a
// mistake is not loaded: the one before stays active.
func (s *server) loadScenario(w World, r *http.Request) (any, error) {
	source, err := readBody(r)
	if err != nil {
		return nil, err
	}
	name := r.URL.Query().Get("name")
	file, err := fileName("file", r.URL.Query().Get("file"))
	if err != nil {
		return nil, err
	}
	switch {
	case name != "" && len(source) > 0:
		return nil, refuse(http.StatusBadRequest, "give either a scenario in the body or the name of a ready one, not both")
	case name != "":
		file, source, err = s.include("", name)
	case len(source) == 0:
		return nil, refuse(http.StatusBadRequest, "the scenario is empty; it must be YAML, or the name of a ready one")
	}
	if err != nil {
		return nil, badRequest(err)
	}
	loaded, err := w.Load(file, source)
	if err != nil {
		return nil, badRequest(err)
	}
	recordAction(w, r, journal.Record{Reason: "the scenario " + loaded.Name + " was loaded"})
	return withFile(w, loaded), nil
}

func (s *server) unloadScenario(w World, r *http.Request) (any, error) {
	if err := w.Unload(); err != nil {
		return nil, fmt.Errorf("unloading the scenario: %w", err)
	}
	recordAction(w, r, journal.Record{Reason: "the scenario was unloaded"})
	return nil, nil
}

// FileState is how the file is that a world's scenario is kept in. The zero value is of
// a world without one.
type FileState struct {
	Name     string
	Writable bool
	Version  string // of what is on disk; "" when it cannot be read
	Gone     bool   // there is no such file any more
}

// ScenarioErrors is the error of a scenario with mistakes.
type ScenarioErrors struct {
	Faults []client.ScenarioError // at least one
	Cause  error
}

// Error implements error.
func (f *ScenarioErrors) Error() string { return f.Cause.Error() }

// Unwrap returns the cause.
func (f *ScenarioErrors) Unwrap() error { return f.Cause }

// withFile completes loaded. It compares the file itself, since another scenario may be
// active by now.
func withFile(w World, loaded client.Scenario) client.Scenario {
	file := w.ScenarioFile()
	loaded.Changed = file.Name != "" && (file.Version == "" || file.Version != loaded.Version)
	loaded.Saved = loaded.Saved && file.Name != "" && !loaded.Changed
	loaded.File, loaded.Writable, loaded.Gone = cmp.Or(file.Name, loaded.File), file.Writable, file.Gone
	return loaded
}

// saveScenario writes a scenario to the file that the simulator was started with, and
// loads it.
func (s *server) saveScenario(w World, r *http.Request) (any, error) {
	source, err := readBody(r)
	if err != nil {
		return nil, err
	}
	file := w.ScenarioFile()
	if file.Name == "" {
		return nil, refuse(http.StatusNotFound, "this world has no scenario file; start the simulator with --scenario FILE, or download the scenario")
	}
	version, overwrite := r.URL.Query().Get("version"), r.URL.Query().Get("overwrite")
	switch {
	case len(strings.TrimSpace(string(source))) == 0:
		return nil, refuse(http.StatusBadRequest, "the body is empty; it must be a scenario in YAML")
	case overwrite != "" && overwrite != "0" && overwrite != "1":
		return nil, refuseField("overwrite", " is %.40q; it must be 1 or 0", overwrite)
	case version == "" && overwrite != "1":
		return nil, refuseField("version", " is missing; send the version of the scenario that the edit began from")
	}
	loaded, err := w.SaveScenario(source, version, overwrite == "1")
	if err != nil {
		return nil, err
	}
	recordAction(w, r, journal.Record{Reason: "the scenario " + loaded.Name + " was saved to " + file.Name + " and loaded"})
	return withFile(w, loaded), nil
}
