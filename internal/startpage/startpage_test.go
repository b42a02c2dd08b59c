package startpage_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/internal/startpage"
)

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

// api says of itself that it was asked.
func api() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
}

func ask(h http.Handler, method, path, accept string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, nil)
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	h.ServeHTTP(w, r)
	return w
}

func page(*http.Request) startpage.Page {
	return startpage.Page{Title: "A <b>port</b>", Lead: "It is for programs.", Sections: []startpage.Section{{
		Title: "Paths", Head: []string{"path"}, Rows: [][]string{{"<script>alert(1)</script>"}}, Code: "curl x && y",
		Links: []startpage.Link{{Text: "bad", URL: "javascript:alert(1)"}, {Text: "good", URL: "http://127.0.0.1:7071/docs", Note: "a note"}},
	}}}
}

// Only a browser's request for / gets the page; whatever else there is goes to the API.
func TestWhoGetsThePage(t *testing.T) {
	h := startpage.Handler(api(), page)
	for _, tt := range []struct {
		method, path, accept string
		html                 bool
	}{
		{"GET", "/", browser, true}, {"HEAD", "/", browser, true}, {"GET", "/?x=1", "TEXT/HTML;q=1", true},
		{"GET", "/", "", false}, {"GET", "/", "*/*", false}, {"GET", "/", "application/json", false}, {"GET", "/", "text/htmlx", false},
		{"POST", "/", browser, false}, {"GET", "/x", browser, false}, {"GET", "//", browser, false},
	} {
		w := ask(h, tt.method, tt.path, tt.accept)
		if html := w.Code == http.StatusOK; html != tt.html || html != strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s %s with Accept %q: HTTP %d", tt.method, tt.path, tt.accept, w.Code)
		}
	}
}

// What the page is made of is text, and the policy lets nothing in but its own style.
func TestPageIsSafe(t *testing.T) {
	w := ask(startpage.Handler(api(), page), "GET", "/", browser)
	body := w.Body.String()
	for _, bad := range []string{"<script", "<b>", "href=\"javascript:"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page has %s:\n%s", bad, body)
		}
	}
	for _, want := range []string{"A &lt;b&gt;port", `<a href="http://127.0.0.1:7071/docs">good</a> – a note`, "curl x &amp;&amp; y"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has no %s:\n%s", want, body)
		}
	}
	_, rest, _ := strings.Cut(body, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || strings.Contains(policy, "unsafe") {
		t.Errorf("the policy is %s", policy)
	}
}
