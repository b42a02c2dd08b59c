package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// gate is a proxy between the gateway and M-PESA that can be closed: then requests
// wait, as they do when M-PESA is slow.
type gate struct {
	mu     sync.Mutex
	closed chan struct{} // closed when the gate opens; nil while it is open

	proxy  http.Handler
	server *http.Server
	addr   string
	served chan error
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
	g := &gate{proxy: httputil.NewSingleHostReverseProxy(u), addr: listener.Addr().String(), served: make(chan error, 1)}
	g.server = &http.Server{Handler: g, ReadHeaderTimeout: 5 * time.Second}
	go func() { g.served <- g.server.Serve(listener) }()
	return g, nil
}

// ServeHTTP lets a request through when the gate is open.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	opened := g.closed
	g.mu.Unlock()
	if opened != nil {
		select {
		case <-opened:
		case <-r.Context().Done():
			return
		}
	}
	g.proxy.ServeHTTP(w, r)
}

// Hold closes the gate until release is called.
func (g *gate) Hold(context.Context) (release func(context.Context) error, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		return nil, fmt.Errorf("the gate before M-PESA is closed already")
	}
	g.closed = make(chan struct{})
	return func(context.Context) error { g.open(); return nil }, nil
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		close(g.closed)
		g.closed = nil
	}
}

// Stop opens the gate and ends it.
func (g *gate) Stop(ctx context.Context) error {
	g.open()
	err := g.server.Shutdown(ctx)
	if served := <-g.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
