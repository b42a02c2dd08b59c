package control_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/control"
)

// A name that a foreign page points at loopback (DNS rebinding) is not this server's.
func TestForeignHosts(t *testing.T) {
	worlds := newFakeWorlds(t)
	h := control.New(control.Config{Products: products(), Worlds: worlds, AllowedHosts: []string{"simulator"}})
	for host, taken := range map[string]bool{
		"127.0.0.1:7071":   true,
		"192.168.1.5:7071": true, // the address that the request came in on
		"simulator:7071":   true,
		"evil.example":     false,
		"192.168.1.6:7071": false,
		"":                 false,
	} {
		r := httptest.NewRequest(http.MethodPost, "/reset", nil)
		r.Host = host
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(192, 168, 1, 5), Port: 7071}))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if want := map[bool]int{true: 204, false: 403}[taken]; w.Code != want {
			t.Errorf("Host %q: HTTP %d %s, want %d", host, w.Code, w.Body, want)
		}
		if !taken && !strings.Contains(w.Body.String(), "use localhost, 127.0.0.1 or its address") {
			t.Errorf("Host %q: %s", host, w.Body)
		}
	}
	if worlds.all[0].resets != 3 {
		t.Errorf("%d resets, want those of its own hosts only", worlds.all[0].resets)
	}
}

// A page of another site, open in a browser beside the simulator, gets nothing.
func TestForeignOrigins(t *testing.T) {
	worlds := newFakeWorlds(t)
	h := control.New(control.Config{Products: products(), Worlds: worlds})
	for origin, status := range map[string]int{
		"http://127.0.0.1:7071":   204,
		"http://127.0.0.1:7070":   403,
		"http://127.0.0.1":        403,
		"http://localhost:7071":   403,
		"https://evil.example":    403,
		"file://127.0.0.1:7071":   403,
		"null":                    403,
		"":                        403,
		"http://[::1":             403,
		"http://127.0.0.1:7071@x": 403,
	} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:7071/reset", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("Origin %q: HTTP %d %s", origin, w.Code, w.Body)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:7071/reset", nil)
	r.Header["Origin"] = []string{"http://127.0.0.1:7071", "https://evil.example"}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 403 {
		t.Errorf("two origins: HTTP %d", w.Code)
	}
	if worlds.all[0].resets != 1 {
		t.Errorf("%d resets, want that of the same origin only", worlds.all[0].resets)
	}
}

