package control

import (
	"net/http"

	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/httpkit"
)

// securityPolicy lets pages load what is on this server, from files of their own.
const securityPolicy = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

// ServeHTTP implements http.Handler.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("X-Frame-Options", "DENY")
	head.Set("Referrer-Policy", "no-referrer")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("Content-Security-Policy", securityPolicy)
	if s.Version != "" {
		head.Set("Server", "darajabox/"+s.Version)
	}
	if err := refuseForeign(r, s.AllowedHosts); err != nil {
		handler(func(*http.Request) (any, error) { return nil, err }).ServeHTTP(w, r)
		return
	}
	s.router.ServeHTTP(w, r)
}

// refuseForeign refuses what a page of another site makes a browser send: a browser is
// open beside a local tool, and every page in it can reach loopback. A name that such a
// page points here (DNS rebinding) is in the Host header; the browser's own headers say
// where any other request is from. Programs that are no browsers send neither Origin nor
// Sec-Fetch-Site.
func refuseForeign(r *http.Request, allowed []string) error {
	// The health of the server has no secrets: what starts containers asks for it by a name of its own.
	if foreign := hosts.ForeignHost(r, allowed, "the simulator", "--control-host"); foreign != "" && !httpkit.IsRead(r, "/health") {
		return refuse(http.StatusForbidden, "%s", foreign)
	}
	if origin, foreign := hosts.ForeignOrigin(r); foreign {
		return refuse(http.StatusForbidden, "the request is from a page of %.100q, and no other site may use the control API", origin)
	}
	site := r.Header.Get("Sec-Fetch-Site")
	if site == "" || site == "same-origin" || site == "none" || followsLink(r) {
		return nil
	}
	return refuse(http.StatusForbidden, "the request is from a page of another site (Sec-Fetch-Site: %.40s), and none may use the control API", site)
}

// followsLink reports whether a person follows a link to a page here.
func followsLink(r *http.Request) bool {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	return reads && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}
