package callback

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	maxIdle    = 250 * time.Millisecond // that a connection waits for another callback
	maxWatched = 16                     // connections to a receiver, while it is not known whether it keeps them
	maxHosts   = 1000                   // receivers that are remembered
)

// pool knows which receivers keep connections. Only to them is a connection used again:
// some receivers close one after an answer without saying so, and a callback that is on
// its way then is lost, since net/http rightly does not send a POST twice. A receiver
// keeps connections when one has stayed open for maxIdle after an answer. When it closes
// any, it has to show that anew.
type pool struct {
	ctx      context.Context // until close
	cancel   context.CancelFunc
	maxIdle  time.Duration
	roots    *x509.CertPool // nil trusts as the machine does
	watchers sync.WaitGroup

	mu    sync.Mutex
	hosts map[[2]string]*host // by scheme and host
}

// host is a receiver.
type host struct {
	pool      *pool
	transport *http.Transport // uses connections again

	mu      sync.Mutex
	keeps   bool // its connections
	watched int  // connections that may show that it keeps them
	closed  int  // connections that the receiver has closed
}

func newPool() *pool {
	ctx, cancel := context.WithCancel(context.Background())
	return &pool{ctx: ctx, cancel: cancel, maxIdle: maxIdle, hosts: make(map[[2]string]*host)}
}

// close closes the idle connections.
func (p *pool) close() {
	p.cancel()
	p.watchers.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.hosts {
		h.transport.CloseIdleConnections()
	}
}

func (p *pool) tls() *tls.Config { return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.roots} }

// host finds the receiver of u.
func (p *pool) host(u *url.URL) *host {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := [2]string{u.Scheme, u.Host}
	if h, ok := p.hosts[key]; ok {
		return h
	}
	if len(p.hosts) >= maxHosts {
		clear(p.hosts)
	}
	http1 := new(http.Protocols)
	http1.SetHTTP1(true)
	h := &host{pool: p}
	h.transport = &http.Transport{
		DialContext:            h.dialWatched,
		Protocols:              http1,
		TLSClientConfig:        p.tls(),
		DisableCompression:     true, // Daraja sends no Accept-Encoding
		MaxIdleConnsPerHost:    DefaultConcurrency,
		IdleConnTimeout:        p.maxIdle,
		MaxResponseHeaderBytes: maxAnswer,
	}
	p.hosts[key] = h
	return h
}

// dial opens a connection to the host of u that the pool does not know.
func (p *pool) dial(ctx context.Context, u *url.URL) (net.Conn, error) {
	switch u.Scheme {
	case "http":
		return new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80")))
	case "https":
		secure := tls.Dialer{Config: p.tls()}
		return secure.DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "443")))
	}
	return nil, fmt.Errorf("unsupported protocol scheme %q", u.Scheme)
}

// conn notices when its receiver closes it. net/http reads while a connection is idle, too.
type conn struct {
	net.Conn
	host *host
}

func (h *host) dialWatched(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return conn{c, h}, nil
}

// Read implements io.Reader.
func (c conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		c.host.lost()
	}
	return n, err
}

// state reports whether connections are used again, and how many the receiver has closed.
func (h *host) state() (keeps bool, closed int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.keeps, h.closed
}

// lost notes that the receiver has closed a connection.
func (h *host) lost() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keeps = false
	h.closed++
}

// watch takes over a connection that has been answered, and closes it after maxIdle. If it
// has stayed open so long, and the receiver has closed no other one since it was opened,
// when it had closed that many, then the receiver keeps connections.
func (h *host) watch(c net.Conn, closed int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watched >= maxWatched {
		_ = c.Close()
		return
	}
	h.watched++
	h.pool.watchers.Go(func() {
		ctx, cancel := context.WithTimeout(h.pool.ctx, h.pool.maxIdle)
		defer cancel()
		defer context.AfterFunc(ctx, func() { _ = c.Close() })()
		_, err := c.Read(make([]byte, 1))
		if !errors.Is(err, net.ErrClosed) {
			_ = c.Close()
			h.lost()
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.watched--
		h.keeps = h.keeps || h.closed == closed && errors.Is(ctx.Err(), context.DeadlineExceeded)
	})
}
