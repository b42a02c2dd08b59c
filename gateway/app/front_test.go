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

// A gateway whose key is public takes nothing from a page of another site.
func TestPagesOfOtherSitesAreRefused(t *testing.T) {
	cfg := config(t, "http://127.0.0.1:1")
	cfg.NoPages = true
	a := start(t, cfg)
	for _, test := range []struct {
		name   string
		header []string
		status int
	}{
		{"a program", nil, http.StatusBadRequest},
		{"a page of this server", []string{"Origin", a.URL()}, http.StatusBadRequest},
		{"a page of another site", []string{"Origin", "https://evil.example"}, http.StatusForbidden},
		{"a page of another port", []string{"Origin", "http://127.0.0.1:1"}, http.StatusForbidden},
		{"a sandboxed page", []string{"Origin", "null"}, http.StatusForbidden},
	} {
		t.Run(test.name, func(t *testing.T) {
			header := append([]string{"X-API-KEY", key, "Content-Type", "application/json"}, test.header...)
			got, err := do(t.Context(), http.MethodPost, a.URL()+"/api/v1/mpesa/stk_push", "{}", header...)
			if err != nil {
				t.Fatal(err)
			}
			if got.status != test.status {
				t.Errorf("HTTP %d %s, want %d", got.status, got.body, test.status)
			}
		})
	}
}
