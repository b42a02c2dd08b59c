package httpkit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/darajabox/darajabox/internal/httpkit"
)

func TestIsRead(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		want         bool
	}{
		{"GET", "/livez", true}, {"HEAD", "/readyz", true}, {"POST", "/livez", false}, {"GET", "/livez/x", false}, {"GET", "/", false},
	} {
		if got := httpkit.IsRead(httptest.NewRequest(tt.method, tt.path, http.NoBody), "/livez", "/readyz"); got != tt.want {
			t.Errorf("%s %s: %v", tt.method, tt.path, got)
		}
	}
}
