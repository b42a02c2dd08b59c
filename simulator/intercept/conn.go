package intercept

import (
	"bufio"
	"net"
	"sync"
)

// peeked is a connection whose first bytes have been looked at.
type peeked struct {
	net.Conn
	in *bufio.Reader
}

func newPeeked(c net.Conn) peeked { return peeked{c, bufio.NewReader(c)} }

// Read implements io.Reader.
func (p peeked) Read(b []byte) (int, error) { return p.in.Read(b) }

// NetConn is the connection itself, for one that must be reset.
func (p peeked) NetConn() net.Conn { return p.Conn }

// beginsTLS waits for the first byte. TLS begins with a record of its handshake, HTTP with
// a letter.
func (p peeked) beginsTLS() (bool, error) {
	const handshake = 0x16
	first, err := p.in.Peek(1)
	return err == nil && first[0] == handshake, err
}

// handoff is a listener whose connections are given to it.
type handoff struct {
	conns chan net.Conn
	ended chan struct{}
	end   func()
}

func newHandoff() *handoff {
	h := &handoff{conns: make(chan net.Conn), ended: make(chan struct{})}
	h.end = sync.OnceFunc(func() { close(h.ended) })
	return h
}

// give waits until a server takes c. It closes c when there is no server any more.
func (h *handoff) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.ended:
		_ = c.Close() // the server has ended
	}
}

// Accept implements net.Listener.
func (h *handoff) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.ended:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (h *handoff) Close() error {
	h.end()
	return nil
}

// Addr implements net.Listener. Connections have addresses of their own.
func (h *handoff) Addr() net.Addr { return &net.TCPAddr{} }
