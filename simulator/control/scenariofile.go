package control

import (
	"errors"
	"net/http"
	"strings"

	"github.com/darajabox/darajabox/simulator/journal"
)

// FileState is how the file is that a world's scenario is kept in. The zero value is of
// a world without one.
type FileState struct {
	Name     string
	Writable bool
	Version  string // of what is on disk; "" when it cannot be read
	Gone     bool   // there is no such file any more
}

// ScenarioFaults is the error of a scenario with mistakes.
type ScenarioFaults struct {
	Faults []ScenarioFault // at least one
	Cause  error
}

// Error implements error.
func (f *ScenarioFaults) Error() string { return f.Cause.Error() }

// Unwrap returns the cause.
func (f *ScenarioFaults) Unwrap() error { return f.Cause }

// scenarioState is the scenario in charge with its file.
type scenarioState struct {
	scenarioView

	Version  string `json:"version"`      // of the text that an edit begins from: what PUT /scenario/file wants
	Writable bool   `json:"writable"`     // it can be saved to File
	Changed  bool   `json:"file_changed"` // on disk, since it was loaded
	Saved    bool   `json:"saved"`        // the text is that of the file
	Gone     bool   `json:"file_gone,omitempty"`
}

// newScenarioState compares the file with loaded itself: another scenario may be in charge
// by now.
func newScenarioState(w World, loaded Scenario) scenarioState {
	file := w.ScenarioFile()
	changed := file.Name != "" && (file.Version == "" || file.Version != loaded.Version)
	view := scenarioView{Name: loaded.Name, Description: loaded.Description, Source: loaded.Source, File: loaded.File, Fault: loaded.Fault}
	if file.Name != "" {
		view.File = file.Name
	}
	return scenarioState{
		scenarioView: view, Version: loaded.Version, Writable: file.Writable, Changed: changed,
		Saved: file.Name != "" && loaded.FromFile && !changed,
		Gone:  file.Gone,
	}
}

// saveScenario writes a scenario to the file that the simulator was started with, and
// puts it in charge.
func (s *server) saveScenario(w World, r *http.Request) (response, error) {
	source, err := readBody(r)
	if err != nil {
		return response{}, err
	}
	file := w.ScenarioFile()
	if file.Name == "" {
		return response{}, refuse(http.StatusNotFound, "this world has no scenario file; start the simulator with --scenario FILE, or download the scenario")
	}
	version, overwrite := r.URL.Query().Get("version"), r.URL.Query().Get("overwrite")
	switch {
	case len(strings.TrimSpace(string(source))) == 0:
		return response{}, refuse(http.StatusBadRequest, "the body is empty; it must be a scenario in YAML")
	case overwrite != "" && overwrite != "0" && overwrite != "1":
		return response{}, refuseField("overwrite", " is %.40q; it must be 1 or 0", overwrite)
	case version == "" && overwrite != "1":
		return response{}, refuseField("version", " is missing; send the version of the scenario that the edit began from")
	}
	loaded, err := w.SaveScenario(source, version, overwrite == "1")
	var faulty *ScenarioFaults
	switch {
	case errors.As(err, &faulty):
		return response{}, &refusal{status: http.StatusBadRequest, text: faulty.Error(), faults: newFaults(faulty.Faults), cause: err}
	case err != nil:
		return response{}, err
	}
	note(w, r, journal.Record{Reason: "the scenario " + loaded.Name + " was saved to " + file.Name + " and loaded"})
	return response{body: newScenarioState(w, loaded)}, nil
}
