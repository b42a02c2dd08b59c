package control

import (
	"fmt"
	"net/http"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/simulator"
)

// Limits of the server. Waits are real time.
const (
	MaxWait     = 60 * time.Second
	MaxStreams  = 1024 // streams of events at once
	DefaultPing = 15 * time.Second

	maxPath = 512 // characters that a message repeats of a path
)

type server struct {
	worlds    Worlds
	darajaURL func(host string) string // nil leaves WorldInfo.BaseURL as it is
	version   string
	troubles  func() []string
	links     func(host string) []Address // nil has none
	daraja    http.Handler                // Daraja's API; nil has none
	self      func() string               // the base URL of this server for the simulator itself
	ping      time.Duration
	console   http.Handler // nil has none
	openapi   func() ([]byte, error)
	streams   chan struct{} // a place for each stream
	attended  attended
	bells     bells
	router    *mux.Router
}

// route is a place of the API. That of a world is there twice: below
// /worlds/{world}, and by itself for the default world.
type route struct {
	method, path string
	handler      handler
	ofWorld      func(World, *http.Request) (response, error) // instead of handler
}

// routes is the whole surface.
func (s *server) routes() []route {
	of := func(method, path string, h func(World, *http.Request) (response, error)) route {
		return route{method: method, path: path, ofWorld: h}
	}
	return []route{
		{method: "GET", path: "/health", handler: s.health},
		{method: "GET", path: "/outcomes", handler: s.outcomes},
		{method: "GET", path: "/errors", handler: s.errors},
		{method: "GET", path: "/scenarios", handler: s.readyScenarios},
		{method: "GET", path: "/scenarios/schema.json", handler: s.scenarioSchema},
		{method: "POST", path: "/scenarios/check", handler: s.checkScenario},
		{method: "GET", path: "/scenarios/{name}", handler: s.readyScenario},
		{method: "GET", path: "/worlds", handler: s.listWorlds},
		{method: "POST", path: "/worlds", handler: s.createWorld},
		{method: "GET", path: "/worlds/{world}", handler: s.world(s.worldInfo)},
		{method: "DELETE", path: "/worlds/{world}", handler: s.deleteWorld},

		of("POST", "/reset", noBody(s.reset)),
		of("GET", "/snapshots", s.snapshots),
		of("POST", "/snapshots", s.takeSnapshot),
		of("POST", "/snapshots/{id}/restore", noBody(s.restoreSnapshot)),
		of("DELETE", "/snapshots/{id}", s.dropSnapshot),
		of("GET", "/addresses", s.addresses),
		of("GET", "/settings", s.settings),
		of("PUT", "/settings", s.changeSettings),
		of("GET", "/payments", s.payments),
		of("POST", "/payments", s.pay),
		of("GET", "/payments/{id}", s.payment),
		of("GET", "/ledger", s.ledger),
		of("GET", "/organisations", s.organisations),
		of("GET", "/clock", s.clock),
		of("POST", "/clock/freeze", noBody(s.freezeClock)),
		of("POST", "/clock/run", s.runClock),
		of("POST", "/clock/advance", s.advanceClock),
		of("GET", "/phones", s.phones),
		of("GET", "/phones/{msisdn}", s.phone),
		of("PUT", "/phones/{msisdn}", s.editPhone),
		of("POST", "/phones/{msisdn}/attend", s.attend),
		of("POST", "/phones/{msisdn}/{action:pin|wrong_pin|cancel|ignore|off|on}", s.act),
		of("GET", "/queue", s.queue),
		of("POST", "/queue", s.enqueue),
		of("DELETE", "/queue", s.clearQueue),
		of("GET", "/journal", s.journal),
		of("DELETE", "/journal", s.clearJournal),
		of("GET", "/journal.jsonl", s.journalLines),
		of("GET", "/journal.har", s.journalArchive),
		of("POST", "/journal/verify", s.verify),
		of("POST", "/journal/wait", s.wait),
		of("GET", "/journal/{seq:[0-9]+}", s.record),
		of("GET", "/callbacks", s.callbacks),
		of("POST", "/callbacks/hold", noBody(s.holdCallbacks)),
		of("POST", "/callbacks/release", noBody(s.releaseCallbacks)),
		of("POST", "/callbacks/{id}/resend", noBody(s.resendCallback)),
		of("GET", "/scenario", s.scenario),
		of("PUT", "/scenario", s.loadScenario),
		of("DELETE", "/scenario", s.unloadScenario),
		of("PUT", "/scenario/file", s.saveScenario),
		of("GET", "/events", s.events),

		{method: "POST", path: receiverPath, handler: s.receive},
		{method: "GET", path: "/openapi.yaml", handler: s.openapiYAML},
		{method: "GET", path: "/openapi.json", handler: s.openapiJSON},
	}
}

