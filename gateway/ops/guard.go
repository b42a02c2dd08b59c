package ops

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/darajabox/darajabox/internal/hosts"
)

// Guard lets only requests in that name this server in their Host header: loopback, the
// address that they came in on, or one of the names. A page in a browser can reach a private
// port under a name of its own (DNS rebinding), and none of the pages asks for a token.
// Probes are let in by any name, as they have no secrets: whoever starts containers asks by
// a name that nobody told the gateway.
func Guard(next http.Handler, names []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isProbe(r) || hosts.IsOwn(r, names) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": fmt.Sprintf(
			"the Host header says %.100q, which is not a name of this server; use its address, or start the gateway with --admin-host %s (or DARAJABOX_ADMIN_HOST=%[2]s)", r.Host, hosts.ForFlag(r.Host))})
	})
}

func isProbe(r *http.Request) bool {
	return (r.URL.Path == "/livez" || r.URL.Path == "/readyz") && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}
