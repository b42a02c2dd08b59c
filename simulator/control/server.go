package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// Limits of the server. Waits are real time.
const (
	MaxWait     = 60 * time.Second
	MaxStreams  = 1024 // streams of events at once
	DefaultPing = 15 * time.Second

	maxPath = 512 // characters that a message repeats of a path
)

type server struct {
	Config
	language scenario.Language // of scenarios, with the words of the products
	console  http.Handler      // nil has none
	openapi  func() ([]byte, error)
	streams  chan struct{} // has a value for each open stream
	router   *mux.Router
}

// route is an endpoint of the API. One of a world has two paths: below /worlds/{world},
// and by itself for the default world.
type route struct {
	method, path string
	handler      handler
	ofWorld      worldHandler // instead of handler
}

// routes is the whole surface.
func (s *server) routes() []route {
	of := func(method, path string, h worldHandler) route {
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
		of("POST", "/snapshots", withBody(client.NewSnapshot{}, s.takeSnapshot)),
		of("POST", "/snapshots/{id}/restore", noBody(s.restoreSnapshot)),
		of("DELETE", "/snapshots/{id}", s.dropSnapshot),
		of("GET", "/addresses", s.addresses),
		of("GET", "/settings", s.settings),
		of("PUT", "/settings", withBody(map[string]json.RawMessage(nil), s.changeSettings)),
		of("GET", "/payments", s.payments),
		of("POST", "/payments", withBody(client.NewPayment{}, s.pay)),
		of("GET", "/payments/{id}", s.payment),
		of("GET", "/ledger", s.ledger),
		of("GET", "/organisations", s.organisations),
		of("PUT", "/organisations/{shortcode}", withBody(client.OrganisationEdit{}, s.editOrganisation)),
		of("PUT", "/organisations/{shortcode}/initiators/{name}", withBody(client.InitiatorEdit{}, s.setInitiator)),
		of("GET", "/apps", s.apps),
		of("PUT", "/apps/{key}", withBody(client.AppEdit{}, s.editApp)),
		of("GET", "/clock", s.clock),
		of("POST", "/clock/freeze", noBody(s.freezeClock)),
		of("POST", "/clock/run", withBody(client.RunClock{Speed: 1}, s.runClock)),
		of("POST", "/clock/advance", withBody(client.AdvanceClock{}, s.advanceClock)),
		of("GET", "/phones", s.phones),
		of("GET", "/phones/{msisdn}", s.phone),
		of("PUT", "/phones/{msisdn}", withBody(client.PhoneEdit{}, s.editPhone)),
		of("POST", "/phones/{msisdn}/attend", withBody(client.Attend{Attend: true}, s.attend)),
		of("POST", "/phones/{msisdn}/{action:pin|wrong_pin|cancel|ignore|off|on}", s.act),
		of("GET", "/products", s.listProducts),
		of("POST", "/products/{product}/{action}", s.doAction),
		of("GET", "/queue", s.queue),
		of("POST", "/queue", withBody(queueRequest{Times: 1}, s.enqueue)),
		of("DELETE", "/queue", s.clearQueue),
		of("GET", "/journal", s.withFilter(findRecords)),
		of("DELETE", "/journal", s.clearJournal),
		of("GET", "/journal.jsonl", s.withFilter(exportJSONL)),
		of("GET", "/journal.har", s.withFilter(exportHAR)),
		of("POST", "/journal/verify", withBody(client.Expectation{}, s.verify)),
		of("POST", "/journal/wait", withBody(client.WaitFor{}, s.wait)),
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
		{method: "GET", path: "/certificate", handler: certificate},
		{method: "GET", path: "/openapi.yaml", handler: s.openapiYAML},
		{method: "GET", path: "/openapi.json", handler: s.openapiJSON},
	}
}

func newServer(c Config) http.Handler {
	s := &server{
		Config: c, language: scenario.For(c.Products), openapi: sync.OnceValues(openapiAsJSON),
		streams: make(chan struct{}, MaxStreams), router: mux.NewRouter(),
	}
	if s.Ping <= 0 {
		s.Ping = DefaultPing
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
	docs := apiPage()
	s.router.Handle("/docs", docs).Methods(http.MethodGet, http.MethodHead)
	s.router.PathPrefix("/docs/").Handler(docs).Methods(http.MethodGet, http.MethodHead)
	s.router.NotFoundHandler = http.HandlerFunc(s.notFound)
	s.router.MethodNotAllowedHandler = http.HandlerFunc(s.wrongMethod)
	return s
}

// world finds the world that a path means.
func (s *server) world(h worldHandler) handler {
	return func(r *http.Request) (any, error) {
		id, named := mux.Vars(r)["world"]
		if !named {
			id = DefaultWorld
		}
		w, ok := s.Worlds.Get(id)
		if !ok {
			return nil, s.noWorld(id)
		}
		return h(w, r)
	}
}

// noWorld says that there is no such world, and which there are.
func (s *server) noWorld(id string) error {
	const most = 5
	var ids []string
	for _, w := range s.Worlds.List() {
		ids = append(ids, w.Info().ID)
	}
	text := fmt.Sprintf("there is no world %.70q", id) + didYouMean(id, ids)
	switch more := len(ids) - most; {
	case len(ids) == 0:
	case more > 0:
		text += fmt.Sprintf("; there are %s and %d more", strings.Join(ids[:most], ", "), more)
	default:
		text += "; there are " + strings.Join(ids, ", ")
	}
	return refuse(http.StatusNotFound, "%s", text)
}

// notFound answers what is not in the API: with the console, or with 404.
func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	first := firstPart(r.URL.Path)
	isDaraja := func(op simulator.Operation) bool { return firstPart(op.Path) == first }
	switch {
	case first == "/w/" || slices.ContainsFunc(s.Products.Operations(), isDaraja):
		handler(s.refuseDarajaPath).ServeHTTP(w, r)
	case s.console != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		s.console.ServeHTTP(w, r)
	default:
		handler(refusePath).ServeHTTP(w, r)
	}
}

// firstPart is a path up to its second slash: /mpesa/.
func firstPart(path string) string {
	first, _, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !more {
		return ""
	}
	return "/" + first + "/"
}

// refuseDarajaPath says where the Daraja API is.
func (s *server) refuseDarajaPath(r *http.Request) (any, error) {
	where := "another port"
	if def, ok := s.Worlds.Get(DefaultWorld); ok {
		where = s.view(def, r).BaseURL
	}
	return nil, refuse(http.StatusNotFound, "there is no %.*q here: this is the control port; the Daraja API is at %s", maxPath, r.URL.Path, where)
}

func refusePath(r *http.Request) (any, error) {
	return nil, refuse(http.StatusNotFound, "there is no %.*q here; /docs has all that there is", maxPath, r.URL.Path)
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
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	handler(func(r *http.Request) (any, error) {
		return nil, refuse(http.StatusMethodNotAllowed, "%.20s is not a verb of %.*q; it takes %s", r.Method, maxPath, r.URL.Path, strings.Join(allowed, ", "))
	}).ServeHTTP(w, r)
}
