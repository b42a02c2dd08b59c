package control

import (
	"net/http"

	"github.com/darajabox/darajabox/internal/hosts"
)

// Address is a URL that a person may want to open or paste.
type Address struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Note string `json:"note"` // what it is for
}

// addresses lists where everything is that runs together with the simulator.
func (s *server) addresses(w World, r *http.Request) (response, error) {
	view, own := s.view(w, r), hosts.BaseURL(r)
	api := view.URL
	if view.ID == DefaultWorld {
		api = view.BaseURL
	}
	all := []Address{{Name: "Daraja API", URL: api, Note: "point your app here"}}
	if s.links != nil {
		all = append(all, s.links(hosts.Name(r.Host))...)
	}
	all = append(all,
		Address{Name: "Console", URL: own + "/", Note: "this page: payments, phones, journal, scenario"},
		Address{Name: "API documentation", URL: own + "/docs", Note: "the control API, which tests use"},
	)
	return response{body: struct {
		Addresses []Address `json:"addresses"`
	}{all}}, nil
}
