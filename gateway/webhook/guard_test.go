package webhook

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"code.dny.dev/ssrf"

	"github.com/darajabox/darajabox/gateway"
)

func TestAddressesThatAreDialled(t *testing.T) {
	const public, private, never = true, false, false // for what follows
	for _, tt := range []struct {
		what, addr    string
		inService     bool // allowed in service
		inDevelopment bool // allowed with AllowPrivate
	}{
		{"public", "8.8.8.8", public, true},
		{"public v6", "2a00:1450:4001:80b::200e", public, true},
		{"loopback", "127.0.0.1", private, true},
		{"all of loopback", "127.255.0.9", private, true},
		{"loopback v6", "::1", private, true},
		{"10/8", "10.1.2.3", private, true},
		{"172.16/12", "172.31.255.255", private, true},
		{"beside 172.16/12", "172.32.0.1", public, true},
		{"192.168/16", "192.168.1.1", private, true},
		{"carrier's NAT", "100.64.0.1", private, true},
		{"unique local", "fd12:3456::1", private, true},
		{"mapped loopback", "::ffff:127.0.0.1", private, true},
		{"mapped private", "::ffff:192.168.1.1", private, true},
		{"nobody", "0.0.0.0", never, false},
		{"nobody v6", "::", never, false},
		{"link-local", "169.254.1.1", never, false},
		{"link-local v6", "fe80::1", never, false},
		{"metadata", "169.254.169.254", never, false},
		{"mapped metadata", "::ffff:169.254.169.254", never, false},
		{"metadata of AWS v6", "fd00:ec2::254", never, false},
		{"metadata of Google v6", "fd20:ce::254", never, false},
		{"metadata of Alibaba", "100.100.100.200", never, false},
		{"metadata of Oracle", "192.0.0.192", never, false},
		{"wire server of Azure", "168.63.129.16", never, false},
		{"mapped wire server", "::ffff:168.63.129.16", never, false},
		{"NAT64 of loopback", "64:ff9b::7f00:1", never, false},
		{"NAT64 of metadata", "64:ff9b::a9fe:a9fe", never, false},
		{"local NAT64", "64:ff9b:1::a9fe:a9fe", never, false},
		{"6to4 of loopback", "2002:7f00:1::", never, false},
		{"6to4 of metadata", "2002:a9fe:a9fe::", never, false},
		{"Teredo", "2001:0:7f00:1::", never, false},
		{"compatible", "::127.0.0.1", never, false},
		{"translated", "::ffff:0:127.0.0.1", never, false},
		{"multicast", "224.0.0.1", never, false},
		{"multicast v6", "ff02::1", never, false},
		{"broadcast", "255.255.255.255", never, false},
		{"reserved", "240.0.0.1", never, false},
		{"documentation", "203.0.113.7", never, false},
		{"documentation v6", "2001:db8::1", never, false},
		{"benchmarks", "198.18.0.1", never, false},
		{"6to4 relay", "192.88.99.1", never, false},
	} {
		to := netip.AddrPortFrom(netip.MustParseAddr(tt.addr), 443).String()
		network := "tcp4"
		if strings.HasPrefix(to, "[") {
			network = "tcp6"
		}
		if err := newGuard(gateway.Targets{}).control(network, to, nil); (err == nil) != tt.inService {
			t.Errorf("%s, %s, in service: %v", tt.what, tt.addr, err)
		}
		if err := newGuard(gateway.Targets{AllowPrivate: true}).control(network, to, nil); (err == nil) != tt.inDevelopment {
			t.Errorf("%s, %s, where private is allowed: %v", tt.what, tt.addr, err)
		}
	}
}

// What the domain lets through when an order comes in is no more than IANA's
// registries, as the library has them, and Azure.
func TestTheDomainKnowsWhatTheLibraryKnows(t *testing.T) {
	for _, p := range append(ssrf.IPv4DeniedPrefixes, ssrf.IPv6DeniedPrefixes...) {
		last := p.Addr().AsSlice()
		for i := p.Bits(); i < len(last)*8; i++ {
			last[i/8] |= 0x80 >> (i % 8)
		}
		end, _ := netip.AddrFromSlice(last)
		for _, addr := range []netip.Addr{p.Addr(), end} {
			if (gateway.Targets{}).AddrAllowed(addr) {
				t.Errorf("%s of %s is allowed", addr, p)
			}
		}
	}
}

