package app_test

import (
	"net/http"
	"strings"
	"testing"
)

// A browser gets a page at / of both ports; a program gets what it always got, and the
// page has no secret on it.
func TestFrontPages(t *testing.T) {
	cfg := config(t, "http://127.0.0.1:1")
	cfg.AdminAddr = "127.0.0.1:0"
	a := start(t, cfg)
	for url, want := range map[string]string{
		a.URL() + "/":      a.URL() + "/api/v1/mpesa/stk_push",
		a.AdminURL() + "/": "/admin/v1/partners",
	} {
		page, err := do(t.Context(), http.MethodGet, url, "", "Accept", "text/html")
		if err != nil {
			t.Fatal(err)
		}
		if page.status != http.StatusOK || !strings.Contains(page.body, want) {
			t.Errorf("%s: HTTP %d %s", url, page.status, page.body)
		}
		if strings.Contains(page.body, key) {
			t.Errorf("%s shows the API key", url)
		}
		plain, err := do(t.Context(), http.MethodGet, url, "", "Accept", "application/json")
		if err != nil {
			t.Fatal(err)
		}
		if plain.status != http.StatusNotFound && plain.status != http.StatusUnauthorized || strings.Contains(plain.body, "<html") {
			t.Errorf("%s: a program gets HTTP %d %s", url, plain.status, plain.body)
		}
	}
}
