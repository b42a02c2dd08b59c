package app_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway/app"
)

func page(t *testing.T, url string) response {
	t.Helper()
	got, err := do(t.Context(), http.MethodGet, url, "")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// One payment is seen by every metric on its way, and only on the private port.
func TestPrivatePort(t *testing.T) {
	d, p := newDaraja(t), newPartner(t)
	cfg := config(t, d.URL)
	cfg.OpsAddr, cfg.Limits.PushRate = "127.0.0.1:0", 0.001 // one, and the next in a quarter of an hour
	a := start(t, cfg)
	pay(t, a, p)
	push := next(t, d.made)
	d.call(t, push, 1, daraja.ResultSuccess)
	d.call(t, push, 1, daraja.ResultSuccess) // twice
	next(t, p.received)
	for path, want := range map[string]string{
		"/readyz": `{"status":"ok","checks":{"database":"ok","queue":"ok","work":"ok"}}`, "/livez": `{"status":"ok"}`,
	} {
		if got := page(t, a.OpsURL()+path); got.status != 200 || strings.TrimSpace(got.body) != want {
			t.Errorf("%s: %+v", path, got)
		}
	}
	for _, path := range []string{"/metrics", "/readyz", "/livez", "/debug/pprof/"} {
		if got := page(t, a.URL()+path); got.status != 404 {
			t.Errorf("partners read %s: %+v", path, got)
		}
	}
	if got := pay(t, a, p, "Idempotency-Key", "another"); got.status != http.StatusServiceUnavailable {
		t.Errorf("over the rate: %+v", got)
	}
	got := page(t, a.OpsURL()+"/metrics").body
	for _, line := range []string{
		`darajabox_http_requests_total{code="200",route="/api/v1/mpesa/stk_push"} 1`,
		`darajabox_http_requests_total{code="200",route="/daraja/stk/{token}"} 2`,
		`darajabox_daraja_calls_total{call="push",outcome="accepted"} 1`,
		`darajabox_daraja_breaker{product="push"} 0`,
		`darajabox_daraja_breaker{product="query"} 0`,
		`darajabox_daraja_put_off_total{product="push",reason="limiter"} 1`,
		`darajabox_payments_total{code="0",state="paid"} 1`,
		`darajabox_callbacks_total{verdict="applied"} 1`,
		`darajabox_callbacks_total{verdict="duplicate"} 1`,
		`darajabox_backlog{kind="payments"} 0`,
		`darajabox_store_up 1`,
		`darajabox_spans_dropped_total 0`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s in\n%s", line, got)
		}
	}
	stop(t, a)
	if _, err := do(t.Context(), http.MethodGet, a.OpsURL()+"/livez", ""); err == nil {
		t.Error("the private port is open after Stop")
	}
}

func TestPrivatePortThatIsTaken(t *testing.T) {
	d := newDaraja(t)
	cfg := config(t, d.URL)
	cfg.OpsAddr = d.Listener.Addr().String()
	if err := tryStart(t, cfg); err == nil || !strings.Contains(err.Error(), "is in use, possibly by another darajabox, so the gateway's listener for metrics and probes cannot start") {
		t.Errorf("got %v", err)
	}
	cfg.OpsAddr = ""
	start(t, cfg) // nothing of the first try is in the way
}

func tryStart(t *testing.T, cfg app.Config) error {
	t.Helper()
	a, err := app.New(cfg)
	if err != nil {
		return err
	}
	return a.Start(t.Context())
}

// A page in a browser can reach the private port under a name of its own (DNS rebinding).
func TestPrivatePortChecksTheHost(t *testing.T) {
	d := newDaraja(t)
	cfg := config(t, d.URL)
	cfg.OpsAddr, cfg.AdminHosts = "127.0.0.1:0", []string{"gateway.internal"}
	a := start(t, cfg)
	for _, tt := range []struct {
		host, path string
		want       int
	}{
		{"localhost", "/metrics", 200},
		{"127.0.0.1:9090", "/metrics", 200},
		{"gateway.internal:9090", "/metrics", 200},
		{"gateway.internal", "/debug/pprof/", 200},
		{"evil.example", "/metrics", 403},
		{"evil.example", "/debug/pprof/", 403},
		{"127.0.0.1.evil.example", "/metrics", 403},
		{"evil.example", "/nothing", 403},
		{"evil.example", "/livez", 200}, // whoever starts containers asks by a name that nobody told the gateway
		{"evil.example", "/readyz", 200},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.OpsURL()+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = tt.host
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != tt.want || tt.want == 403 && !strings.Contains(string(body), "--admin-host") {
			t.Errorf("Host %s, %s: %d %.200s", tt.host, tt.path, resp.StatusCode, body)
		}
	}
}
