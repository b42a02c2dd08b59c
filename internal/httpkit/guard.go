package httpkit

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/internal/hosts"
)

// ForeignHost says why the Host header of r is not a name of the server that got it, or
// is "". A page in a browser on this machine can reach loopback under a name of its own
// (DNS rebinding), and cannot lie about that name. The text ends with advice to start
// service, such as "the gateway", with flag, whose variable is DARAJABOX_ and its name.
func ForeignHost(r *http.Request, allowed []string, service, flag string) string {
	if hosts.IsOwn(r, allowed) {
		return ""
	}
	variable := "DARAJABOX_" + strings.ToUpper(strings.ReplaceAll(strings.TrimLeft(flag, "-"), "-", "_"))
	return fmt.Sprintf("the Host header says %.100q, which is not a name of this server; use localhost, 127.0.0.1 or its address, or start %s with %s %s (or %s=%[4]s)",
		r.Host, service, flag, hosts.FlagValue(r.Host), variable)
}

// ForeignOrigin returns the origin of the page of another site that sent r, as its
// header has it. Programs that are no browsers send none.
func ForeignOrigin(r *http.Request) (origin string, foreign bool) {
	origins, sent := r.Header["Origin"]
	if !sent {
		return "", false
	}
	from, err := url.Parse(origins[0])
	own := err == nil && len(origins) == 1 && (from.Scheme == "http" || from.Scheme == "https") && strings.EqualFold(from.Host, r.Host)
	return origins[0], !own
}

// IsRead reports whether r is a GET or HEAD of one of the paths.
func IsRead(r *http.Request, paths ...string) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && slices.Contains(paths, r.URL.Path)
}