func TestPortsThatAreDialled(t *testing.T) {
	for _, tt := range []struct {
		targets gateway.Targets
		yes, no []string
	}{
		{gateway.Targets{}, []string{"80", "443", "8000", "8443", "8999"}, []string{"22", "25", "81", "3306", "6379", "9000", "0"}},
		{gateway.Targets{HTTPSOnly: true}, []string{"443", "8443"}, []string{"80", "8080", "22"}},
		{gateway.Targets{HTTPSOnly: true, Ports: gateway.Ports{{First: 443, Last: 443}, {First: 9000, Last: 9001}}}, []string{"443", "9001"}, []string{"8443", "9002"}},
		{gateway.Targets{AllowPrivate: true}, []string{"80", "22", "40000"}, nil},
	} {
		g := newGuard(tt.targets)
		for _, port := range tt.yes {
			if err := g.control("tcp4", "8.8.8.8:"+port, nil); err != nil {
				t.Errorf("%+v: %v", tt.targets, err)
			}
		}
		for _, port := range tt.no {
			if err := g.control("tcp4", "8.8.8.8:"+port, nil); err == nil {
				t.Errorf("%+v: port %s is allowed", tt.targets, port)
			}
		}
	}
}

// names is a resolver whose every look-up gives the next list of addresses, the last
// list for good.
func names(t *testing.T, answers ...[]string) (r *net.Resolver, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			for serveDNS(server, func() []string {
				return answers[min(int(asked.Add(1)), len(answers))-1]
			}) == nil {
			}
		}()
		return client, nil
	}}, asked
}

// serveDNS answers a question on a stream, those for A from next.
func serveDNS(conn net.Conn, next func() []string) error {
	var size [2]byte
	if _, err := io.ReadFull(conn, size[:]); err != nil {
		return err
	}
	raw := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(conn, raw); err != nil {
		return err
	}
	const header, typeA = 12, 1
	name := header
	for raw[name] != 0 {
		name += int(raw[name]) + 1
	}
	end := name + 5 // of the only question: a zero, type and class
	answer := append([]byte{raw[0], raw[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, raw[header:end]...)
	if raw[name+2] == typeA {
		for _, addr := range next() {
			ip := netip.MustParseAddr(addr).As4()
			answer = append(answer, 0xc0, header, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ip[0], ip[1], ip[2], ip[3])
			answer[7]++
		}
	}
	_, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...))
	return err
}

func only(port uint16) gateway.Ports { return gateway.Ports{{First: port, Last: port}} }

// inside is a server on the loopback that nobody may reach, and its port.
func inside(t *testing.T) (reached *atomic.Int32, port uint16) {
	t.Helper()
	reached = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	t.Cleanup(server.Close)
	return reached, netip.MustParseAddrPort(server.Listener.Addr().String()).Port()
}

