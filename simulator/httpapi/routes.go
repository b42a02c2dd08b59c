// Package httpapi is Daraja's side of HTTP: its paths, its checks in its order, its
// JSON to the key order and the type, over simulated worlds, and what goes wrong with
// its answers on their way.
package httpapi

import (
	"log/slog"
	"net/http"
	"path"
	"strings"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// MaxBody is how many bytes a request body may have.
const MaxBody = 64 << 10

// Config makes the API. All fields must be set.
type Config struct {
	Places Places
	Log    *slog.Logger
}

type server struct {
	places Places
	log    *slog.Logger
}

// New returns Daraja's API, for every world under /w/{id} and without that prefix.
func New(c Config) http.Handler {
	s := &server{places: c.Places, log: c.Log}
	r := mux.NewRouter().SkipClean(true) // a path that is nearly right is not found, and not redirected
	s.routes(r)
	s.routes(r.PathPrefix(worldPrefix + "{world}").Subrouter())
	r.NotFoundHandler = s.serve(simulator.APIUnknown, s.notFound)
	return r
}

func (s *server) routes(r *mux.Router) {
	s.route(r, http.MethodPost, daraja.STKPushPath, simulator.APISTKPush, s.stkPush)
	s.route(r, http.MethodPost, daraja.STKQueryPath, simulator.APISTKQuery, s.stkQuery)
	s.route(r, http.MethodGet, daraja.TokenPath, simulator.APIOAuth, s.token)
}

// route serves h on one verb of a path, and Daraja's refusal on the others.
func (s *server) route(r *mux.Router, method, path string, api simulator.API, h handler) {
	r.Handle(path, s.serve(api, h)).Methods(method)
	r.Handle(path, s.serve(api, s.wrongMethod))
}

func (s *server) wrongMethod(r *request) (response, error) {
	return response{}, r.place.World.WrongMethod(r.Method)
}

func (s *server) notFound(r *request) (response, error) {
	return response{}, daraja.ErrNotFound().Because("Daraja has no %.200q, or it is not simulated%s", r.URL.Path, nearestPath(r.URL.Path))
}

// nearestPath asks for the path that was probably meant: one with a slash too many, other
// capitals or a few wrong letters. It is "" when none is near.
func nearestPath(asked string) string {
	asked, prefix := path.Clean("/"+asked), ""
	if rest, ok := strings.CutPrefix(asked, worldPrefix); ok {
		if world, below, ok := strings.Cut(rest, "/"); ok && len(world) <= 80 {
			asked, prefix = "/"+below, worldPrefix+world
		}
	}
	near := simulator.Nearest(asked, []string{daraja.STKPushPath, daraja.STKQueryPath, daraja.TokenPath})
	if near == "" {
		return ""
	}
	return "; did you mean " + prefix + near + "?"
}
