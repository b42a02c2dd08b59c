package app

import (
	"io"
	"net/http"
	"net/url"
	"strings"
)

// withoutPages refuses what a page of another site sends, with Config.NoPages.
func (cfg Config) withoutPages(h http.Handler) http.Handler {
	if !cfg.NoPages {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !foreignPage(r) {
			h.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `{"status":"error","message":"the request is from a page in a browser (header Origin); call the gateway from your app's server"}`)
	})
}

// foreignPage reports whether a request is from a page of another site. Programs that
// are no browsers send no Origin.
func foreignPage(r *http.Request) bool {
	origins, sent := r.Header["Origin"]
	if !sent {
		return false
	}
	from, err := url.Parse(origins[0])
	return err != nil || len(origins) > 1 || from.Host == "" || !strings.EqualFold(from.Host, r.Host)
}
