package control

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// worldView is a world as the API shows it. Its secrets are the fake's own.
type worldView struct {
	ID             string    `json:"id"`
	ConsumerKey    string    `json:"consumer_key"`
	ConsumerSecret string    `json:"consumer_secret"`
	BaseURL        string    `json:"base_url"`    // of Daraja's API, for all worlds: the key tells which
	URL            string    `json:"url"`         // the same, with the world in its path
	ControlURL     string    `json:"control_url"` // of this API, for this world
	Shortcode      string    `json:"shortcode"`
	Passkey        string    `json:"passkey"`
	Seed           int64     `json:"seed"`
	Scenario       string    `json:"scenario"`
	CreatedAt      time.Time `json:"created_at"`
}

// view is a world with the addresses under which the caller reaches it: it knows this
// API by the Host of its request, and Daraja's API is there on another port.
func (s *server) view(w World, r *http.Request) worldView {
	i := w.Info()
	prefix := "/w/" + i.ID
	base := strings.TrimSuffix(i.BaseURL, prefix)
	if s.darajaURL != nil {
		base = s.darajaURL(r.Host)
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return worldView{
		ID: i.ID, ConsumerKey: i.ConsumerKey, ConsumerSecret: i.ConsumerSecret,
		BaseURL: base, URL: base + prefix, ControlURL: scheme + "://" + r.Host + "/worlds/" + i.ID,
		Shortcode: i.Shortcode, Passkey: i.Passkey, Seed: i.Seed, Scenario: i.Scenario, CreatedAt: i.CreatedAt.In(daraja.EAT()),
	}
}

func (s *server) listWorlds(r *http.Request) (response, error) {
	all := []worldView{}
	for _, w := range s.worlds.List() {
		all = append(all, s.view(w, r))
	}
	return response{body: struct {
		Worlds []worldView `json:"worlds"`
	}{all}}, nil
}

func (s *server) worldInfo(w World, r *http.Request) (response, error) {
	return response{body: s.view(w, r)}, nil
}

// newWorldRequest is the body of POST /worlds.
type newWorldRequest struct {
	ID             string            `json:"id"`
	Seed           *int64            `json:"seed"`
	Scenario       string            `json:"scenario"`
	ScenarioSource string            `json:"scenario_source"`
	ScenarioFile   string            `json:"scenario_file"` // the name of the file that ScenarioSource is from
	Preset         string            `json:"preset"`
	Clock          *clockRequest     `json:"clock"`
	Settings       map[string]string `json:"settings"`
}

type clockRequest struct {
	Frozen bool    `json:"frozen"`
	At     *moment `json:"at"`
	Speed  float64 `json:"speed"`
}

var worldID = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

func (s *server) createWorld(r *http.Request) (response, error) {
	var ask newWorldRequest
	if err := decode(r, &ask); err != nil {
		return response{}, err
	}
	n, err := ask.read()
	if err != nil {
		return response{}, err
	}
	w, err := s.worlds.Create(r.Context(), n)
	if err != nil {
		return response{}, s.scenarioMistake(err, n.ScenarioFile, n.ScenarioSource)
	}
	return response{status: http.StatusCreated, body: s.view(w, r)}, nil
}

func (n newWorldRequest) read() (NewWorld, error) {
	out := NewWorld{ID: n.ID, Seed: n.Seed, Scenario: n.Scenario, Preset: n.Preset, Settings: n.Settings}
	if n.ID != "" && !worldID.MatchString(n.ID) {
		return out, refuseField("id", " %.80q is not the id of a world; it must have 1 to 64 of a-z, 0-9 and -", n.ID)
	}
	if n.ScenarioSource != "" {
		if n.Scenario != "" {
			return out, refuse(http.StatusBadRequest, "give either scenario, the name of a ready one, or scenario_source, not both")
		}
		out.ScenarioSource = []byte(n.ScenarioSource)
	} else if n.ScenarioFile != "" {
		return out, refuse(http.StatusBadRequest, "scenario_file names the file of scenario_source, which is missing")
	}
	file, err := fileName("scenario_file", n.ScenarioFile)
	if err != nil {
		return out, err
	}
	out.ScenarioFile = file
	if err := simulator.CheckSettings(n.Settings); err != nil {
		return out, refuse(http.StatusBadRequest, "%s", err)
	}
	if c := n.Clock; c != nil {
		if c.Frozen && c.Speed != 0 {
			return out, refuse(http.StatusBadRequest, "clock is frozen and has a speed; give one of them")
		}
		if c.Speed != 0 {
			if err := checkSpeed(c.Speed); err != nil {
				return out, err
			}
		}
		out.Clock = &ClockSetup{Frozen: c.Frozen, Speed: c.Speed}
		if c.At != nil {
			out.Clock.At = time.Time(*c.At)
		}
	}
	return out, nil
}

func (s *server) deleteWorld(r *http.Request) (response, error) {
	id := mux.Vars(r)["world"]
	w, ok := s.worlds.Get(id)
	if !ok {
		return response{}, s.noWorld(id)
	}
	if id == DefaultWorld {
		return response{}, refuseCode(http.StatusConflict, codeDefaultWorld, "the default world cannot be deleted; reset it instead")
	}
	if err := s.worlds.Delete(r.Context(), id); err != nil {
		return response{}, fmt.Errorf("deleting world %s: %w", id, err)
	}
	s.attended.forget(w.Domain())
	return noContent(), nil
}

func (s *server) reset(w World, r *http.Request) (response, error) {
	patiently(r)
	if err := w.Reset(r.Context()); err != nil {
		return response{}, fmt.Errorf("resetting: %w", err)
	}
	return noContent(), nil
}
