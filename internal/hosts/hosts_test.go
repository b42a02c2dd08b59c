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
		if got := hosts.IsOwn(r, allowed); got != own {
			t.Errorf("Host %q: %t", host, got)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://192.168.1.5:7071/", nil)
	if hosts.IsOwn(r, []string{""}) {
		t.Error("an address that the request did not come in on is its own")
	}
}

// What is pasted into a shell is a name and nothing else.
func TestForFlag(t *testing.T) {
	for host, want := range map[string]string{
		"Simulator:7071": "simulator", "daraja.test": "daraja.test", "10.0.0.7:80": "10.0.0.7", "my_box-1": "my_box-1",
		"": "NAME", "-x": "NAME", "$(id)": "NAME", "a b": "NAME", "a;b": "NAME", "[::5]:80": "NAME", "ünï": "NAME", strings.Repeat("a", 101): "NAME",
	} {
		if got := hosts.FlagValue(host); got != want {
			t.Errorf("%q gives %q, want %q", host, got, want)
		}
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
