// Package intercept answers clients that have Safaricom's hosts built in: by a proxy that
// they find in their environment, and by TLS with certificates of an authority of this
// machine.
package intercept

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/darajabox/darajabox/internal/listen"
)

// Names of the listeners in the errors of Start, which wrap a *listen.Error when an address
// cannot be used.
const (
	ListenerProxy = "the simulator's proxy"
	ListenerTLS   = "the simulator's TLS port"
)

// Auto, in the place of the proxy's address, is DefaultProxyAddr, or a free port of this
// machine when that one cannot be used.
const (
	Auto             = "auto"
	DefaultProxyAddr = "127.0.0.1:7072"
)

// firstByte is how long a connection may be silent at its beginning.
const firstByte = 10 * time.Second

// Config makes a Server. API, Open, Now, NewServer and Log must be set.
type Config struct {
	API       http.Handler                    // Daraja
	ProxyAddr string                          // HOST:PORT or Auto; "" for no proxy
	TLSAddr   string                          // HOST:PORT; "" for no TLS port
	Offline   bool                            // the proxy refuses every host but Safaricom's
	Open      func() (*Authority, error)      // opens the authority, when it is first needed
	Dial      Dial                            // to other hosts; nil dials
	Now       func() time.Time                // the machine's
	NewServer func(http.Handler) *http.Server // has the limits of servers
	Log       *slog.Logger
}

// Dial opens a connection to another host.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Server is a proxy and a TLS port in front of Daraja's API.
type Server struct {
	config     Config
	open       func() (*Authority, error)
	ctx        context.Context // until Stop
	cancel     context.CancelFunc
	api, proxy *http.Server
	toAPI      *handoff // connections for api, over TLS or in clear
	toProxy    *handoff
	running    sync.WaitGroup // goroutines and requests to the proxy
	tunnels    chan struct{}  // one for each that is open

	mu             sync.Mutex
	stopped        bool
	listeners      []net.Listener
	proxyAt, tlsAt net.Addr // nil for none
}

// New returns a server that runs once it is started.
func New(c Config) *Server {
	ctx, cancel := context.WithCancel(context.Background())
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: 30 * time.Second}).DialContext
	}
	s := &Server{
		config: c, open: sync.OnceValues(c.Open), ctx: ctx, cancel: cancel,
		toAPI: newHandoff(), toProxy: newHandoff(), tunnels: make(chan struct{}, maxTunnels),
	}
	s.api, s.proxy = c.NewServer(c.API), c.NewServer(http.HandlerFunc(s.serveProxy))
	for _, h := range []*http.Server{s.api, s.proxy} {
		h.BaseContext = func(net.Listener) context.Context { return ctx }
		listen.CloseSilent(h)
	}
	return s
}

// Start binds the addresses and serves until Stop. A server is started once. With a TLS
// port the files of the authority are there soon after, and without one when a client needs
// them.
func (s *Server) Start(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return errors.Join(err, s.Stop(ctx))
	}
	return nil
}

func (s *Server) start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.config.ProxyAddr != "" {
		l, err := s.bindProxy(ctx)
		if err != nil {
			return err
		}
		s.proxyAt = l.Addr()
		s.accept(l, s.handConnection)
	}
	if s.config.TLSAddr != "" {
		l, err := listen.TCP(ctx, ListenerTLS, s.config.TLSAddr)
		if err != nil {
			return err
		}
		s.tlsAt = l.Addr()
		s.accept(l, s.handTLS)
		s.running.Go(func() { _, _ = s.authority() }) // which logs the error
	}
	s.running.Go(func() { _ = s.api.Serve(s.toAPI) }) // ends at Stop only
	s.running.Go(func() { _ = s.proxy.Serve(s.toProxy) })
	return nil
}

func (s *Server) bindProxy(ctx context.Context) (net.Listener, error) {
	if s.config.ProxyAddr != Auto {
		return listen.TCP(ctx, ListenerProxy, s.config.ProxyAddr)
	}
	l, err := listen.TCP(ctx, ListenerProxy, DefaultProxyAddr)
	if err != nil {
		l, err = listen.TCP(ctx, ListenerProxy, "0")
	}
	return l, err
}

