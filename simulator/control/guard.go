package control

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/darajabox/darajabox/internal/hosts"
)

// guard refuses what a page of another site makes a browser send: a browser is open
// beside a local tool, and every page in it can reach loopback. A name that such a
// page points here (DNS rebinding) is told by the Host header, everything else by
// what the browser says of where a request is from. Programs that are no browsers
// send neither Origin nor Sec-Fetch-Site.
func guard(allowed []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, foreign := range []error{foreignHost(r, allowed), foreignOrigin(r), foreignFetch(r)} {
			if foreign != nil {
				handler(func(*http.Request) (response, error) { return response{}, foreign }).ServeHTTP(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// foreignHost says why the Host header is not one of this server, or nil.
func foreignHost(r *http.Request, allowed []string) error {
	if isHealth(r) || hosts.IsOwn(r, allowed) {
		return nil
	}
	return refuse(http.StatusForbidden, "the Host header says %.100q, which is not a name of this server; use localhost or 127.0.0.1, or start the simulator with --control-host %s (or DARAJABOX_CONTROL_HOST=%[2]s)", r.Host, hosts.ForFlag(r.Host))
}

// isHealth reports whether r asks for the health of the server, which has no secrets:
// whoever starts containers asks for it by a name that nobody told the server.
func isHealth(r *http.Request) bool {
	return r.URL.Path == "/health" && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// foreignOrigin says why the Origin is another than this server, or nil.
func foreignOrigin(r *http.Request) error {
	origins, sent := r.Header["Origin"]
	if !sent {
		return nil
	}
	from, err := url.Parse(origins[0])
	if err == nil && len(origins) == 1 && (from.Scheme == "http" || from.Scheme == "https") && strings.EqualFold(from.Host, r.Host) {
		return nil
	}
	return refuse(http.StatusForbidden, "the request is from a page of %.100q, and no other site may use the control API", origins[0])
}

// foreignFetch says why a request that a browser made on its own is from elsewhere, or
// nil. A person who follows a link to a page here is welcome.
func foreignFetch(r *http.Request) error {
	switch from := r.Header.Get("Sec-Fetch-Site"); from {
	case "", "same-origin", "none":
		return nil
	default:
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if reads && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document" {
			return nil
		}
		return refuse(http.StatusForbidden, "the request is from a page of another site (Sec-Fetch-Site: %.40s), and none may use the control API", from)
	}
}
