package control

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
)

// Address is a URL that a person may want to open or paste.
type Address struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Note string `json:"note"` // what it is for
}

// addresses lists where everything is that runs together with the simulator.
func (s *server) addresses(w World, r *http.Request) (response, error) {
	view, own := s.view(w, r), ownURL(r)
	api := view.URL
	if view.ID == DefaultWorld {
		api = view.BaseURL
	}
	all := []Address{{Name: "Daraja API", URL: api, Note: "point your app here"}}
	if s.links != nil {
		for _, link := range s.links() {
			link.URL = reachable(link.URL, r)
			all = append(all, link)
		}
	}
	all = append(all,
		Address{Name: "Console", URL: own + "/", Note: "this page: payments, phones, journal, scenario"},
		Address{Name: "API documentation", URL: own + "/docs", Note: "the control API, which tests use"},
	)
	return response{body: struct {
		Addresses []Address `json:"addresses"`
	}{all}}, nil
}

// ownURL is this server as the caller of r reached it.
func ownURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// reachable is a URL that a caller can use: a host that means every address of the
// machine, such as 0.0.0.0, becomes the one that the caller reached this server by.
func reachable(link string, r *http.Request) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	at, err := netip.ParseAddr(u.Hostname())
	if err != nil || !at.IsUnspecified() {
		return link
	}
	host := hostname(r.Host)
	if port := u.Port(); port != "" {
		u.Host = net.JoinHostPort(host, port)
	} else {
		u.Host = host
	}
	return u.String()
}