// accept hands the connections of a listener over, until Stop. The caller holds mu.
func (s *Server) accept(l net.Listener, hand func(net.Conn)) {
	s.listeners = append(s.listeners, l)
	s.running.Go(func() {
		for {
			c, err := l.Accept()
			switch {
			case s.ctx.Err() != nil:
				return
			case err != nil:
				s.config.Log.Warn("a connection was not taken", "address", l.Addr(), "error", err)
				pause, cancel := context.WithTimeout(s.ctx, 100*time.Millisecond) // too many open files, mostly
				<-pause.Done()
				cancel()
				continue
			}
			s.running.Go(func() { hand(c) })
		}
	})
}

// handConnection hands a connection to the server for what its first byte begins: TLS for
// Daraja, anything else for the proxy.
func (s *Server) handConnection(c net.Conn) { s.handByFirstByte(c, s.toProxy) }

// handByFirstByte hands a connection that begins with TLS to Daraja, any other to clear.
func (s *Server) handByFirstByte(c net.Conn, clear *handoff) {
	p := newPeeked(c)
	_ = c.SetReadDeadline(s.config.Now().Add(firstByte)) // fails only for a connection that has ended
	stop := context.AfterFunc(s.ctx, func() { _ = c.Close() })
	isTLS, err := p.beginsTLS()
	_ = c.SetReadDeadline(time.Time{})
	if !stop() || err != nil {
		_ = c.Close() // it said nothing
		return
	}
	if isTLS {
		s.handTLS(p)
		return
	}
	clear.give(p)
}

// handTLS hands a connection to Daraja by TLS.
func (s *Server) handTLS(c net.Conn) {
	a, err := s.authority()
	if err != nil {
		_ = c.Close() // there is no certificate to say it with
		return
	}
	s.toAPI.give(tls.Server(c, a.TLS()))
}

// authority opens the authority. The first call logs an error.
func (s *Server) authority() (*Authority, error) { return s.open() }

// Stop ends everything: requests are finished, tunnels are cut off. When ctx ends first,
// requests are cut off too, and the error says so. Stopping what does not run does nothing.
func (s *Server) Stop(ctx context.Context) error {
	s.cancel()
	s.mu.Lock()
	s.stopped = true
	for _, l := range s.listeners {
		_ = l.Close() // nothing is lost with it
	}
	s.listeners = nil
	s.mu.Unlock()
	var errs []error
	for name, h := range map[string]*http.Server{ListenerProxy: s.proxy, ListenerTLS: s.api} {
		err := h.Shutdown(ctx)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, errors.Join(err, h.Close())))
		}
	}
	s.toAPI.end()
	s.toProxy.end()
	s.running.Wait()
	return errors.Join(errs...)
}

// enter makes Stop wait for running.Done. It returns false after Stop.
func (s *Server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.running.Add(1)
	}
	return !s.stopped
}

// ProxyAddr is the proxy's address for programs on this machine, HOST:PORT; "" for no proxy
// and before Start.
func (s *Server) ProxyAddr() string { return s.address(&s.proxyAt) }

// TLSAddr is that of the TLS port, likewise.
func (s *Server) TLSAddr() string { return s.address(&s.tlsAt) }

func (s *Server) address(bound *net.Addr) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *bound == nil {
		return ""
	}
	return listen.HostPort(*bound)
}

// OpenOnce is an authority for Config.Open, and logs when it cannot be opened.
func OpenOnce(c AuthorityConfig, rootFile string, log *slog.Logger) func() (*Authority, error) {
	return func() (*Authority, error) {
		if c.Dir == "" {
			err := errors.New("the local certificate authority: it has no folder; name one with --ca-dir")
			log.Error("TLS to Safaricom's hosts is not answered", "error", err)
			return nil, err
		}
		c.Roots = SystemRoots(rootFile)
		a, err := OpenAuthority(c)
		if err != nil {
			log.Error("TLS to Safaricom's hosts is not answered", "error", err)
		}
		return a, err
	}
}
