package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
)

// gate is a wire between the gateway and M-PESA that can be held: then what the
// gateway sends waits, as it does when M-PESA is slow. Everything else passes as it
// is, a connection that breaks included.
type gate struct {
	addr     string
	target   string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex
	held  chan struct{} // closed when the gate opens; nil while it is open
	conns map[net.Conn]struct{}
	ended bool
}

// newGate starts a gate in front of target.
func newGate(ctx context.Context, target string) (*gate, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("placing a gate before M-PESA: %w", err)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("placing a gate before M-PESA: %w", err)
	}
	g := &gate{addr: listener.Addr().String(), target: u.Host, listener: listener, conns: make(map[net.Conn]struct{})}
	g.running.Go(func() { g.accept(context.WithoutCancel(ctx)) })
	return g, nil
}

func (g *gate) accept(ctx context.Context) {
	for {
		from, err := g.listener.Accept()
		if err != nil {
			return // closed by Stop
		}
		g.running.Go(func() { g.join(ctx, from) })
	}
}

// join carries bytes both ways until either side ends.
func (g *gate) join(ctx context.Context, from net.Conn) {
	var d net.Dialer
	to, err := d.DialContext(ctx, "tcp", g.target)
	if err != nil {
		breakOff(from)
		return
	}
	if !g.keep(from, to) {
		return
	}
	defer g.drop(from, to)
	var both sync.WaitGroup
	both.Go(func() { pass(to, gated{from, g}) })
	both.Go(func() { pass(from, to) })
	both.Wait()
}

// pass copies until the end of src, and ends dst in the same way: with a reset after
// a reset.
func pass(dst, src net.Conn) {
	if _, err := io.Copy(dst, src); err != nil {
		breakOff(dst)
		breakOff(src)
		return
	}
	if half, ok := dst.(*net.TCPConn); ok {
		_ = half.CloseWrite() // the other side may be gone
	}
}

// breakOff closes c with a reset.
func breakOff(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // of a connection that is gone already
	}
	_ = c.Close() // it ends either way
}

// gated is a connection whose bytes wait at the gate.
type gated struct {
	net.Conn
	gate *gate
}

func (c gated) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.gate.mu.Lock()
	held := c.gate.held
	c.gate.mu.Unlock()
	if held != nil && n > 0 {
		<-held
	}
	return n, err
}

func (g *gate) keep(conns ...net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		if g.ended {
			_ = c.Close() // it ends either way
			continue
		}
		g.conns[c] = struct{}{}
	}
	return !g.ended
}

func (g *gate) drop(conns ...net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range conns {
		delete(g.conns, c)
		_ = c.Close() // it ends either way
	}
}

// Hold closes the gate until release is called.
func (g *gate) Hold(context.Context) (release func(context.Context) error, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held != nil {
		return nil, errors.New("the gate before M-PESA is closed already")
	}
	g.held = make(chan struct{})
	return func(context.Context) error { g.open(); return nil }, nil
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held != nil {
		close(g.held)
		g.held = nil
	}
}

// Stop opens the gate and cuts what goes through it.
func (g *gate) Stop(context.Context) error {
	g.open()
	err := g.listener.Close()
	g.mu.Lock()
	g.ended = true
	for c := range g.conns {
		_ = c.Close() // it ends either way
	}
	g.mu.Unlock()
	g.running.Wait()
	return err
}
