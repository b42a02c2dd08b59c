package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/darajabox/darajabox/internal/listen"
)

// listener is an address with an HTTP server on it.
type listener struct {
	name   string
	addr   string
	server *http.Server
	log    *slog.Logger
	served chan struct{} // closed when Serve has returned
	hurry  func()        // ends the contexts of all requests: streams and waits end with them

	mu       sync.Mutex
	bound    net.Addr              // nil until it is bound
	silent   map[net.Conn]struct{} // connections that have not sent anything yet
	stopping bool
}

func newListener(name, addr string, h http.Handler, log *slog.Logger) *listener {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	all, hurry := context.WithCancel(context.Background())
	l := &listener{
		name: name, addr: addr, log: log, hurry: hurry, served: make(chan struct{}), silent: make(map[net.Conn]struct{}),
		server: &http.Server{
			Handler:           h,
			BaseContext:       func(net.Listener) context.Context { return all },
			ReadHeaderTimeout: 5 * time.Second,
			ReadTimeout:       10 * time.Second,
			WriteTimeout:      30 * time.Second,
			IdleTimeout:       120 * time.Second,
			MaxHeaderBytes:    16 << 10,
			ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // callers that left, and the like
		},
	}
	l.server.ConnState = l.connState
	return l
}

// connState keeps count of the connections on which nothing has come yet: clients
// open some ahead of need, and Shutdown would wait five seconds for each.
func (l *listener) connState(c net.Conn, state http.ConnState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(l.silent, c)
	case l.stopping:
		_ = c.Close() // nothing is lost with it
	default:
		l.silent[c] = struct{}{}
	}
}

func (l *listener) hangUpOnSilent() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopping = true
	for c := range l.silent {
		_ = c.Close() // nothing is lost with it
	}
}

// start binds the address and serves on it.
func (l *listener) start(ctx context.Context) error {
	ln, err := listen.TCP(ctx, l.name, l.addr)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.bound = ln.Addr()
	l.mu.Unlock()
	go func() {
		defer close(l.served)
		if err := l.server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			l.log.Error("the server ended", "server", l.name, "error", err)
		}
	}()
	return nil
}

// stop lets requests finish, those that wait for something at once, and waits for the server's end; when ctx ends first,
// it cuts them off.
func (l *listener) stop(ctx context.Context) error {
	l.hangUpOnSilent()
	l.hurry()
	err := l.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("%s: %w", l.name, err), l.server.Close())
	}
	<-l.served
	return err
}

// url is the base URL for programs on this machine, "" before start.
func (l *listener) url() string { return l.urlFor("") }

// urlFor is the base URL for a program that reaches this machine as host, "" before
// start.
func (l *listener) urlFor(host string) string {
	if addr := l.address(); addr != nil {
		return listen.URLFor(host, addr)
	}
	return ""
}

// port is the bound port, "" before start.
func (l *listener) port() string {
	addr := l.address()
	if addr == nil {
		return ""
	}
	_, port, _ := net.SplitHostPort(addr.String())
	return port
}

// address is what is bound, nil before start.
func (l *listener) address() net.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bound
}
