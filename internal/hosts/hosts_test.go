package hosts_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/internal/hosts"
)

func TestName(t *testing.T) {
	for host, want := range map[string]string{
		"": "", ":7071": "", "LocalHost.": "localhost", "box.example:80": "box.example", "[::1]:7071": "::1", "[::1]": "::1",
		"::1": "::1", "10.0.0.7:80": "10.0.0.7",
	} {
		if got := hosts.Name(host); got != want {
			t.Errorf("%q is %q, want %q", host, got, want)
		}
	}
}

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "shop.localhost": true, "127.0.0.1": true, "127.8.9.10": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "notlocalhost": false, "localhost.evil.example": false, "10.0.0.7": false, "0.0.0.0": false, "::": false,
	} {
		if got := hosts.IsLoopback(host); got != want {
			t.Errorf("%q: %t", host, got)
		}
	}
}

// A name that a foreign page points at loopback (DNS rebinding) is not this server's.
func TestIsOwn(t *testing.T) {
	allowed := []string{"simulator", "Daraja.Test:7071", "10.0.0.7"}
	for host, own := range map[string]bool{
		"127.0.0.1:7071": true, "127.0.0.1": true, "127.8.9.10:7071": true, "localhost:7071": true, "LOCALHOST": true, "localhost.": true,
		"shop.localhost:7071": true, "[::1]:7071": true, "[::1]": true, "[::ffff:127.0.0.1]": true,
		"192.168.1.5:7071": true, // the address that the request came in on
		"simulator:7071":   true, "daraja.test": true, "10.0.0.7:80": true,
		"evil.example": false, "evil.example:7071": false, "127.0.0.1.evil.example": false, "localhost.evil.example": false, "notlocalhost": false,
		"192.168.1.6:7071": false, "10.0.0.8": false, "simulator.evil.example": false, "0.0.0.0:7071": false, "": false, ":7071": false,
	} {
		r := httptest.NewRequest(http.MethodPost, "/reset", nil)
		r.Host = host
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(192, 168, 1, 5), Port: 7071}))
		if why := hosts.ForeignHost(r, allowed, "the simulator", "--control-host"); (why == "") != own {
			t.Errorf("Host %q: %s", host, why)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://192.168.1.5:7071/", nil)
	if hosts.ForeignHost(r, []string{""}, "the simulator", "--control-host") == "" {
		t.Error("an address that the request did not come in on is its own")
	}
}

// What is pasted into a shell is a name and nothing else.
func TestForFlag(t *testing.T) {
	for host, want := range map[string]string{
		"Simulator:7071": "simulator", "daraja.test": "daraja.test", "10.0.0.7:80": "10.0.0.7", "my_box-1": "my_box-1",
		"": "NAME", "-x": "NAME", "$(id)": "NAME", "a b": "NAME", "a;b": "NAME", "[::5]:80": "NAME", "ünï": "NAME", strings.Repeat("a", 101): "NAME",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		if why := hosts.ForeignHost(r, nil, "the simulator", "--control-host"); !strings.Contains(why, " --control-host "+want+" ") {
			t.Errorf("%q gives %q, want %q", host, why, want)
		}
	}
}

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
			if got := hosts.ForeignHost(r, []string{"box.example"}, "the gateway", "--admin-host"); got != want {
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
			if origin, foreign := hosts.ForeignOrigin(r); foreign != tt.foreign || tt.origins != nil && origin != tt.origins[0] {
				t.Errorf("%q, %v", origin, foreign)
			}
		})
	}
}

func TestBaseURL(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "http://simulator:7070/x", nil)
	if got := hosts.BaseURL(r); got != "http://simulator:7070" {
		t.Error(got)
	}
	r.TLS = &tls.ConnectionState{}
	if got := hosts.BaseURL(r); got != "https://simulator:7070" {
		t.Error(got)
	}
}