// A name that is public when somebody looks and loopback when it is called is found
// out, as is one that is both.
func TestRebinding(t *testing.T) {
	reached, port := inside(t)
	targets := gateway.Targets{Ports: only(port)}
	url := "http://rebind.example.com:" + netip.AddrPortFrom(netip.IPv4Unspecified(), port).String()[len("0.0.0.0:"):] + "/hook"
	for name, answers := range map[string][][]string{
		"public first, then loopback": {{"8.8.8.8"}, {"127.0.0.1"}},
		"loopback at once":            {{"127.0.0.1"}},
		"private":                     {{"10.0.0.1"}},
		"metadata":                    {{"169.254.169.254"}},
		"several, none public":        {{"127.0.0.1", "169.254.169.254", "10.0.0.1"}},
	} {
		resolver, asked := names(t, answers...)
		transport := newTransport(targets, resolver)
		s := New(Config{Transport: transport, Targets: targets})
		s.held = 0
		if len(answers) > 1 { // what checks the name by itself sees the first answer
			addrs, err := resolver.LookupHost(t.Context(), "rebind.example.com")
			if err != nil || len(addrs) != 1 || addrs[0] != "8.8.8.8" {
				t.Fatalf("looked up %v, %v", addrs, err)
			}
		}
		reply, err := s.Send(t.Context(), gateway.Webhook{URL: url})
		if !errors.Is(err, errRefused) || reply.Status != 0 {
			t.Errorf("%s: %+v, %v", name, reply, err)
		}
		if err != nil && (strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "10.0.0.1")) {
			t.Errorf("%s: the partner is told our addresses: %v", name, err)
		}
		if asked.Load() == 0 {
			t.Errorf("%s: the name was not looked up", name)
		}
		s.Close()
	}
	if reached.Load() != 0 {
		t.Error("the loopback was reached")
	}
	// The same is reached where it is allowed, so the test can fail.
	resolver, _ := names(t, []string{"127.0.0.1"})
	allowed := gateway.Targets{AllowPrivate: true}
	s := New(Config{Transport: newTransport(allowed, resolver), Targets: allowed})
	defer s.Close()
	if _, err := s.Send(t.Context(), gateway.Webhook{URL: url}); err != nil || reached.Load() != 1 {
		t.Errorf("where private is allowed: %v, reached %d times", err, reached.Load())
	}
}

func TestURLsThatAreRefusedBeforeTheyAreDialled(t *testing.T) {
	reached, port := inside(t)
	loopback := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port).String()
	for url, targets := range map[string]gateway.Targets{
		"http://" + loopback: {Ports: only(port)},
		"http://" + strings.Replace(loopback, "127.0.0.1", "localhost", 1):          {Ports: only(port)},
		"http://" + strings.Replace(loopback, "127.0.0.1", "[::ffff:127.0.0.1]", 1): {Ports: only(port)},
		"http://" + loopback + "/?https":                                            {AllowPrivate: true, HTTPSOnly: true},
		"http://169.254.169.254/latest/meta-data/":                                  {},
	} {
		s := New(Config{Targets: targets})
		s.held = 0
		var refused refusal
		if reply, err := s.Send(t.Context(), gateway.Webhook{URL: url}); !errors.As(err, &refused) || reply.Status != 0 {
			t.Errorf("%s: %+v, %v", url, reply, err)
		}
		s.Close()
	}
	if reached.Load() != 0 {
		t.Error("the loopback was reached")
	}
}

// Where a partner's redirect leads, nobody dials.
func TestRedirectToMetadataIsNotFollowed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	transport := NewTransport(gateway.Targets{AllowPrivate: true})
	var dialled []string
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialled = append(dialled, addr)
		return dial(ctx, network, addr)
	}
	s := New(Config{Transport: transport, Targets: gateway.Targets{AllowPrivate: true}})
	defer s.Close()
	reply, err := s.Send(t.Context(), gateway.Webhook{URL: server.URL})
	if reply.Status != 307 || err == nil || err.Error() != "answered 307; redirects are not followed" {
		t.Errorf("got %+v, %v", reply, err)
	}
	if len(dialled) != 1 {
		t.Errorf("dialled %v", dialled)
	}
}

// A dialer of our own turns HTTP/2 off unless the transport is told to keep it.
func TestHTTP2IsSpoken(t *testing.T) {
	proto := make(chan int, 1)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { proto <- r.ProtoMajor }))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	transport := NewTransport(gateway.Targets{AllowPrivate: true})
	transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	s := New(Config{Transport: transport, Targets: gateway.Targets{AllowPrivate: true}})
	defer s.Close()
	if _, err := s.Send(t.Context(), gateway.Webhook{URL: server.URL}); err != nil {
		t.Fatal(err)
	}
	if got := <-proto; got != 2 {
		t.Errorf("HTTP/%d", got)
	}
}

func TestLongHeadersAreNotRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 64<<10))
	}))
	defer server.Close()
	s := New(Config{Targets: gateway.Targets{AllowPrivate: true}, Timeout: 5 * time.Second})
	defer s.Close()
	if reply, err := s.Send(t.Context(), gateway.Webhook{URL: server.URL}); err == nil {
		t.Errorf("got %+v", reply)
	}
}
