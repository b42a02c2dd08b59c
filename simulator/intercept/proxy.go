package intercept

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/darajabox/darajabox/internal/hosts"
)

// maxTunnels is how many connections to other hosts there are at once.
const maxTunnels = 1000

// Info is what the proxy says of itself at /, for `darajabox env`.
type Info struct {
	Service string `json:"service"` // InfoService
	Proxy   string `json:"proxy"`   // HOST:PORT for programs on this machine
	TLS     string `json:"tls,omitempty"`
	CADir   string `json:"ca_dir"` // folder of FilesIn
}

// InfoService distinguishes the proxy from other programs.
const InfoService = "darajabox proxy"

// isDaraja reports whether host, with or without a port, is one that is answered here.
func isDaraja(host string) bool { return slices.Contains(Hosts(), hosts.Name(host)) }

// serveProxy answers a request to the proxy: CONNECT, a whole URL as proxies get it, or a
// path, which is for the proxy itself.
func (s *Server) serveProxy(w http.ResponseWriter, r *http.Request) {
	if !s.enter() { // net/http does not wait for what takes its connection over
		return
	}
	defer s.running.Done()
	isConnect := r.Method == http.MethodConnect
	switch {
	case !isConnect && !r.URL.IsAbs():
		s.serveInfo(w, r)
	case isDaraja(r.Host) && isConnect:
		s.connectDaraja(w)
	case isDaraja(r.Host): // axios sends https URLs so, in clear
		r.Header.Del("Proxy-Connection")
		r.Header.Del("Proxy-Authorization")
		s.config.API.ServeHTTP(w, r)
	case s.refusal(r) != "":
		refuse(w, http.StatusForbidden, s.refusal(r))
	case isConnect:
		s.tunnel(w, r)
	default:
		s.forward(w, r)
	}
}

// refusal is why another host is not reached by the proxy, or "".
func (s *Server) refusal(r *http.Request) string {
	switch {
	case s.config.Offline:
		return fmt.Sprintf("the simulator is offline (--offline), so its proxy does not reach %.200q; it answers for %s", r.Host, strings.Join(Hosts(), " and "))
	case !hosts.IsLoopback(hosts.Name(r.RemoteAddr)):
		return fmt.Sprintf("the simulator's proxy reaches %.200q for programs on its own machine only; for others it answers for %s", r.Host, strings.Join(Hosts(), " and "))
	}
	return ""
}

// serveInfo answers at / what the proxy is, and explains itself at each other path. The
// folder has the user's name in it, so it is not for a page that reaches this port under a
// name of its own.
func (s *Server) serveInfo(w http.ResponseWriter, r *http.Request) {
	if foreign := hosts.ForeignHost(r, nil, "the simulator", "--proxy-addr"); foreign != "" || r.URL.Path != "/" {
		refuse(w, http.StatusBadRequest, fmt.Sprintf("this is the simulator's proxy, and %.200q is no whole URL; programs use it by HTTPS_PROXY=http://%s, and `darajabox env` prints what else they need", r.URL.Path, s.ProxyAddr()))
		return
	}
	a, err := s.authority()
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(Info{InfoService, s.ProxyAddr(), s.TLSAddr(), a.config.Dir}) // fails only for a caller that left
}

// refuse answers in text: what comes of a CONNECT is shown to people as it is, if at all.
func refuse(w http.ResponseWriter, status int, reason string) {
	http.Error(w, "darajabox: "+reason, status)
}

// established is the answer to a CONNECT whose connection carries other bytes from there on.
const established = "HTTP/1.1 200 Connection Established\r\n\r\n"

// connectDaraja hands the connection of a CONNECT to Daraja's API, by TLS or in clear.
func (s *Server) connectDaraja(w http.ResponseWriter) {
	if _, err := s.authority(); err != nil {
		refuse(w, http.StatusBadGateway, err.Error())
		return
	}
	c, err := takeOver(w)
	if err != nil {
		return // the client has left
	}
	s.handByFirstByte(c, s.toAPI)
}

// takeOver answers a CONNECT and returns its connection.
func takeOver(w http.ResponseWriter) (net.Conn, error) {
	c, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, fmt.Errorf("taking the connection over: %w", err)
	}
	if _, err := io.WriteString(c, established); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return peeked{c, buffered.Reader}, nil // the client may have sent more already
}

// tunnel joins a client with another host, until one of them ends or Stop.
func (s *Server) tunnel(w http.ResponseWriter, r *http.Request) {
	select {
	case s.tunnels <- struct{}{}:
		defer func() { <-s.tunnels }()
	default:
		refuse(w, http.StatusServiceUnavailable, fmt.Sprintf("%d connections to other hosts are open already", maxTunnels))
		return
	}
	target, err := s.config.Dial(r.Context(), "tcp", r.Host)
	if err != nil {
		refuse(w, http.StatusBadGateway, fmt.Sprintf("no connection to %.200q: %v", r.Host, err))
		return
	}
	defer func() { _ = target.Close() }() // it has ended
	client, err := takeOver(w)
	if err != nil {
		return // the client has left
	}
	defer func() { _ = client.Close() }()   // likewise
	defer context.AfterFunc(s.ctx, func() { //nolint:contextcheck // a tunnel ends with the server, not with the request
		_ = client.Close() // Stop cuts it off
		_ = target.Close()
	})()
	var both sync.WaitGroup
	both.Go(func() { pass(target, client) })
	both.Go(func() { pass(client, target) })
	both.Wait()
}

// pass copies one direction to its end, and ends it on the other side too.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if p, ok := to.(peeked); ok {
		to = p.Conn
	}
	if half, ok := to.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite() // the other direction goes on
		return
	}
	_ = to.Close() // likewise it has ended
	_ = from.Close()
}

// forward sends a request for a whole URL on to its host, by TLS when the URL says so.
func (s *Server) forward(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	_ = errors.Join(out.SetReadDeadline(time.Time{}), out.SetWriteDeadline(time.Time{})) // a download may take long
	transport := &http.Transport{DialContext: s.config.Dial, DisableKeepAlives: true, DisableCompression: true, TLSHandshakeTimeout: 10 * time.Second}
	(&httputil.ReverseProxy{
		Rewrite:   func(p *httputil.ProxyRequest) { p.Out.Host = p.In.Host },
		Transport: transport,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			refuse(w, http.StatusBadGateway, fmt.Sprintf("no answer of %.200q: %v", r.Host, err))
		},
	}).ServeHTTP(w, r)
}
