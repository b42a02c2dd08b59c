package listen

import (
	"net"
	"net/netip"
)

// URL is the base URL of a server that listens on addr, for a program on the same
// machine. An address that stands for all addresses is reached by 127.0.0.1.
func URL(addr net.Addr) string {
	if !OnAll(addr) {
		return "http://" + addr.String()
	}
	return URLFor(loopback, addr)
}

// URLFor is the base URL of a server that listens on addr, for a program that reaches
// this machine as host: a name or an IP address, without a port.
func URLFor(host string, addr net.Addr) string {
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	return "http://" + net.JoinHostPort(host, port)
}

// OnAll reports whether addr stands for all addresses of this machine, as 0.0.0.0 and
// [::] do.
func OnAll(addr net.Addr) bool {
	bound, err := netip.ParseAddrPort(addr.String())
	return err == nil && bound.Addr().IsUnspecified()
}
