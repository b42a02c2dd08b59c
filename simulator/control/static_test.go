package control_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/darajabox/darajabox/simulator/control"
)

func serve(h http.Handler, method, target string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:7071"+target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestConsole(t *testing.T) {
	h := control.New(control.Config{Products: products(), Worlds: newFakeWorlds(t), Console: fstest.MapFS{
		"index.html": {Data: []byte("<!doctype html>")}, "css/a.css": {Data: []byte("a{}")}, "js/a.js": {Data: []byte("1")}, "icon.svg": {Data: []byte("<svg/>")},
		".secret.js": {Data: []byte("x")}, "js/.hidden/a.js": {Data: []byte("x")}, "program.exe": {Data: []byte("x")}, "clock": {Data: []byte("x")},
	}})
	for _, tt := range []struct {
		method, path string
		status       int
		kind, body   string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"HEAD", "/", 200, "text/html; charset=utf-8", ""},
		{"GET", "/index.html", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"GET", "/css/a.css", 200, "text/css; charset=utf-8", "a{}"},
		{"GET", "/js/a.js", 200, "text/javascript; charset=utf-8", "1"},
		{"GET", "/icon.svg", 200, "image/svg+xml", "<svg/>"},
		{"GET", "/.secret.js", 404, "application/json", `{"error":"there is no \"/.secret.js\" here; /docs has all that there is"}`},
		{"GET", "/js/.hidden/a.js", 404, "application/json", `{"error":"there is no \"/js/.hidden/a.js\" here; /docs has all that there is"}`},
		{"GET", "/program.exe", 404, "application/json", `{"error":"there is no \"/program.exe\" here; /docs has all that there is"}`},
		{"GET", "/js", 404, "application/json", `{"error":"there is no \"/js\" here; /docs has all that there is"}`},
		{"GET", "/nothing", 404, "application/json", `{"error":"there is no \"/nothing\" here; /docs has all that there is"}`},
		{"POST", "/mpesa/stkpush/v1/processrequest", 404, "application/json", `{"error":"there is no \"/mpesa/stkpush/v1/processrequest\" here: this is the control port; the Daraja API is at http://127.0.0.1:7070"}`},
		{"GET", "/oauth/v1/generate", 404, "application/json", `{"error":"there is no \"/oauth/v1/generate\" here: this is the control port; the Daraja API is at http://127.0.0.1:7070"}`},
		{"POST", "/index.html", 404, "application/json", `{"error":"there is no \"/index.html\" here; /docs has all that there is"}`},
	} {
		w := serve(h, tt.method, tt.path)
		if w.Code != tt.status || w.Header().Get("Content-Type") != tt.kind || w.Body.String() != tt.body {
			t.Errorf("%s %s: HTTP %d %s %s, want %d %s %s", tt.method, tt.path, w.Code, w.Header().Get("Content-Type"), w.Body, tt.status, tt.kind, tt.body)
		}
	}
}

// A browser asks again each time and gets only what changed.
func TestConsoleIsCachedByContent(t *testing.T) {
	files := fstest.MapFS{"index.html": {Data: []byte("one")}}
	h := control.New(control.Config{Products: products(), Worlds: newFakeWorlds(t), Console: files})
	first := serve(h, "GET", "/")
	tag := first.Header().Get("ETag")
	if tag == "" || first.Header().Get("Cache-Control") != "no-cache" {
		t.Fatalf("header %v", first.Header())
	}
	if w := serve(h, "GET", "/", "If-None-Match", tag); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("unchanged: HTTP %d %s", w.Code, w.Body)
	}
	files["index.html"] = &fstest.MapFile{Data: []byte("two")}
	if w := serve(h, "GET", "/", "If-None-Match", tag); w.Code != 200 || w.Body.String() != "two" || w.Header().Get("ETag") == tag {
		t.Errorf("changed: HTTP %d %s", w.Code, w.Body)
	}
}

// The way up is cut off before a file is looked for.
func TestConsoleStaysInItsFolder(t *testing.T) {
	h := control.New(control.Config{Products: products(), Worlds: newFakeWorlds(t), Console: fstest.MapFS{"index.html": {Data: []byte("x")}}})
	for _, path := range []string{"/../control.js", "/%2e%2e/control.js", "/..%2fcontrol.js", "/docs/../../control.js", "/docs/%2e%2e/openapi.yaml"} {
		if w := serve(h, "GET", path); w.Code != 404 && w.Code != 301 {
			t.Errorf("GET %s: HTTP %d %s", path, w.Code, w.Body)
		}
	}
}

func TestWithoutConsole(t *testing.T) {
	r := start(t)
	r.steps([]step{{"GET", "/", "", 404, `{"error":"there is no \"/\" here; /docs has all that there is"}`}})
}

// The page to try the API needs nothing but this server, and nothing inline.
func TestDocsPage(t *testing.T) {
	h := control.New(control.Config{Products: products(), Worlds: newFakeWorlds(t)})
	for path, kind := range map[string]string{
		"/docs": "text/html; charset=utf-8", "/docs/": "text/html; charset=utf-8", "/docs/page.js": "text/javascript; charset=utf-8",
		"/docs/page.css": "text/css; charset=utf-8", "/docs/icon.svg": "image/svg+xml",
	} {
		w := serve(h, "GET", path)
		if w.Code != 200 || w.Header().Get("Content-Type") != kind {
			t.Errorf("GET %s: HTTP %d %s", path, w.Code, w.Header().Get("Content-Type"))
		}
		page := strings.ReplaceAll(w.Body.String(), "http://www.w3.org/2000/svg", "")
		for _, wrong := range []string{"http://", "https://", "<style", "style=", "onclick", "onload", "<script>"} {
			if strings.Contains(page, wrong) {
				t.Errorf("GET %s has %q", path, wrong)
			}
		}
	}
	for path, kind := range map[string]string{"/docs/swagger-ui.css": "text/css", "/docs/swagger-ui-bundle.js": "javascript"} {
		w := serve(h, "GET", path)
		if w.Code != 200 || !strings.Contains(w.Header().Get("Content-Type"), kind) || w.Body.Len() < 10_000 {
			t.Errorf("GET %s: HTTP %d %s, %d bytes", path, w.Code, w.Header().Get("Content-Type"), w.Body.Len())
		}
	}
	for _, path := range []string{"/docs/nothing.js", "/docs/oauth2-redirect.html", "/docs/embed.go", "/docs/docs/page.js"} {
		if w := serve(h, "GET", path); w.Code != 404 {
			t.Errorf("GET %s: HTTP %d", path, w.Code)
		}
	}
}

// What keeps a browser from reading more into an answer is on every one.
func TestHeaders(t *testing.T) {
	h := control.New(control.Config{Products: products(), Worlds: newFakeWorlds(t), Version: "1.2.3"})
	for _, path := range []string{"/docs", "/health", "/nothing", "/worlds/nothing/clock"} {
		head := serve(h, "GET", path).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Server": "darajabox/1.2.3",
			"Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
		} {
			if name == "Content-Security-Policy" && path == "/docs" {
				want += "; img-src 'self' data:" // icons in Swagger UI's style sheet
			}
			if head.Get(name) != want {
				t.Errorf("GET %s: %s is %q", path, name, head.Get(name))
			}
		}
	}
	if got := serve(h, "GET", "/health").Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control of an answer: %q", got)
	}
}
