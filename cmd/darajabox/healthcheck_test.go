package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// health is a service that is healthy from its nth answer on; 0 is never.
func health(t *testing.T, nth int64) (url string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n := asked.Add(1); nth == 0 || n < nth {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL + "/health", asked
}

func TestHealthcheck(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	tests := []struct {
		name   string
		nth    int64 // answer from which on the service is healthy
		url    string
		args   []string
		code   int
		stdout string
		stderr string
		asked  int64 // times, at least
	}{
		{name: "healthy", nth: 1, code: exitOK, stdout: "ok\n", asked: 1},
		{name: "not healthy", code: exitFailed, stderr: "/health answered 503 Service Unavailable", asked: 1},
		{name: "healthy at the third attempt", nth: 3, args: []string{"--wait", "30s"}, code: exitOK, stdout: "ok\n", asked: 3},
		{name: "not healthy within the time", args: []string{"--wait", "300ms"}, code: exitFailed, stderr: "not healthy within 300ms; at the last attempt, http://", asked: 2},
		{name: "no service", url: gone.URL + "/health", code: exitFailed, stderr: "there is no connection to 127.0.0.1:"},
		{name: "no service within the time", url: gone.URL + "/health", args: []string{"--wait", "10ms"}, code: exitFailed, stderr: "not healthy within 10ms; at the last attempt, there is no connection to"},
		{name: "no URL", url: "127.0.0.1:7071", code: exitUsage, stderr: `"127.0.0.1:7071" is not a URL such as http://127.0.0.1:7071/health`},
		{name: "a wait below 0", nth: 1, args: []string{"--wait", "-1s"}, code: exitUsage, stderr: "--wait"},
		{name: "a timeout of 0", nth: 1, args: []string{"--timeout", "0s"}, code: exitUsage, stderr: "--timeout above 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url, asked := health(t, tt.nth)
			if tt.url != "" {
				url = tt.url
			}
			got := darajabox(t, append([]string{"healthcheck", url}, tt.args...)...)
			if got.code != tt.code || got.stdout != tt.stdout || !strings.Contains(got.stderr, tt.stderr) {
				t.Errorf("exit %d, stdout %q, stderr %q; want %d, %q, %q", got.code, got.stdout, got.stderr, tt.code, tt.stdout, tt.stderr)
			}
			if n := asked.Load(); n < tt.asked || len(tt.args) == 0 && n > 1 {
				t.Errorf("asked %d times, want %d", n, tt.asked)
			}
		})
	}
}
