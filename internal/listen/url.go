package listen

import (
	"net"
	"net/netip"
	"strings"
)

// URL is the base URL of a server that listens on addr, for a program on the same
// machine. An address that stands for all addresses is reached by 127.0.0.1.
func URL(addr net.Addr) string { return URLFor(loopback, addr) }

// HostPort is the address of a server that listens on addr, HOST:PORT, for a program on the
// same machine.
func HostPort(addr net.Addr) string { return strings.TrimPrefix(URL(addr), "http://") }

// URLFor is the base URL of a server that listens on addr, for a program that reaches
// this machine as host: a name or an IP address, without a port. A server that listens
// on one address is reached there only, whatever host is.
func URLFor(host string, addr net.Addr) string {
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil || !IsWildcard(addr.String()) {
		return "http://" + addr.String()
	}
	if host == "" {
		host = loopback
	}
	return "http://" + net.JoinHostPort(host, port)
}

// IsWildcard reports whether addr, which is HOST:PORT, stands for all addresses of this
// machine, as 0.0.0.0, [::] and no host do.
func IsWildcard(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "" || err == nil && ip.IsUnspecified()
}
