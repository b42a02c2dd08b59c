package intercept_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/internal/listen"
	"github.com/darajabox/darajabox/simulator/intercept"
)

// echo answers with what it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header()["X-Own"] = []string{"1"}
	fmt.Fprintf(w, "daraja %s %s %s", r.Method, r.URL.RequestURI(), body)
}

type rig struct {
	*intercept.Server
	t     *testing.T
	roots *x509.CertPool
}

func start(t *testing.T, change func(*intercept.Config)) rig {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	c := intercept.Config{
		API: http.HandlerFunc(echo), ProxyAddr: "0", TLSAddr: "0", Open: intercept.OpenOnce(config(dir), "", log), Now: time.Now, Log: log,
		NewServer: func(h http.Handler) *http.Server { return &http.Server{Handler: h, ReadHeaderTimeout: time.Minute} },
	}
	if change != nil {
		change(&c)
	}
	s := intercept.New(c)
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	open(t, config(dir))
	return rig{s, t, pool(t, intercept.FilesIn(dir).CA)}
}

// client uses the proxy as a program does that finds it in its environment.
func (r rig) client() *http.Client {
	proxy := &url.URL{Scheme: "http", Host: r.ProxyAddr()}
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: r.roots}, DisableKeepAlives: true,
	}}
}

// get returns the status and the body of an answer.
func get(t *testing.T, c *http.Client, url string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// dial opens a connection and sends text on it.
func dial(t *testing.T, addr, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewReader(c)
}

// respond reads an answer.
func respond(t *testing.T, in *bufio.Reader, method string) (int, string) {
	t.Helper()
	resp, err := http.ReadResponse(in, &http.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if method == http.MethodConnect && resp.StatusCode == http.StatusOK {
		return resp.StatusCode, ""
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func TestProxyAnswersForSafaricom(t *testing.T) {
	r := start(t, nil)
	for _, host := range intercept.Hosts() {
		status, body := get(t, r.client(), "https://"+host+"/oauth/v1/generate?grant_type=client_credentials")
		if status != http.StatusOK || body != "daraja GET /oauth/v1/generate?grant_type=client_credentials " {
			t.Errorf("%s: %d %s", host, status, body)
		}
	}
	status, body := get(t, r.client(), "http://sandbox.safaricom.co.ke/x") // in clear
	if status != http.StatusOK || body != "daraja GET /x " {
		t.Errorf("http: %d %s", status, body)
	}
}

// axios sends a whole https URL in clear to a proxy, and never CONNECT.
func TestWholeURLInClear(t *testing.T) {
	r := start(t, nil)
	_, in := dial(t, r.ProxyAddr(), "POST https://sandbox.safaricom.co.ke/mpesa/x?a=1 HTTP/1.1\r\nHost: sandbox.safaricom.co.ke\r\nContent-Length: 2\r\n\r\n{}"+
		"POST https://API.safaricom.co.ke:443/y HTTP/1.1\r\nHost: api.safaricom.co.ke\r\nContent-Length: 0\r\n\r\n")
	if status, body := respond(t, in, http.MethodPost); status != http.StatusOK || body != "daraja POST /mpesa/x?a=1 {}" {
		t.Errorf("%d %s", status, body)
	}
	if status, body := respond(t, in, http.MethodPost); status != http.StatusOK || body != "daraja POST /y " {
		t.Errorf("on the same connection: %d %s", status, body)
	}
}

// What a client sends behind its CONNECT without waiting for the answer is not lost, and a
// tunnel may carry HTTP in clear too.
func TestConnectWithoutWaiting(t *testing.T) {
	r := start(t, nil)
	_, in := dial(t, r.ProxyAddr(), "CONNECT api.safaricom.co.ke:80 HTTP/1.1\r\nHost: api.safaricom.co.ke:80\r\n\r\nGET /z HTTP/1.1\r\nHost: api.safaricom.co.ke\r\n\r\n")
	if status, _ := respond(t, in, http.MethodConnect); status != http.StatusOK {
		t.Errorf("%d", status)
	}
	if status, body := respond(t, in, http.MethodGet); status != http.StatusOK || body != "daraja GET /z " {
		t.Errorf("%d %s", status, body)
	}
}

// The TLS port and the proxy's port itself answer TLS: for entries in the hosts file, and for
// clients whose connections are sent elsewhere.
func TestTLSPorts(t *testing.T) {
	r := start(t, nil)
	for _, addr := range []string{r.TLSAddr(), r.ProxyAddr()} {
		c := &http.Client{Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, addr)
			},
			TLSClientConfig: &tls.Config{RootCAs: r.roots}, DisableKeepAlives: true, ForceAttemptHTTP2: true,
		}}
		if status, body := get(t, c, "https://sandbox.safaricom.co.ke/x"); status != http.StatusOK || body != "daraja GET /x " {
			t.Errorf("%s: %d %s", addr, status, body)
		}
	}
}

// A fault that ends a connection by a reset does so through the proxy and TLS too.
func TestResetGoesThrough(t *testing.T) {
	r := start(t, func(c *intercept.Config) {
		c.API = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			listen.Reset(conn)
		})
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://sandbox.safaricom.co.ke/x", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := r.client().Do(req)
	if err == nil {
		resp.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "connection reset") {
		t.Errorf("got %v", err)
	}
}

func TestOtherHostsAreReached(t *testing.T) {
	r := start(t, nil)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "other ", r.URL.Path, r.Header["X-Forwarded-For"])
	}))
	defer plain.Close()
	secure := httptest.NewTLSServer(plain.Config.Handler)
	defer secure.Close()
	c := r.client()
	c.Transport.(*http.Transport).TLSClientConfig.RootCAs.AddCert(secure.Certificate())
	proxy := c.Transport.(*http.Transport).Proxy
	c.Transport.(*http.Transport).Proxy = func(r *http.Request) (*url.URL, error) { return proxy(r) } // also for loopback
	for _, base := range []string{plain.URL, secure.URL} {
		if status, body := get(t, c, base+"/a"); status != http.StatusOK || body != "other /a[]" {
			t.Errorf("%s: %d %s", base, status, body)
		}
	}
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	if status, body := get(t, c, closed.URL); status != http.StatusBadGateway || !strings.Contains(body, "darajabox: no answer of ") {
		t.Errorf("a host that is down: %d %s", status, body)
	}
}

