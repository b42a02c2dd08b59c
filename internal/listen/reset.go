package listen

import (
	"crypto/tls"
	"net"
)

// Reset ends a connection so that its other side sees a reset, not an end.
func Reset(c net.Conn) {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only for a connection that has ended already
	}
	_ = c.Close()
}
