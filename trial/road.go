package trial

import (
	"context"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Road is a TCP proxy that can be cut. With several ends it is a load balancer that
// takes the next one when one does not answer.
type Road struct {
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	ends   []string
	closed bool
	blocks time.Time // until then nobody gets through
	open   map[net.Conn]struct{}
	next   atomic.Uint64
}

// NewRoad opens a road on a port of the kernel's choice to one of ends: host:port, or
// the path of a socket.
func NewRoad(ends ...string) (*Road, error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Road{listener: l, ends: ends, open: make(map[net.Conn]struct{})}
	r.running.Go(r.accept)
	return r, nil
}

// Addr is where the road begins, host:port.
func (r *Road) Addr() string { return r.listener.Addr().String() }

// Lead makes the road end elsewhere.
func (r *Road) Lead(ends ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends = ends
}

// Cut breaks every connection in the middle of whatever it carries, and lets nobody
// through for a while.
func (r *Road) Cut(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.blocks = time.Now().Add(d)
	for c := range r.open {
		reset(c)
	}
}

// reset closes c so that the other side sees a reset.
func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// Close ends the road.
func (r *Road) Close() {
	r.mu.Lock()
	r.closed = true
	for c := range r.open {
		_ = c.Close()
	}
	r.mu.Unlock()
	_ = r.listener.Close()
	r.running.Wait()
}

func (r *Road) accept() {
	for {
		c, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.running.Go(func() { r.carry(c) })
	}
}

func (r *Road) carry(near net.Conn) {
	if !r.enter(near) {
		return
	}
	defer r.leave(near)
	far := r.reach()
	if far == nil || !r.enter(far) {
		reset(near)
		return
	}
	defer r.leave(far)
	var both sync.WaitGroup
	both.Go(func() { pass(far, near) })
	pass(near, far)
	both.Wait()
}

// pass copies one direction and passes its end on.
func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

func (r *Road) enter(c net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || time.Now().Before(r.blocks) {
		reset(c)
		return false
	}
	r.open[c] = struct{}{}
	return true
}

func (r *Road) leave(c net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, c)
	_ = c.Close()
}

// reach connects to the next end that answers, or returns nil.
func (r *Road) reach() net.Conn {
	r.mu.Lock()
	ends := slices.Clone(r.ends)
	r.mu.Unlock()
	d := net.Dialer{Timeout: 2 * time.Second}
	first := int(r.next.Add(1))
	for i := range ends {
		end := ends[(first+i)%len(ends)]
		network := "tcp"
		if strings.HasPrefix(end, "/") {
			network = "unix"
		}
		c, err := d.DialContext(context.Background(), network, end)
		if err == nil {
			return c
		}
	}
	return nil
}
