package listen_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/internal/listen"
)

func TestParse(t *testing.T) {
	tests := []struct{ addr, want string }{
		{"127.0.0.1:8080", "127.0.0.1:8080"},
		{"8080", "127.0.0.1:8080"},
		{"0", "127.0.0.1:0"},
		{":8080", ":8080"},
		{"0.0.0.0:8080", "0.0.0.0:8080"},
		{"[::]:8080", "[::]:8080"},
		{"localhost:8080", "localhost:8080"},
		{"gateway.test:8080", "gateway.test:8080"},
	}
	for _, tt := range tests {
		t.Run(tt.addr, func(t *testing.T) {
			if got, err := listen.Parse(tt.addr); got != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestMalformedAddresses(t *testing.T) {
	tests := []struct{ name, addr, like string }{
		{"nothing", "", "127.0.0.1:8080"},
		{"a host alone", "localhost", "127.0.0.1:8080"},
		{"no port", "127.0.0.1:", "127.0.0.1:8080"},
		{"a port alone that is too high", "65536", "127.0.0.1:8080"},
		{"a negative port", "127.0.0.1:-1", "127.0.0.1:8080"},
		{"a signed port", "+80", "127.0.0.1:8080"},
		{"the name of a service", "127.0.0.1:http", "127.0.0.1:8080"},
		{"a URL", "http://127.0.0.1:9090/", "127.0.0.1:9090"},
		{"a URL without a port", "http://localhost/", "127.0.0.1:8080"},
		{"IPv6 without a port", "::1", "[::1]:8080"},
		{"IPv4 without a port", "192.0.2.1", "192.0.2.1:8080"},
		{"a path", "127.0.0.1/x:80", "127.0.0.1:8080"},
		{"a blank", "127.0.0.1 :80", "127.0.0.1:8080"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := listen.TCP(t.Context(), "the gateway", tt.addr)
			var bad *listen.Error
			if !errors.As(err, &bad) || bad.Reason != listen.Malformed {
				t.Fatalf("got %v", err)
			}
			if want := " is not HOST:PORT such as " + tt.like; !strings.HasSuffix(err.Error(), want) {
				t.Errorf("got %v, want …%s", err, want)
			}
			if got, want := bad.Advice("--addr"), "set it with --addr HOST:PORT"; got != want {
				t.Errorf("advice %q, want %q", got, want)
			}
		})
	}
}

func TestExampleHasTheUsualPort(t *testing.T) {
	for service, want := range map[string]string{"the simulator": "127.0.0.1:7070", "the simulator's control port": "127.0.0.1:7071", "the gateway": "127.0.0.1:8080", "the gateway's administration": "127.0.0.1:8081", "the inbox": "127.0.0.1:8090"} {
		if _, err := listen.TCP(t.Context(), service, "foo"); err == nil || !strings.HasSuffix(err.Error(), " such as "+want) {
			t.Errorf("%s: %v, want %s", service, err, want)
		}
	}
}

func TestPortThatIsTooHigh(t *testing.T) {
	_, err := listen.TCP(t.Context(), "the simulator", "127.0.0.1:99999")
	var bad *listen.Error
	if !errors.As(err, &bad) || bad.Reason != listen.Malformed || !strings.HasSuffix(err.Error(), `"127.0.0.1:99999", has the port 99999; a port is 0 to 65535`) {
		t.Errorf("got %v", err)
	}
}

func TestAddressInUse(t *testing.T) {
	first, err := listen.TCP(t.Context(), "the inbox", "0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, port, _ := net.SplitHostPort(first.Addr().String())
	for _, addr := range []string{port, "127.0.0.1:" + port, "localhost:" + port} {
		_, err = listen.TCP(t.Context(), "the gateway", addr)
		want := "port " + port + " is in use, possibly by another darajabox, so the gateway cannot start"
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", addr, err, want)
		}
	}
}

func TestAddressOfAnotherMachine(t *testing.T) {
	_, err := listen.TCP(t.Context(), "the gateway", "192.0.2.1:8080") // for documentation, RFC 5737
	var bad *listen.Error
	if !errors.As(err, &bad) || bad.Reason != listen.NotLocal {
		t.Fatalf("got %v", err)
	}
	if want := "192.0.2.1 is not an address of this machine, so the gateway cannot start"; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUnknownHost(t *testing.T) {
	_, err := listen.TCP(t.Context(), "the gateway", "nosuch.invalid:8080") // no such top-level domain, RFC 2606
	var bad *listen.Error
	if !errors.As(err, &bad) || bad.Reason != listen.UnknownHost {
		t.Fatalf("got %v", err)
	}
}

func TestAdvice(t *testing.T) {
	tests := []struct {
		name, addr string
		reason     listen.Reason
		want       string
	}{
		{"in use", "127.0.0.1:8080", listen.InUse, "give it another with --addr 127.0.0.1:18080, or any free one with --addr 127.0.0.1:0"},
		{"in use on all addresses", ":8080", listen.InUse, "give it another with --addr :18080, or any free one with --addr :0"},
		{"in use, the highest", "127.0.0.1:60000", listen.InUse, "give it any free one with --addr 127.0.0.1:0"},
		{"denied", "[::1]:443", listen.Denied, "give it another with --addr [::1]:8443, or any free one with --addr [::1]:0"},
		{"not here", "192.0.2.1:8080", listen.NotLocal, "listen on this machine alone with --addr 127.0.0.1:8080, or on all of its addresses with --addr 0.0.0.0:8080"},
		{"anything else", "127.0.0.1:8080", listen.Other, "give it another with --addr HOST:PORT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := &listen.Error{Service: "the gateway", Addr: tt.addr, Reason: tt.reason}
			if got := e.Advice("--addr"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	for _, service := range []string{"the gateway's administration", "the gateway's listener for metrics and probes"} {
		for _, reason := range []listen.Reason{listen.NotLocal, listen.UnknownHost} {
			e := &listen.Error{Service: service, Addr: "192.0.2.1:8081", Reason: reason}
			const want = "listen on this machine alone with --admin-addr 127.0.0.1:8081, or on one of its private addresses with --admin-addr ADDRESS:8081"
			if got := e.Advice("--admin-addr"); got != want {
				t.Errorf("%s: got  %s\nwant %s", service, got, want)
			}
		}
	}
	if got := (&listen.Error{Service: "the gateway", Addr: "127.0.0.1:80", Reason: listen.Denied}).Error(); !strings.HasPrefix(got, "this user may not listen on port 80") {
		t.Error(got)
	}
}

func TestURL(t *testing.T) {
	tests := []struct {
		name    string
		addr    net.TCPAddr
		want    string
		host    string // of a caller
		forHost string // that caller
	}{
		{"one address", net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 7070}, "http://127.0.0.1:7070", "simulator", "http://127.0.0.1:7070"},
		{"IPv6", net.TCPAddr{IP: net.IPv6loopback, Port: 7070}, "http://[::1]:7070", "::1", "http://[::1]:7070"},
		{"all of IPv4", net.TCPAddr{IP: net.IPv4zero, Port: 7070}, "http://127.0.0.1:7070", "10.0.0.5", "http://10.0.0.5:7070"},
		{"all, for no host", net.TCPAddr{IP: net.IPv4zero, Port: 7070}, "http://127.0.0.1:7070", "", "http://127.0.0.1:7070"},
		{"all", net.TCPAddr{IP: net.IPv6unspecified, Port: 7070}, "http://127.0.0.1:7070", "fe80::1", "http://[fe80::1]:7070"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := listen.URL(&tt.addr); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := listen.URLFor(tt.host, &tt.addr); got != tt.forHost {
				t.Errorf("for %s: got %s, want %s", tt.host, got, tt.forHost)
			}
		})
	}
}

func TestOnAll(t *testing.T) {
	for addr, want := range map[string]bool{
		":8080": true, "0.0.0.0:8080": true, "[::]:8080": true, "127.0.0.1:8080": false, "[::1]:8080": false, "localhost:8080": false,
		"192.0.2.1:8080": false, "8080": false, "": false,
	} {
		if got := listen.IsWildcard(addr); got != want {
			t.Errorf("%q: %t", addr, got)
		}
	}
}
