package app

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A gateway in production has no pages.
func TestNoPagesInProduction(t *testing.T) {
	for _, production := range []bool{true, false} {
		h := Config{Production: production}.withPage(http.NotFoundHandler(), front)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.Header.Set("Accept", "text/html")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if (w.Code == http.StatusNotFound) != production {
			t.Errorf("production %v: HTTP %d", production, w.Code)
		}
	}
}
