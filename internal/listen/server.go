package listen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
)

// Server is an HTTP server on an address.
type Server struct {
	service, addr  string
	server         *http.Server
	log            *slog.Logger
	cancelRequests func()     // ends the contexts of all requests: streams and waits end with them
	served         chan error // gets the result of Serve, and is closed
	bound          atomic.Pointer[net.Addr]
}

// NewServer returns a server for a service, as TCP names it, on HOST:PORT. s has handler
// and limits; its contexts and connections are the Server's. A server that
// ends by itself says so in log and in the error of Stop.
func NewServer(service, addr string, s *http.Server, log *slog.Logger) *Server {
	all, cancel := context.WithCancel(context.Background())
	s.BaseContext = func(net.Listener) context.Context { return all }
	CloseSilent(s)
	return &Server{service: service, addr: addr, server: s, log: log, cancelRequests: cancel, served: make(chan error, 1)}
}

// Start binds the address and serves until Stop. The error wraps an *Error when the
// address cannot be used. A server is started once.
func (s *Server) Start(ctx context.Context) error {
	if s.bound.Load() != nil {
		return errors.New("already started")
	}
	listener, err := TCP(ctx, s.service, s.addr)
	if err != nil {
		return err
	}
	addr := listener.Addr()
	s.bound.Store(&addr)
	go func() {
		if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the server ended", "server", s.service, "error", err)
			s.served <- err
		}
		close(s.served)
	}()
	return nil
}

// Stop lets requests finish, those that wait for something at once, and waits for the
// server's end. When ctx ends first, it cuts them off and the error says so. Stopping what
// does not run does nothing.
func (s *Server) Stop(ctx context.Context) error {
	if s.bound.Load() == nil {
		return nil
	}
	s.cancelRequests()
	err := s.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, s.server.Close())
	}
	if err = errors.Join(err, <-s.served); err != nil {
		return fmt.Errorf("%s: %w", s.service, err)
	}
	return nil
}

// URLFor is the base URL for a program that reaches this machine as host, a name or an IP
// address without a port; "" is this machine. It is "" before Start.
func (s *Server) URLFor(host string) string {
	if addr := s.bound.Load(); addr != nil {
		return URLFor(host, *addr)
	}
	return ""
}

// Port is the bound port, "" before Start.
func (s *Server) Port() string {
	addr := s.bound.Load()
	if addr == nil {
		return ""
	}
	_, port, _ := net.SplitHostPort((*addr).String())
	return port
}

// CloseSilent makes a server that shuts down close the connections on which nothing has
// come yet: clients open some ahead of need, and http.Server.Shutdown would wait five
// seconds for each. It sets ConnState.
func CloseSilent(s *http.Server) {
	var mu sync.Mutex
	silent, closing := make(map[net.Conn]struct{}), false
	s.ConnState = func(c net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case state != http.StateNew:
			delete(silent, c)
		case closing:
			_ = c.Close() // nothing is lost with it
		default:
			silent[c] = struct{}{}
		}
	}
	s.RegisterOnShutdown(func() {
		mu.Lock()
		defer mu.Unlock()
		closing = true
		for c := range silent {
			_ = c.Close() // nothing is lost with it
		}
	})
}
