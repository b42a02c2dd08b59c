package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
)

func sources(t *testing.T, allowed, proxies string, strict bool) httpapi.Sources {
	t.Helper()
	s := httpapi.Sources{Strict: strict}
	var err error
	if s.Allowed, err = httpapi.ParseNetworks(strings.Fields(allowed)); err != nil {
		t.Fatal(err)
	}
	if s.Proxies, err = httpapi.ParseNetworks(strings.Fields(proxies)); err != nil {
		t.Fatal(err)
	}
	return s
}

// Where a callback came from, whatever its sender writes into X-Forwarded-For.
func TestOriginOfACallback(t *testing.T) {
	const safaricom = "196.201.214.200"
	tests := []struct {
		name      string
		peer      string
		forwarded []string // header lines
		remote    string
		proof     gateway.Proof
	}{
		{"from Safaricom itself", safaricom + ":4711", nil, safaricom, gateway.Proven},
		{"from anybody", "203.0.113.9:4711", nil, "203.0.113.9", gateway.Unproven},
		{"anybody who says Safaricom", "203.0.113.9:4711", []string{safaricom}, "203.0.113.9", gateway.Unproven},
		{"anybody who names our proxy too", "203.0.113.9:4711", []string{safaricom + ", 10.0.0.1"}, "203.0.113.9", gateway.Unproven},
		{"through our proxy", "10.0.0.1:4711", []string{safaricom}, safaricom, gateway.Proven},
		{"through two of ours", "10.0.0.1:4711", []string{safaricom + ", 10.0.0.2"}, safaricom, gateway.Proven},
		{"in two lines", "10.0.0.1:4711", []string{safaricom, "10.0.0.2"}, safaricom, gateway.Proven},
		{"with a port", "10.0.0.1:4711", []string{safaricom + ":33333"}, safaricom, gateway.Proven},
		{"through our proxy, with a lie before", "10.0.0.1:4711", []string{safaricom + ", 203.0.113.9"}, "203.0.113.9", gateway.Unproven},
		{"through our proxy, with our proxy in the lie", "10.0.0.1:4711", []string{safaricom + ", 10.0.0.2, 203.0.113.9"}, "203.0.113.9", gateway.Unproven},
		{"through a proxy that is not ours", "10.0.0.1:4711", []string{safaricom + ", 198.51.100.1"}, "198.51.100.1", gateway.Unproven},
		{"our proxy itself", "10.0.0.1:4711", nil, "10.0.0.1", gateway.Unproven},
		{"our proxies alone", "10.0.0.1:4711", []string{"10.0.0.2"}, "10.0.0.2", gateway.Unproven},
		{"our proxy heard from nobody knows whom", "10.0.0.1:4711", []string{safaricom + ", unknown"}, "10.0.0.1:4711", gateway.Unproven},
		{"an empty hop", "10.0.0.1:4711", []string{safaricom + ","}, "10.0.0.1:4711", gateway.Unproven},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:4711", []string{"::ffff:" + safaricom}, safaricom, gateway.Proven},
		{"IPv6 in brackets", "10.0.0.1:4711", []string{"[2001:db8::1]:443"}, "2001:db8::1", gateway.Proven},
		{"a neighbour in IPv6", "10.0.0.1:4711", []string{"2001:db9::1"}, "2001:db9::1", gateway.Unproven},
		{"a peer that is no address", "@", nil, "@", gateway.Unproven},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFront(t, func(c *httpapi.Config) { c.Sources = sources(t, "safaricom 2001:db8::/32", "10.0.0.0/8", false) })
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/daraja/stk/abc", strings.NewReader("{}"))
			r.RemoteAddr = tt.peer
			r.Header["X-Forwarded-For"] = tt.forwarded
			r.Header.Set("X-Real-Ip", safaricom)
			r.Header.Set("Forwarded", "for="+safaricom)
			f.ServeHTTP(httptest.NewRecorder(), r)
			if f.from != (gateway.Origin{Remote: tt.remote, Proof: tt.proof, Listed: tt.proof == gateway.Proven}) {
				t.Errorf("got %+v, want %s, %d", f.from, tt.remote, tt.proof)
			}
		})
	}
}

func TestNoListOfSourcesIsNoCheck(t *testing.T) {
	f := newFront(t, nil)
	f.call(t, http.MethodPost, "/daraja/stk/abc", "{}", "X-Forwarded-For", "196.201.214.200")
	if f.from != (gateway.Origin{Remote: "192.0.2.1", Proof: gateway.Proven}) {
		t.Errorf("got %+v", f.from)
	}
}

func TestStrictSourcesAreRefused(t *testing.T) {
	f := newFront(t, func(c *httpapi.Config) { c.Sources = sources(t, "safaricom", "", true) })
	f.verdict = gateway.VerdictRefused
	w := f.call(t, http.MethodPost, "/daraja/stk/abc", "{}")
	want(t, w, 403, `{"ResultCode":1,"ResultDesc":"Not allowed"}`)
	if f.from.Proof != gateway.Refused || len(f.bodies) != 1 {
		t.Errorf("got %+v, %d kept", f.from, len(f.bodies))
	}
}

func TestUnknownTokensAreNotFound(t *testing.T) {
	for _, verdict := range []string{gateway.VerdictNobody, gateway.VerdictDropped} {
		f := newFront(t, nil)
		f.verdict = verdict
		want(t, f.call(t, http.MethodPost, "/daraja/stk/abc", "{}"), 404, `{"ResultCode":1,"ResultDesc":"Not known"}`)
	}
}

func TestParseNetworks(t *testing.T) {
	for words, n := range map[string]int{"": 0, "127.0.0.1": 1, "10.0.0.0/8 ::1": 2, "safaricom": 14, "safaricom 192.0.2.0/24": 15} {
		if got, err := httpapi.ParseNetworks(strings.Fields(words)); err != nil || len(got) != n {
			t.Errorf("%q is %v, %v", words, got, err)
		}
	}
	for _, bad := range []string{"safari", "10.0.0.0/33", "10.0.0", "example.com", "::ffff:10.0.0.0/104", "10.0.0.1:80"} {
		if got, err := httpapi.ParseNetworks([]string{bad}); err == nil {
			t.Errorf("%q is %v", bad, got)
		}
	}
}

// Each door lets in those that it is for, and nobody else.
func TestDoors(t *testing.T) {
	paths := map[string][2]string{
		"push":     {http.MethodPost, pushPath},
		"look":     {http.MethodGet, "/api/v1/transactions/102"},
		"callback": {http.MethodPost, "/daraja/stk/abc"},
		"health":   {http.MethodGet, "/health"},
	}
	for _, tt := range []struct {
		door httpapi.Door
		open string
	}{
		{httpapi.DoorAll, "push look callback health"},
		{httpapi.DoorPartners, "push look health"},
		{httpapi.DoorCallbacks, "callback health"},
	} {
		f := newFront(t, func(c *httpapi.Config) { c.Door = tt.door })
		f.payment = &gateway.Payment{ID: 102, Partner: "local"}
		for name, p := range paths {
			w := f.call(t, p[0], p[1], goodBody)
			want := http.StatusOK
			if !strings.Contains(tt.open, name) {
				want = http.StatusNotFound
			}
			if w.Code != want {
				t.Errorf("door %q, %s: %d, want %d", tt.door, name, w.Code, want)
			}
		}
	}
}
