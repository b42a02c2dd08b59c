// Package httpapi is Daraja's side of HTTP: its paths, its checks in its order, its
// JSON to the key order and the type, over a simulated world.
package httpapi

import (
	"log/slog"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/journal"
)

// MaxBody is how many bytes a request body may have.
const MaxBody = 64 << 10

// Recorder keeps every request and how it was answered.
type Recorder interface {
	AddRequest(journal.Request) (seq uint64)
}

// Config makes the API. All fields must be set.
type Config struct {
	World  *simulator.World
	Record Recorder
	Log    *slog.Logger
}

type server struct {
	world  *simulator.World
	record Recorder
	log    *slog.Logger
}

// New returns Daraja's API.
func New(c Config) http.Handler {
	s := &server{world: c.World, record: c.Record, log: c.Log}
	r := mux.NewRouter().SkipClean(true) // a path that is nearly right is not found, and not redirected

	s.route(r, http.MethodGet, daraja.TokenPath, simulator.APIOAuth, s.token)
	s.route(r, http.MethodPost, daraja.STKPushPath, simulator.APISTKPush, s.stkPush)
	s.route(r, http.MethodPost, daraja.STKQueryPath, simulator.APISTKQuery, s.stkQuery)

	r.NotFoundHandler = s.serve(simulator.APIUnknown, s.notFound)
	return r
}

// route serves h on one verb of a path, and Daraja's refusal on the others.
func (s *server) route(r *mux.Router, method, path string, api simulator.API, h handler) {
	r.Handle(path, s.serve(api, h)).Methods(method)
	r.Handle(path, s.serve(api, s.wrongMethod))
}

func (s *server) wrongMethod(r *request) (response, error) {
	return response{}, s.world.WrongMethod(r.Method)
}

func (s *server) notFound(r *request) (response, error) {
	return response{}, daraja.ErrNotFound().Because("Daraja has no %.200q, or it is not simulated", r.URL.Path)
}