func TestOfflineProxyRefusesOtherHosts(t *testing.T) {
	r := start(t, func(c *intercept.Config) {
		c.Offline = true
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			t.Error("another host is dialled")
			return nil, net.ErrClosed
		}
	})
	for _, request := range []string{"CONNECT bank.example:443 HTTP/1.1\r\nHost: bank.example:443\r\n\r\n", "GET http://bank.example/ HTTP/1.1\r\nHost: bank.example\r\n\r\n", "GET https://bank.example/ HTTP/1.1\r\nHost: bank.example\r\n\r\n",
		"GET http://bank.example/ HTTP/1.1\r\nHost: sandbox.safaricom.co.ke\r\n\r\n", "CONNECT sandbox.safaricom.co.ke.example:443 HTTP/1.1\r\nHost: sandbox.safaricom.co.ke\r\n\r\n"} {
		_, in := dial(t, r.ProxyAddr(), request)
		if status, body := respond(t, in, http.MethodGet); status != http.StatusForbidden || !strings.Contains(body, "the simulator is offline (--offline)") {
			t.Errorf("%q: %d %s", request, status, body)
		}
	}
	if status, _ := get(t, r.client(), "https://sandbox.safaricom.co.ke/x"); status != http.StatusOK {
		t.Errorf("Safaricom: %d", status)
	}
}

// from makes each connection look as if it came from an address.
type from struct {
	net.Conn
	addr net.Addr
}

func (c from) RemoteAddr() net.Addr { return c.addr }

// A proxy that other machines reach is no way into the network of this one.
func TestProxyReachesNothingForOtherMachines(t *testing.T) {
	other := &net.TCPAddr{IP: net.ParseIP("192.0.2.7"), Port: 1}
	r := start(t, func(c *intercept.Config) {
		c.Dial = func(context.Context, string, string) (net.Conn, error) {
			t.Error("another host is dialled")
			return nil, net.ErrClosed
		}
		c.NewServer = func(h http.Handler) *http.Server {
			return &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				r.RemoteAddr = from{nil, other}.RemoteAddr().String()
				h.ServeHTTP(w, r)
			})}
		}
	})
	for _, request := range []string{"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n", "GET http://10.0.0.1/ HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"} {
		_, in := dial(t, r.ProxyAddr(), request)
		if status, body := respond(t, in, http.MethodGet); status != http.StatusForbidden || !strings.Contains(body, "for programs on its own machine only") {
			t.Errorf("%q: %d %s", request, status, body)
		}
	}
	if status, _ := get(t, r.client(), "https://sandbox.safaricom.co.ke/x"); status != http.StatusOK {
		t.Errorf("Safaricom: %d", status)
	}
}

