package control

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

func (s *server) scenario(*http.Request) (response, error) {
	loaded, ok := s.scenarios.Loaded()
	if !ok {
		return response{}, refuse(http.StatusNotFound, "no scenario is loaded")
	}
	return response{body: loaded}, nil
}

// loadScenario takes a scenario in YAML, or with ?name= a ready one. A scenario
// with a mistake leaves the one before in charge.
func (s *server) loadScenario(r *http.Request) (response, error) {
	source, err := io.ReadAll(r.Body)
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return response{}, refuse(http.StatusRequestEntityTooLarge, "the scenario is over %d bytes", MaxScenario)
	}
	if err != nil {
		return response{}, refuse(http.StatusBadRequest, "the scenario could not be read to its end: %v", err)
	}
	name := r.URL.Query().Get("name")
	var loaded Scenario
	switch {
	case name != "" && len(source) > 0:
		return response{}, refuse(http.StatusBadRequest, "give either a scenario in the body or the name of a ready one, not both")
	case name != "":
		loaded, err = s.scenarios.LoadReady(name)
	case len(source) > 0:
		loaded, err = s.scenarios.Load(source)
	default:
		return response{}, refuse(http.StatusBadRequest, "the body is empty; it must be a scenario in YAML, unless ?name= names a ready one")
	}
	if err != nil {
		return response{}, refuse(http.StatusBadRequest, "%s", err)
	}
	return response{body: loaded}, nil
}

func (s *server) unloadScenario(*http.Request) (response, error) {
	if err := s.scenarios.Unload(); err != nil {
		return response{}, fmt.Errorf("unloading the scenario: %w", err)
	}
	return response{status: http.StatusNoContent}, nil
}

func (s *server) reset(r *http.Request) (response, error) {
	if err := s.resetter.Reset(r.Context()); err != nil {
		return response{}, fmt.Errorf("resetting: %w", err)
	}
	return response{status: http.StatusNoContent}, nil
}
