package app_test

import (
	"io"
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

// A page of a name that leads to this machine (DNS rebinding) has that name as its origin and
// in the Host header; its GET has no origin.
func TestForeignNamesAreRefused(t *testing.T) {
	cfg := config(t, "http://127.0.0.1:1")
	cfg.NoPages, cfg.Hosts = true, []string{"gateway.shop"}
	a := start(t, cfg)
	for _, test := range []struct {
		method, path, host string
		origin             bool
		status             int
	}{
		{http.MethodPost, "/api/v1/mpesa/stk_push", "evil.example:8080", true, http.StatusForbidden},
		{http.MethodPost, "/api/v1/mpesa/stk_push", "evil.example:8080", false, http.StatusForbidden},
		{http.MethodGet, "/api/v1/transactions", "evil.example:8080", false, http.StatusForbidden},
		{http.MethodGet, "/api/v1/transactions", "127.0.0.1.evil.example", false, http.StatusForbidden},
		{http.MethodGet, "/health", "evil.example", false, http.StatusOK},
		{http.MethodGet, "/api/v1/transactions", "localhost:8080", true, http.StatusOK},
		{http.MethodGet, "/api/v1/transactions", "gateway.shop:8080", false, http.StatusOK},
	} {
		t.Run(test.method+" "+test.path+" at "+test.host, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), test.method, a.URL()+test.path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			r.Host = test.host
			r.Header.Set("X-API-KEY", key)
			if test.origin {
				r.Header.Set("Origin", "http://"+test.host)
			}
			got, err := client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer got.Body.Close()
			body, err := io.ReadAll(got.Body)
			if err != nil || got.StatusCode != test.status {
				t.Errorf("HTTP %d %s, %v, want %d", got.StatusCode, body, err, test.status)
			}
			if test.status == http.StatusForbidden && !strings.Contains(string(body), "--gateway-host") {
				t.Errorf("the refusal is %s", body)
			}
		})
	}
}
