package client

import (
	"context"
	"net/http"
	"net/url"

	"github.com/darajabox/darajabox/internal/apiclient"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// Scenario is the active scenario with its file.
type Scenario struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Source      string `json:"source"` // YAML
	File        string `json:"file"`   // that it was read from; "" for none
	Fault       string `json:"fault"`  // of the latest edit of File, which was not taken; "" for none

	Version  string `json:"version"`      // of the text that an edit begins from
	Writable bool   `json:"writable"`     // it can be saved to File
	Changed  bool   `json:"file_changed"` // on disk, since it was loaded
	Saved    bool   `json:"saved"`        // the text is that of the file
	Gone     bool   `json:"file_gone,omitempty"`
}

// ScenarioError is a mistake in a scenario.
type ScenarioError struct {
	scenario.Error

	Text string `json:"text"` // all of it, in the line that compilers print
}

// Problem is the body of a refusal.
type Problem struct {
	Error     string          `json:"error"`
	Code      string          `json:"code,omitempty"`
	Field     string          `json:"field,omitempty"`
	Faults    []ScenarioError `json:"faults,omitempty"`
	Status    int             `json:"status,omitempty"`     // of Daraja's refusal
	ErrorCode string          `json:"error_code,omitempty"` // Daraja's
}

// LoadScenario loads a scenario, in YAML; file is the name of the file that it is from,
// without its folder, or "".
func (c *Client) LoadScenario(ctx context.Context, file, source string) (Scenario, error) {
	query := apiclient.Query(map[string]string{"file": file})
	return call[Scenario](ctx, c, apiclient.Call{Method: http.MethodPut, Path: "/scenario", Query: query, Body: apiclient.YAML(source)})
}

// LoadReadyScenario loads a ready scenario.
func (c *Client) LoadReadyScenario(ctx context.Context, name string) (Scenario, error) {
	return call[Scenario](ctx, c, apiclient.Call{Method: http.MethodPut, Path: "/scenario", Query: url.Values{"name": {name}}})
}

// UnloadScenario leaves the world without a scenario.
func (c *Client) UnloadScenario(ctx context.Context) error {
	return c.do(ctx, http.MethodDelete, "/scenario")
}
