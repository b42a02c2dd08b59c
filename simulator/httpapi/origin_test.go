package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
)

// A page of another site that is open in a browser of this machine can do nothing here.
func TestPagesOfOtherSitesAreRefused(t *testing.T) {
	for _, test := range []struct {
		name, origin string
		refused      bool
	}{
		{"no browser", "", false},
		{"a page of this server", "http://example.com", false}, // httptest's Host
		{"a page of another site", "https://evil.example", true},
		{"a page of another port", "http://example.com:3000", true},
		{"a sandboxed page", "null", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := start(t, nil)
			req := httptest.NewRequest(http.MethodPost, daraja.STKPushPath, strings.NewReader(pushBody()))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+r.token)
			if test.origin != "" {
				req.Header.Set("Origin", test.origin)
			}
			w := r.do(req)
			if (w.Code == http.StatusForbidden) != test.refused || (w.Code == http.StatusOK) == test.refused {
				t.Fatalf("HTTP %d %s", w.Code, w.Body)
			}
			last := r.journal.last()
			if recorded := strings.Contains(last.Reason, "from a page of"); recorded != test.refused {
				t.Errorf("the journal says %q", last.Reason)
			}
		})
	}
}
