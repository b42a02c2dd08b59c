package callback

import (
	"fmt"
	"net/url"
	"strings"
)

// Route sends the callbacks for one origin to another, such as those for the public name of
// an app to the app on this machine. Path and query stay, and the Host header is that of the
// callback URL, as the app gets it in production.
type Route struct {
	from string // origin of a callback URL
	to   *url.URL
}

// ParseRoute reads FROM=TO, two URLs without a path.
func ParseRoute(text string) (Route, error) {
	const example = "https://shop.example.com=http://127.0.0.1:3000"
	from, to, ok := strings.Cut(text, "=")
	if !ok {
		return Route{}, fmt.Errorf("%.200q is not FROM=TO such as %s", text, example)
	}
	var both [2]*url.URL
	for i, part := range []string{from, to} {
		u, err := url.Parse(part)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return Route{}, fmt.Errorf("%.200q is not a URL without a path; write a route such as %s", part, example)
		}
		both[i] = u
	}
	return Route{origin(both[0]), both[1]}, nil
}

// origin is scheme, host and port of u, the same for each spelling.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// routed is where a callback for u goes, u itself without a route. The first route counts.
func (s *Sender) routed(u *url.URL) (to *url.URL, found bool) {
	for _, r := range s.config.Routes {
		if origin(u) == r.from {
			moved := *u
			moved.Scheme, moved.Host = r.to.Scheme, r.to.Host
			return &moved, true
		}
	}
	return u, false
}

// routeHint names the route of a callback that fails, "" for none.
func (s *Sender) routeHint(callbackURL string) string {
	u, err := url.Parse(callbackURL)
	if err != nil {
		return ""
	}
	to, found := s.routed(u)
	if !found {
		return ""
	}
	return fmt.Sprintf("; a route sends it to %s://%s", to.Scheme, to.Host)
}
