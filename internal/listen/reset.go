package listen

import "net"

// Reset ends a connection so that its other side sees a reset, not an end.
func Reset(c net.Conn) {
	for { // TLS, and what has looked at its first bytes
		around, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c = around.NetConn()
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only for a connection that has ended already
	}
	_ = c.Close()
}
