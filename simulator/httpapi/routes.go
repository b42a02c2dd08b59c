// Package httpapi is Daraja's side of HTTP: its paths, its checks in its order, its
// JSON to the key order and the type, over simulated worlds, and the faults of
// its answers.
package httpapi

import (
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/suggest"
	"github.com/darajabox/darajabox/simulator"
)

// MaxBody is how many bytes a request body may have, unless its operation takes more.
const MaxBody = 64 << 10

// Config makes the API. All fields must be set.
type Config struct {
	Worlds   Worlds
	Products *simulator.Catalogue
	Log      *slog.Logger
}

type server struct{ Config }

// New returns Daraja's API, for every world under /w/{id} and without that prefix.
func New(c Config) http.Handler {
	s := &server{c}
	r := mux.NewRouter().SkipClean(true) // a path that is nearly right is not found, and not redirected
	s.routes(r)
	s.routes(r.PathPrefix(worldPrefix + "{world}").Subrouter())
	r.NotFoundHandler = s.handleHTTP(simulator.APIUnknown, s.notFound)
	return r
}

func (s *server) routes(r *mux.Router) {
	for _, op := range s.Products.Operations() {
		for _, path := range op.Paths() {
			call := func(r *request) (any, error) { return r.callWorld(op, path) }
			r.Handle(path, s.handleHTTP(op.API, call)).Methods(op.Methods()...)
		}
	}
	for _, op := range s.Products.Operations() { // other verbs; after all, since operations may share a path
		for _, path := range op.Paths() {
			r.Handle(path, s.handleHTTP(op.API, s.wrongMethod))
		}
	}
}

// callWorld answers with what the world makes of a call of op by one of its paths.
func (r *request) callWorld(op simulator.Operation, path string) (any, error) {
	c := simulator.Call{Authorization: r.Header.Get("Authorization"), Header: r.Header, Body: r.body, Path: path}
	switch fromQuery := r.Method == http.MethodGet && (r.URL.RawQuery != "" || !op.AlsoGET); {
	case fromQuery:
		c.Values = query(r.URL)
	case op.List:
		c.List, c.BodyError = r.list(op)
	default:
		c.Values, c.BodyError = r.fields(op)
		readQuery(c.Values, op.Fields, r.URL)
	}
	res := r.world.Domain.HandleCall(op.API, c)
	r.reply, r.token, r.refusal = res.Reply, res.Token, res.Envelope
	about := res.About
	r.record.Payment, r.record.Phone, r.record.Amount = about.Payment, about.Phone, about.Amount
	r.record.Reference, r.record.Shortcode = about.Reference, about.Shortcode
	return res.Body, r.hintSpelling(c.Values, res.Err, op.Fields)
}

// query are the fields of a GET. Of a name that comes twice the first one counts.
func query(u *url.URL) simulator.Values {
	fields := make(simulator.Values)
	for name, texts := range u.Query() {
		fields[name] = daraja.Text(texts[0])
	}
	return fields
}

// readQuery takes from the query of a POST the fields that may be in it.
func readQuery(f simulator.Values, fields []simulator.Field, u *url.URL) {
	if u.RawQuery == "" || f == nil {
		return
	}
	given := query(u)
	for _, field := range fields {
		if v, there := given[field.Name]; there && field.InQuery {
			f[field.Name] = v
		}
	}
}

func (s *server) wrongMethod(r *request) (any, error) {
	return nil, r.world.Domain.WrongMethod(r.Method)
}

func (s *server) notFound(r *request) (any, error) {
	return nil, r.world.Domain.NotFound("Daraja has no %.200q, or it is not simulated%s", r.URL.Path, s.nearestPath(r.URL.Path))
}

// nearestPath asks for the path that was probably meant: one with a slash too many, other
// capitals or a few wrong letters. It is "" when none is near.
func (s *server) nearestPath(asked string) string {
	asked, prefix := path.Clean("/"+asked), ""
	if rest, ok := strings.CutPrefix(asked, worldPrefix); ok {
		if world, below, ok := strings.Cut(rest, "/"); ok && len(world) <= 80 {
			asked, prefix = "/"+below, worldPrefix+world
		}
	}
	var paths []string
	for _, op := range s.Products.Operations() {
		paths = append(paths, op.Paths()...)
	}
	near := suggest.Nearest(asked, paths)
	if near == "" {
		return ""
	}
	return "; did you mean " + prefix + near + "?"
}