func TestProxySaysWhatItIs(t *testing.T) {
	r := start(t, nil)
	status, body := get(t, http.DefaultClient, "http://"+r.ProxyAddr()+"/")
	var info intercept.Info
	if err := json.Unmarshal([]byte(body), &info); err != nil || status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	if info.Service != intercept.InfoService || info.Proxy != r.ProxyAddr() || info.TLS != r.TLSAddr() || !filepath.IsAbs(info.CADir) {
		t.Errorf("%+v", info)
	}
	read(t, intercept.FilesIn(info.CADir).Bundle)
	for request, want := range map[string]string{
		"GET /x HTTP/1.1\r\nHost: " + r.ProxyAddr() + "\r\n\r\n":  "HTTPS_PROXY=http://" + r.ProxyAddr(), // taken for a base URL
		"GET / HTTP/1.1\r\nHost: page.example\r\n\r\n":            "this is the simulator's proxy",       // a page that has rebound its name
		"GET / HTTP/1.1\r\nHost: sandbox.safaricom.co.ke\r\n\r\n": "this is the simulator's proxy",
	} {
		_, in := dial(t, r.ProxyAddr(), request)
		if status, body := respond(t, in, http.MethodGet); status != http.StatusBadRequest || !strings.Contains(body, want) || strings.Contains(body, info.CADir) {
			t.Errorf("%q: %d %s", request, status, body)
		}
	}
}

func TestAuthorityThatCannotBeOpened(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	log := slog.New(slog.NewTextHandler(&logged, nil))
	r := start(t, func(c *intercept.Config) {
		c.Open, c.TLSAddr, c.Log = intercept.OpenOnce(config(file+"/ca"), "", log), "", log
	})
	for range 2 {
		_, in := dial(t, r.ProxyAddr(), "CONNECT sandbox.safaricom.co.ke:443 HTTP/1.1\r\nHost: sandbox.safaricom.co.ke:443\r\n\r\n")
		if status, body := respond(t, in, http.MethodConnect); status != http.StatusBadGateway || !strings.Contains(body, "the local certificate authority") {
			t.Errorf("%d %s", status, body)
		}
	}
	if got := strings.Count(logged.String(), "level=ERROR"); got != 1 {
		t.Errorf("%d lines in the log:\n%s", got, &logged)
	}
}

// A port that is taken is no reason for a second simulator not to start.
func TestAutomaticPort(t *testing.T) {
	auto := func(c *intercept.Config) { c.ProxyAddr = intercept.Auto }
	a, b := start(t, auto), start(t, auto)
	if a.ProxyAddr() == b.ProxyAddr() || a.ProxyAddr() == "" || b.ProxyAddr() == "" {
		t.Errorf("%s and %s", a.ProxyAddr(), b.ProxyAddr())
	}
}

func TestAddressesThatCannotBeUsed(t *testing.T) {
	r := start(t, nil)
	c := intercept.Config{ProxyAddr: "0", TLSAddr: r.TLSAddr(), Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Open:      func() (*intercept.Authority, error) { return nil, net.ErrClosed },
		NewServer: func(h http.Handler) *http.Server { return &http.Server{Handler: h, ReadHeaderTimeout: time.Minute} }}
	if err := intercept.New(c).Start(t.Context()); err == nil || !strings.Contains(err.Error(), "so the simulator's TLS port cannot start") {
		t.Errorf("got %v", err)
	}
	c.ProxyAddr, c.TLSAddr = r.ProxyAddr(), ""
	if err := intercept.New(c).Start(t.Context()); err == nil || !strings.Contains(err.Error(), "so the simulator's proxy cannot start") {
		t.Errorf("got %v", err)
	}
}

// Stop ends what is silent, what waits and what tunnels carry.
func TestStopEndsConnections(t *testing.T) {
	target, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	r := start(t, nil)
	dial(t, r.ProxyAddr(), "") // silent
	_, tunnel := dial(t, r.ProxyAddr(), fmt.Sprintf("CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n", target.Addr()))
	if status, _ := respond(t, tunnel, http.MethodConnect); status != http.StatusOK {
		t.Fatal(status)
	}
	_, daraja := dial(t, r.ProxyAddr(), "CONNECT sandbox.safaricom.co.ke:443 HTTP/1.1\r\nHost: x\r\n\r\n") // never begins its TLS
	if status, _ := respond(t, daraja, http.MethodConnect); status != http.StatusOK {
		t.Fatal(status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Error(err)
	}
	for _, in := range []*bufio.Reader{tunnel, daraja} {
		if _, err := in.ReadByte(); err == nil {
			t.Error("a connection is still open")
		}
	}
}
