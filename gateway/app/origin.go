package app

import (
	"encoding/json"
	"net/http"

	"github.com/darajabox/darajabox/internal/hosts"
	"github.com/darajabox/darajabox/internal/httpkit"
)

// withoutPages refuses what a page of another site sends, with Config.NoPages. A page whose
// name leads to this machine (DNS rebinding) has that name as its origin and as the Host, so
// the Host must be one of this listener's.
func (cfg Config) withoutPages(h http.Handler) http.Handler {
	if !cfg.NoPages {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if httpkit.IsRead(r, "/health") {
			h.ServeHTTP(w, r)
			return
		}
		if why := hosts.ForeignHost(r, cfg.Hosts, "the gateway", "--gateway-host"); why != "" {
			refusePage(w, why)
			return
		}
		if _, foreign := hosts.ForeignOrigin(r); foreign {
			refusePage(w, "the request is from a page in a browser (header Origin); call the gateway from your app's server")
			return
		}
		h.ServeHTTP(w, r)
	})
}

func refusePage(w http.ResponseWriter, why string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}{"error", why})
}
