package control

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/simulator/control/client"
)

// view is a world with the addresses under which the caller reaches it: it knows this
// API by the Host of its request, and Daraja's API is there on another port.
func (s *server) view(w World, r *http.Request) client.World {
	view := w.Info()
	prefix := "/w/" + view.ID
	view.BaseURL = strings.TrimSuffix(view.BaseURL, prefix)
	if s.DarajaURL != nil {
		view.BaseURL = s.DarajaURL(r.Host)
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	view.URL, view.ControlURL = view.BaseURL+prefix, scheme+"://"+r.Host+"/worlds/"+view.ID
	view.CreatedAt = view.CreatedAt.In(daraja.EAT())
	return view
}

func (s *server) listWorlds(r *http.Request) (any, error) {
	all := []client.World{}
	for _, w := range s.Worlds.List() {
		all = append(all, s.view(w, r))
	}
	return client.Worlds{Worlds: all}, nil
}

func (s *server) worldInfo(w World, r *http.Request) (any, error) {
	return s.view(w, r), nil
}

var worldID = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

func (s *server) createWorld(r *http.Request) (any, error) {
	var body client.NewWorld
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	if err := s.checkNewWorld(&body); err != nil {
		return nil, err
	}
	w, err := s.Worlds.Create(r.Context(), body)
	if err != nil {
		return nil, badRequest(err)
	}
	return response{status: http.StatusCreated, body: s.view(w, r)}, nil
}

// checkNewWorld says what is wrong with n, and names the file of a scenario without one.
func (s *server) checkNewWorld(n *client.NewWorld) (err error) {
	switch {
	case n.ID != "" && !worldID.MatchString(n.ID):
		return refuseField("id", " %.80q is not the id of a world; it must have 1 to 64 of a-z, 0-9 and -", n.ID)
	case n.ScenarioSource != "" && n.Scenario != "":
		return refuse(http.StatusBadRequest, "give either scenario, the name of a ready one, or scenario_source, not both")
	case n.ScenarioSource == "" && n.ScenarioFile != "":
		return refuse(http.StatusBadRequest, "scenario_file names the file of scenario_source, which is missing")
	}
	if n.ScenarioFile, err = fileName("scenario_file", n.ScenarioFile); err != nil {
		return err
	}
	if err := s.Products.CheckSettings(n.Settings); err != nil {
		return refuse(http.StatusBadRequest, "%s", err)
	}
	switch c := n.Clock; {
	case c == nil || c.Speed == 0:
		return nil
	case c.Frozen:
		return refuse(http.StatusBadRequest, "clock is frozen and has a speed; give one of them")
	default:
		return checkSpeed(c.Speed)
	}
}

func (s *server) deleteWorld(r *http.Request) (any, error) {
	id := mux.Vars(r)["world"]
	if _, ok := s.Worlds.Get(id); !ok {
		return nil, s.noWorld(id)
	}
	if id == DefaultWorld {
		return nil, refuseCode(http.StatusConflict, codeDefaultWorld, "the default world cannot be deleted; reset it instead")
	}
	if err := s.Worlds.Delete(r.Context(), id); err != nil {
		return nil, fmt.Errorf("deleting world %s: %w", id, err)
	}
	return nil, nil
}

func (s *server) reset(w World, r *http.Request) (any, error) {
	if err := w.Reset(r.Context()); err != nil {
		return nil, fmt.Errorf("resetting: %w", err)
	}
	return nil, nil
}

// Address is a URL that a person may want to open or paste.
type Address struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Note string `json:"note"` // what it is for
}

// addresses lists where everything is that runs together with the simulator.
func (s *server) addresses(w World, r *http.Request) (any, error) {
	view, own := s.view(w, r), hosts.BaseURL(r)
	api := view.URL
	if view.ID == DefaultWorld {
		api = view.BaseURL
	}
	all := []Address{{Name: "Daraja API", URL: api, Note: "point your app here"}}
	if s.Links != nil {
		all = append(all, s.Links(hosts.Name(r.Host))...)
	}
	all = append(all,
		Address{Name: "Console", URL: own + "/", Note: "this page: payments, phones, journal, scenario"},
		Address{Name: "API documentation", URL: own + "/docs", Note: "the control API, which tests use"},
	)
	return map[string]any{"addresses": all}, nil
}

// maxName bounds the name of a snapshot, in characters.
const maxName = 100

func (s *server) snapshots(w World, _ *http.Request) (any, error) {
	return client.Snapshots{Snapshots: append([]client.Snapshot{}, w.Snapshots()...)}, nil
}

func (s *server) takeSnapshot(w World, r *http.Request, body client.NewSnapshot) (any, error) {
	if utf8.RuneCountInString(body.Name) > maxName {
		return nil, refuseField("name", " is over %d characters", maxName)
	}
	taken, err := w.Snapshot(r.Context(), body.Name)
	if err != nil {
		return nil, fmt.Errorf("taking a snapshot: %w", err)
	}
	return response{status: http.StatusCreated, body: taken}, nil
}

func (s *server) restoreSnapshot(w World, r *http.Request) (any, error) {
	if err := w.Restore(r.Context(), mux.Vars(r)["id"]); err != nil {
		return nil, fmt.Errorf("restoring the snapshot: %w", err)
	}
	publish(w, eventClock)
	return nil, nil
}

func (s *server) dropSnapshot(w World, r *http.Request) (any, error) {
	if err := w.DropSnapshot(mux.Vars(r)["id"]); err != nil {
		return nil, fmt.Errorf("dropping the snapshot: %w", err)
	}
	return nil, nil
}
