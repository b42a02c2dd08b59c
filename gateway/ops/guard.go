package ops

import (
	"encoding/json"
	"net/http"

	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/httpkit"
)

// Guard lets only requests in that name this server in their Host header, as none of the
// pages asks for a token; see hosts.ForeignHost. Probes have no secrets and are let in
// by any name: what starts containers asks by a name of its own.
func Guard(next http.Handler, names []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		foreign := hosts.ForeignHost(r, names, "the gateway", "--admin-host")
		if foreign == "" || httpkit.IsRead(r, "/livez", "/readyz") {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": foreign})
	})
}