// What a browser sends on its own: a "simple" request needs no leave of the server,
// so it must be recognised by its origin.
func TestForeignFetches(t *testing.T) {
	h := control.New(control.Config{Products: products(), Worlds: newFakeWorlds(t)})
	for _, tt := range []struct {
		what, method, path string
		status             int
		header             []string
	}{
		{"a script, no browser", "POST", "/reset", 204, nil},
		{"this page", "POST", "/reset", 204, []string{"Sec-Fetch-Site", "same-origin", "Sec-Fetch-Mode", "cors", "Origin", "http://127.0.0.1:7071"}},
		{"a form of another site", "POST", "/reset", 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document", "Origin", "https://evil.example", "Content-Type", "text/plain"}},
		{"the same, without Origin", "POST", "/reset", 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
		{"the same, in an old browser", "POST", "/reset", 403, []string{"Origin", "https://evil.example", "Content-Type", "application/x-www-form-urlencoded"}},
		{"a page on another port", "POST", "/reset", 403, []string{"Sec-Fetch-Site", "same-site", "Sec-Fetch-Mode", "cors"}},
		{"an image of another site that would attend a phone", "GET", "/events?attend=0712345678", 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "image"}},
		{"a script of another site", "GET", "/journal", 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors", "Sec-Fetch-Dest", "script"}},
		{"a frame of another site", "GET", "/docs", 403, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"}},
		{"a link on another site", "GET", "/docs", 200, []string{"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
		{"the address bar", "GET", "/docs", 200, []string{"Sec-Fetch-Site", "none", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"}},
	} {
		w := serve(h, tt.method, tt.path, tt.header...)
		if w.Code != tt.status {
			t.Errorf("%s: HTTP %d %s, want %d", tt.what, w.Code, w.Body, tt.status)
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: another site may read it", tt.what)
		}
	}
}

// Any Content-Type will do, so that scripts need none.
func TestContentTypes(t *testing.T) {
	r := start(t)
	for _, kind := range []string{"", "application/x-www-form-urlencoded", "text/plain", "application/json"} {
		req := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:7071/clock/advance", strings.NewReader(`{"by": "1s"}`))
		req.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		if r.ServeHTTP(w, req); w.Code != 200 {
			t.Errorf("%q: HTTP %d %s", kind, w.Code, w.Body)
		}
	}
}

// The refusal names the flag that helps, ready to be pasted when the name is plain.
func TestForeignHostGetsTheFlag(t *testing.T) {
	h := control.New(control.Config{Products: products(), Worlds: newFakeWorlds(t)})
	for host, want := range map[string]string{
		"simulator:7071":         "start the simulator with --control-host simulator (or DARAJABOX_CONTROL_HOST=simulator)",
		"Daraja.Test":            "start the simulator with --control-host daraja.test (or",
		"a b; rm -rf":            "start the simulator with --control-host NAME (or",
		"-x":                     "start the simulator with --control-host NAME (or",
		"$(id)":                  "start the simulator with --control-host NAME (or",
		strings.Repeat("x", 101): "start the simulator with --control-host NAME (or",
	} {
		r := httptest.NewRequest(http.MethodGet, "/worlds", nil)
		r.Host = host
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != 403 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("Host %q: HTTP %d %s, want %q", host, w.Code, w.Body, want)
		}
	}
}

// A container engine asks for the health by a name that the simulator does not know.
// Nothing else is open to such a name, and no page of another site may ask.
func TestHealthIsOpenToAnyHost(t *testing.T) {
	h := control.New(control.Config{Products: products(), Worlds: newFakeWorlds(t)})
	for _, tt := range []struct {
		method, path string
		status       int
		header       []string
	}{
		{"GET", "/health", 200, nil},
		{"HEAD", "/health", 405, nil}, // as by any name
		{"POST", "/health", 403, nil},
		{"GET", "/health/", 403, nil},
		{"GET", "/worlds", 403, nil},
		{"GET", "/openapi.yaml", 403, nil},
		{"GET", "/health", 403, []string{"Origin", "https://evil.example"}},
		{"GET", "/health", 403, []string{"Sec-Fetch-Site", "cross-site"}},
	} {
		r := httptest.NewRequest(tt.method, tt.path, nil)
		r.Host = "simulator:7071"
		for i := 0; i+1 < len(tt.header); i += 2 {
			r.Header.Set(tt.header[i], tt.header[i+1])
		}
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != tt.status {
			t.Errorf("%s %s %v: HTTP %d %s, want %d", tt.method, tt.path, tt.header, w.Code, w.Body, tt.status)
		}
	}
}

// A callback or webhook that is sent to a path of this API, by mistake or by malice,
// changes nothing: what carries nothing refuses a body with keys.
func TestCallbacksToTheControlPortChangeNothing(t *testing.T) {
	const callback = `{"Body":{"stkCallback":{"ResultCode":0}}}`
	r := start(t)
	for _, path := range []string{"/reset", "/clock/freeze", "/callbacks/hold", "/callbacks/release", "/snapshots/s-1/restore", "/callbacks/cb-1/resend"} {
		if got := r.get(400, "POST", path, callback); !strings.Contains(fmt.Sprint(got["error"]), `"Body"`) {
			t.Errorf("%s: %v", path, got)
		}
	}
	r.get(204, "POST", "/callbacks/hold", "")
	r.get(204, "POST", "/callbacks/release", "{}")
}
