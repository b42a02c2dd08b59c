package app

import (
	"container/list"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Reasons why a connection was closed for want of room.
const (
	closedIdle   = "idle"   // it had no request, and another needed its room
	closedSource = "source" // its address has as many as one may have, each with a request
	closedFull   = "full"   // all connections have a request under way
)

// connLimits bound the connections to a listener. The zero connLimits are no limit.
type connLimits struct {
	most      int                           // open at a time; 0 is no limit
	perSource int                           // of one address, or one /64 of IPv6; 0 is no limit
	reserved  func(netip.Addr) bool         // whose connections have limits of their own: most, and none by source; nil is none
	closed    func(listener, reason string) // hears of each that is closed for want of room; nil for none
}

// connections is a listener with limits. When it is full it closes the connection that
// has been idle for longest: one that has sent no request, waits between two, or has not
// sent all of a request's body. It never closes one with a request under way, which is one
// that has come in full.
//
// It is the project's own because netutil.LimitListener lets whoever comes next wait for
// as long as idle ones stay, and knows no sources.
type connections struct {
	net.Listener
	connLimits
	name string // for closed

	mu           sync.Mutex
	reservedPool pool
	others       pool
}

// pool is the connections of one kind.
type pool struct {
	perSource int
	open      int
	idle      *list.List         // of *connection, the longest idle first
	of        map[netip.Addr]int // open, by source
}

// connection is one that is open.
type connection struct {
	net.Conn
	listener *connections
	pool     *pool
	source   netip.Addr
	idle     *list.Element // in pool.idle; nil while a request is under way, from the end of its body
	gone     bool          // closed, by either side or for want of room
}

func newConnections(l net.Listener, name string, limits connLimits) *connections {
	return &connections{
		Listener: l, connLimits: limits, name: name,
		reservedPool: pool{idle: list.New(), of: make(map[netip.Addr]int)},
		others:       pool{idle: list.New(), of: make(map[netip.Addr]int), perSource: limits.perSource},
	}
}

// Accept implements net.Listener.
func (l *connections) Accept() (net.Conn, error) {
	for {
		accepted, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if c := l.admit(accepted); c != nil {
			return c, nil
		}
		_ = accepted.Close()
	}
}

// admit takes a connection in, maybe in the room of another; nil has no room.
func (l *connections) admit(accepted net.Conn) *connection {
	addr := addrOf(accepted)
	c := &connection{Conn: accepted, listener: l, pool: &l.others, source: sourceOf(addr)}
	if l.reserved != nil && l.reserved(addr) {
		c.pool = &l.reservedPool
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p := c.pool
	switch {
	case p.perSource > 0 && p.of[c.source] >= p.perSource:
		if !l.closeIdle(p, func(other *connection) bool { return other.source == c.source }) {
			l.report(closedSource)
			return nil
		}
	case l.most > 0 && p.open >= l.most:
		if !l.closeIdle(p, func(*connection) bool { return true }) {
			l.report(closedFull)
			return nil
		}
	}
	p.open++
	p.of[c.source]++
	c.idle = p.idle.PushBack(c)
	return c
}

// closeIdle closes the connection that has been idle for longest of those that fit, and
// reports whether there was one.
func (l *connections) closeIdle(p *pool, fits func(*connection) bool) bool {
	for e := p.idle.Front(); e != nil; e = e.Next() {
		if c, ok := e.Value.(*connection); ok && fits(c) {
			c.release()
			l.report(closedIdle)
			_ = c.Conn.Close()
			return true
		}
	}
	return false
}

// closeUnbegun closes all connections without a request under way.
func (l *connections) closeUnbegun() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range []*pool{&l.reservedPool, &l.others} {
		for e := p.idle.Front(); e != nil; e = p.idle.Front() {
			c := p.idle.Remove(e).(*connection) //nolint:forcetypeassert // the list holds nothing else
			c.idle = nil
			c.release()
			_ = c.Conn.Close()
		}
	}
}

func (l *connections) report(reason string) {
	if l.closed != nil {
		l.closed(l.name, reason)
	}
}

// release gives the room of c back, once. The listener's mu is held.
func (c *connection) release() {
	if c.gone {
		return
	}
	c.gone = true
	c.busy()
	c.pool.open--
	if c.pool.of[c.source]--; c.pool.of[c.source] == 0 {
		delete(c.pool.of, c.source)
	}
}

// busy takes c out of those that may be closed. The listener's mu is held.
func (c *connection) busy() {
	if c.idle != nil {
		c.pool.idle.Remove(c.idle)
		c.idle = nil
	}
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.listener.mu.Lock()
	c.release()
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// track hears from the server what a connection does. Its idle time counts from the header
// of a request again, and from the end of an answer.
func (l *connections) track(conn net.Conn, state http.ConnState) {
	c, ok := conn.(*connection)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case c.gone:
	case state == http.StateActive && c.idle != nil:
		c.pool.idle.MoveToBack(c.idle)
	case state == http.StateIdle && c.idle == nil:
		c.idle = c.pool.idle.PushBack(c)
	}
}

// serveBy has a server tell the listener what its connections do. A request is under way
// from the end of its body to the end of the answer. One whose connection was closed as it
// came in is not begun, so that no order is taken whose answer cannot reach its sender.
func (l *connections) serveBy(s *http.Server) {
	then, h := s.ConnState, s.Handler
	s.ConnState = func(c net.Conn, state http.ConnState) {
		l.track(c, state)
		if then != nil {
			then(c, state)
		}
	}
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, c)
	}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connectionKey{}).(*connection); ok {
			r = c.receive(r)
		}
		h.ServeHTTP(w, r)
	})
}

type connectionKey struct{}

// receive returns r with a body that begins the request at its end. A request without a
// body begins now.
func (c *connection) receive(r *http.Request) *http.Request {
	if r.ContentLength == 0 {
		if !c.begin() {
			panic(http.ErrAbortHandler)
		}
		return r
	}
	r = r.WithContext(r.Context()) // a copy, whose body may be replaced
	r.Body = &incoming{r.Body, c}
	return r
}

// begin keeps c from being closed, and reports whether it is still open.
func (c *connection) begin() bool {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	if !c.gone {
		c.busy()
	}
	return !c.gone
}

// incoming is the body of a request.
type incoming struct {
	io.ReadCloser
	c *connection
}

// Read implements io.Reader. The body of a closed connection has no end.
func (b *incoming) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) && !b.c.begin() {
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// addrOf is the address of the other side; the zero Addr when it has none.
func addrOf(c net.Conn) netip.Addr {
	both, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return both.Addr().Unmap().WithZone("")
}

// sourceOf is what limits by source take for one: an address of IPv4, a /64 of IPv6,
// which is what one customer of a network has.
func sourceOf(addr netip.Addr) netip.Addr {
	if !addr.Is6() {
		return addr
	}
	network, err := addr.Prefix(64)
	if err != nil {
		return addr
	}
	return network.Addr()
}
