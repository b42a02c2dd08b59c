package httpkit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/darajabox/darajabox/internal/httpkit"
)

func TestForeignHost(t *testing.T) {
	for host, want := range map[string]string{
		"localhost:8081": "",
		"127.0.0.1":      "",
		"box.example:1":  "",
		"evil.example":   `the Host header says "evil.example", which is not a name of this server; use localhost, 127.0.0.1 or its address, or start the gateway with --admin-host evil.example (or DARAJABOX_ADMIN_HOST=evil.example)`,
		"$(x)":           `the Host header says "$(x)", which is not a name of this server; use localhost, 127.0.0.1 or its address, or start the gateway with --admin-host NAME (or DARAJABOX_ADMIN_HOST=NAME)`,
	} {
		t.Run(host, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			r.Host = host
			if got := httpkit.ForeignHost(r, []string{"box.example"}, "the gateway", "--admin-host"); got != want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestForeignOrigin(t *testing.T) {
	for _, tt := range []struct {
		name    string
		origins []string
		foreign bool
	}{
		{"none", nil, false},
		{"its own", []string{"http://box.example:80"}, false},
		{"its own by TLS and in capitals", []string{"https://BOX.example:80"}, false},
		{"another port", []string{"http://box.example:81"}, true},
		{"another host", []string{"http://evil.example"}, true},
		{"an opaque one", []string{"null"}, true},
		{"an empty one", []string{""}, true},
		{"another scheme", []string{"file://box.example:80"}, true},
		{"two", []string{"http://box.example:80", "http://evil.example"}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
			r.Host = "box.example:80"
			if tt.origins != nil {
				r.Header["Origin"] = tt.origins
			}
			if origin, foreign := httpkit.ForeignOrigin(r); foreign != tt.foreign || tt.origins != nil && origin != tt.origins[0] {
				t.Errorf("%q, %v", origin, foreign)
			}
		})
	}
}

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