func newServer(c Config) http.Handler {
	s := &server{
		worlds: c.Worlds, darajaURL: c.DarajaURL, version: c.Version, troubles: c.Troubles, links: c.Links, daraja: c.Daraja, self: c.Self, ping: c.Ping, openapi: sync.OnceValues(openapiAsJSON),
		streams: make(chan struct{}, MaxStreams), router: mux.NewRouter(),
	}
	if s.ping <= 0 {
		s.ping = DefaultPing
	}
	if c.Console != nil {
		s.console = pages(c.Console, "/")
	}
	for _, route := range s.routes() {
		h := route.handler
		if route.ofWorld != nil {
			h = s.world(route.ofWorld)
			s.router.Handle("/worlds/{world}"+route.path, h).Methods(route.method)
		}
		s.router.Handle(route.path, h).Methods(route.method)
	}
	docs := pages(docsFiles(), "/docs")
	s.router.Handle("/docs", docs).Methods(http.MethodGet, http.MethodHead)
	s.router.PathPrefix("/docs/").Handler(docs).Methods(http.MethodGet, http.MethodHead)
	s.router.NotFoundHandler = http.HandlerFunc(s.elsewhere)
	s.router.MethodNotAllowedHandler = http.HandlerFunc(s.wrongMethod)
	return s.headers(guard(c.AllowedHosts, s.router))
}

// world finds the world that a path means.
func (s *server) world(h func(World, *http.Request) (response, error)) handler {
	return func(r *http.Request) (response, error) {
		id, named := mux.Vars(r)["world"]
		if !named {
			id = DefaultWorld
		}
		w, ok := s.worlds.Get(id)
		if !ok {
			return response{}, s.noWorld(id)
		}
		return h(w, r)
	}
}

// noWorld says that there is no such world, and which there are.
func (s *server) noWorld(id string) error {
	const most = 5
	var ids []string
	for _, w := range s.worlds.List() {
		ids = append(ids, w.Info().ID)
	}
	text := fmt.Sprintf("there is no world %.70q", id)
	if near := simulator.Nearest(id, ids); near != "" {
		text += fmt.Sprintf("; did you mean %s?", near)
	}
	switch more := len(ids) - most; {
	case len(ids) == 0:
	case more > 0:
		text += fmt.Sprintf("; there are %s and %d more", strings.Join(ids[:most], ", "), more)
	default:
		text += "; there are " + strings.Join(ids, ", ")
	}
	return refuse(http.StatusNotFound, "%s", text)
}

// elsewhere answers what is no place of the API: the console, or nothing.
func (s *server) elsewhere(w http.ResponseWriter, r *http.Request) {
	if s.console != nil && !isDarajaPath(r.URL.Path) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		s.console.ServeHTTP(w, r)
		return
	}
	if isDarajaPath(r.URL.Path) {
		s.darajaPath(w, r)
		return
	}
	noSuchPath(w, r)
}

// isDarajaPath reports whether a path is one of the Daraja API, which has a port of its own.
func isDarajaPath(path string) bool {
	return strings.HasPrefix(path, "/oauth/") || strings.HasPrefix(path, "/mpesa/") || strings.HasPrefix(path, "/w/")
}

// darajaPath answers 404 to a request for the Daraja API, and says where that is.
func (s *server) darajaPath(w http.ResponseWriter, r *http.Request) {
	handler(func(r *http.Request) (response, error) {
		where := "another port"
		if def, ok := s.worlds.Get(DefaultWorld); ok {
			where = s.view(def, r).BaseURL
		}
		return response{}, refuse(http.StatusNotFound, "there is no %.*q here: this is the control port; the Daraja API is at %s", maxPath, r.URL.Path, where)
	}).ServeHTTP(w, r)
}

// noSuchPath answers 404.
func noSuchPath(w http.ResponseWriter, r *http.Request) {
	handler(func(r *http.Request) (response, error) {
		return response{}, refuse(http.StatusNotFound, "there is no %.*q here; /docs has all that there is", maxPath, r.URL.Path)
	}).ServeHTTP(w, r)
}

// wrongMethod answers 405 and says which verbs there are.
func (s *server) wrongMethod(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPost, http.MethodPut} {
		var match mux.RouteMatch
		if s.router.Match(&http.Request{Method: method, URL: r.URL, Host: r.Host}, &match) && match.MatchErr == nil {
			allowed = append(allowed, method)
		}
	}
	sort.Strings(allowed)
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	handler(func(r *http.Request) (response, error) {
		return response{}, refuse(http.StatusMethodNotAllowed, "%.20s is not a verb of %.*q; it takes %s", r.Method, maxPath, r.URL.Path, strings.Join(allowed, ", "))
	}).ServeHTTP(w, r)
}

// headers puts on every answer what keeps a browser from reading more into it than
// is there.
func (s *server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("X-Frame-Options", "DENY")
		head.Set("Referrer-Policy", "no-referrer")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'")
		if s.version != "" {
			head.Set("Server", "darajabox/"+s.version)
		}
		next.ServeHTTP(w, r)
	})
}
