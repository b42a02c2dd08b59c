// Package control is the simulator's second port: what a tester asks and sets
// while something runs against Daraja's API on the first.
package control

import (
	"context"
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// Limits of what is taken and given at once.
const (
	MaxScenario  = 256 << 10 // bytes of a scenario file
	DefaultLimit = 100       // records, unless ?limit= says otherwise
	MaxLimit     = journal.DefaultSize
)

// World is what can be asked of the simulated world.
type World interface {
	Settings() []simulator.SettingValue
	Ledger() []simulator.Entry
}

// Journal is the record of what happened.
type Journal interface {
	Requests(limit int) []journal.Request
	Callbacks(limit int) []journal.Callback
}

// Scenario is a scenario that is in charge.
type Scenario struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Source      string `json:"source"` // YAML
}

// Scenarios puts scenarios in charge. An error of a Load is the caller's mistake
// and is told to the caller in full.
type Scenarios interface {
	Loaded() (Scenario, bool)
	Load(source []byte) (Scenario, error)
	LoadReady(name string) (Scenario, error)
	Unload() error
}

// Resetter brings everything back to the start.
type Resetter interface {
	Reset(context.Context) error
}

// Config makes the control API. All fields must be set.
type Config struct {
	World     World
	Journal   Journal
	Scenarios Scenarios
	Resetter  Resetter
}

type server struct {
	world     World
	journal   Journal
	scenarios Scenarios
	resetter  Resetter
}

// New returns the control API.
func New(c Config) http.Handler {
	s := &server{world: c.World, journal: c.Journal, scenarios: c.Scenarios, resetter: c.Resetter}
	r := mux.NewRouter()

	r.Handle("/health", handler(s.health)).Methods(http.MethodGet)
	r.Handle("/outcomes", handler(s.outcomes)).Methods(http.MethodGet)
	r.Handle("/settings", handler(s.settings)).Methods(http.MethodGet)
	r.Handle("/requests", handler(s.requests)).Methods(http.MethodGet)
	r.Handle("/callbacks", handler(s.callbacks)).Methods(http.MethodGet)
	r.Handle("/ledger", handler(s.ledger)).Methods(http.MethodGet)
	r.Handle("/scenario", handler(s.scenario)).Methods(http.MethodGet)
	r.Handle("/scenario", handler(s.loadScenario)).Methods(http.MethodPut)
	r.Handle("/scenario", handler(s.unloadScenario)).Methods(http.MethodDelete)
	r.Handle("/reset", handler(s.reset)).Methods(http.MethodPost)

	r.NotFoundHandler = handler(func(r *http.Request) (response, error) {
		return response{}, refuse(http.StatusNotFound, "there is no %.200q here", r.URL.Path)
	})
	r.MethodNotAllowedHandler = handler(func(r *http.Request) (response, error) {
		return response{}, refuse(http.StatusMethodNotAllowed, "%.20s is not a verb of %.200q", r.Method, r.URL.Path)
	})
	return sameOrigin(r)
}

// sameOrigin refuses what a page of another site makes a browser send: a browser
// is open beside a local tool, and every page in it can reach loopback.
func sameOrigin(next http.Handler) http.Handler {
	foreign := handler(func(*http.Request) (response, error) {
		return response{}, refuse(http.StatusForbidden, "a page of another site may not use the control API")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origins, sent := r.Header["Origin"]; sent {
			from, err := url.Parse(origins[0])
			if err != nil || len(origins) > 1 || from.Host == "" || from.Host != r.Host {
				foreign.ServeHTTP(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
