// Package proxy is a TCP proxy for tests, which can hold back what clients send, and cut
// connections.
package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// Proxy passes connections on to a target. With several targets it is a load balancer,
// which takes the next one when one does not answer. A connection that one side resets is
// reset on the other side too.
type Proxy struct {
	listener net.Listener
	running  sync.WaitGroup

	mu      sync.Mutex
	targets []string
	next    int           // which target is tried first for the next connection
	cuts    int           // how many are not restored
	held    chan struct{} // closed on release; nil while nothing is held
	conns   map[net.Conn]struct{}
}

// New starts a proxy on a free port of 127.0.0.1. A target is host:port, or the path of a
// Unix socket. The proxy runs until Close, also when ctx has ended.
func New(ctx context.Context, targets ...string) (*Proxy, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: l, targets: targets, conns: make(map[net.Conn]struct{})}
	p.running.Go(func() { p.accept(context.WithoutCancel(ctx)) })
	return p, nil
}

// Addr is host:port of the proxy.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// SetTargets replaces the targets, for connections that are still to come.
func (p *Proxy) SetTargets(targets ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.targets = targets
}

// ErrHeld is the error of Hold while the proxy holds already.
var ErrHeld = errors.New("the proxy holds what clients send already")

// Hold keeps back what clients send until release is called, as a slow server does.
func (p *Proxy) Hold() (release func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil {
		return nil, ErrHeld
	}
	p.held = make(chan struct{})
	return p.release, nil
}

func (p *Proxy) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil {
		close(p.held)
		p.held = nil
	}
}

// Cut resets every connection, and each new one until restore is called.
func (p *Proxy) Cut() (restore func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cuts++
	for c := range p.conns {
		reset(c)
	}
	return sync.OnceFunc(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.cuts--
	})
}

// Close releases what is held, resets all connections, and waits until they have ended.
func (p *Proxy) Close() error {
	p.release()
	err := p.listener.Close()
	p.Cut()
	p.running.Wait()
	return err
}

func (p *Proxy) accept(ctx context.Context) {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		p.running.Go(func() { p.relay(ctx, c) })
	}
}

// relay carries bytes both ways until either side ends.
func (p *Proxy) relay(ctx context.Context, client net.Conn) {
	if !p.track(client) {
		return
	}
	defer p.close(client)
	server := p.dial(ctx)
	if server == nil {
		reset(client)
		return
	}
	if !p.track(server) {
		return
	}
	defer p.close(server)
	var both sync.WaitGroup
	both.Go(func() { pass(server, client, heldReader{client, p}) })
	pass(client, server, server)
	both.Wait()
}

// pass copies until the end of src, which r reads, and ends dst in the same way: with a
// reset after a reset.
func pass(dst, src net.Conn, r io.Reader) {
	if _, err := io.Copy(dst, r); err != nil {
		reset(dst)
		reset(src)
	} else if half, ok := dst.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the other side may be gone
	}
}

// reset closes c so that the other side sees a reset.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // of a connection that is gone already
	}
	_ = c.Close() // it ends either way
}

// heldReader reads from a client; its bytes wait while the proxy holds.
type heldReader struct {
	client net.Conn
	proxy  *Proxy
}

func (h heldReader) Read(b []byte) (int, error) {
	n, err := h.client.Read(b)
	h.proxy.mu.Lock()
	held := h.proxy.held
	h.proxy.mu.Unlock()
	if held != nil && n > 0 {
		<-held
	}
	return n, err
}

// track lets Cut and Close reset c. It resets c at once, and returns false, while the
// proxy is cut or closed.
func (p *Proxy) track(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cuts > 0 {
		reset(c)
		return false
	}
	p.conns[c] = struct{}{}
	return true
}

func (p *Proxy) close(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close()
}

// dial connects to the next target that answers, or returns nil.
func (p *Proxy) dial(ctx context.Context) net.Conn {
	p.mu.Lock()
	targets, first := p.targets, p.next
	p.next++
	p.mu.Unlock()
	d := net.Dialer{Timeout: 2 * time.Second}
	for i := range targets {
		target, network := targets[(first+i)%len(targets)], "tcp"
		if strings.HasPrefix(target, "/") {
			network = "unix"
		}
		if c, err := d.DialContext(ctx, network, target); err == nil {
			return c
		}
	}
	return nil
}
