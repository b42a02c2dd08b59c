// Package hosts reads the names of hosts in requests and guards the ports that only this
// machine and its neighbours should reach.
package hosts

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Name is the name or address in a Host header or a URL, in lower case, without a port,
// brackets or a dot at its end.
func Name(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// BaseURL is the URL by which r reached its server, without a path.
func BaseURL(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// IsLoopback reports whether host, as Name returns it, is the machine that asks for it:
// an address of the loopback network, or a name that no DNS may answer for (RFC 6761).
func IsLoopback(host string) bool {
	at, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && at.Unmap().IsLoopback()
}

// IsOwn reports whether the Host header of r names the server that got it: loopback, the
// address that r came in on, or one of the names in allowed. A page in a browser on this
// machine can reach loopback under a name of its own (DNS rebinding), and cannot lie
// about that name.
func IsOwn(r *http.Request, allowed []string) bool {
	host := Name(r.Host)
	if IsLoopback(host) || slices.ContainsFunc(allowed, func(a string) bool { return host != "" && Name(a) == host }) {
		return true
	}
	at, err := netip.ParseAddr(host)
	return err == nil && at.Unmap() == localAddr(r)
}

// localAddr is the address that a request came in on.
func localAddr(r *http.Request) netip.Addr {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return netip.Addr{}
	}
	at, err := netip.ParseAddrPort(local.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// ForFlag is the name in a Host header as a value of a flag that allows it, or NAME when
// it is not a host name: it may come from a page that wants to be pasted into a shell.
func ForFlag(host string) string {
	const most = 100
	host = Name(host)
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune(".-_", r)
	}
	if host == "" || len(host) > most || host[0] == '-' || strings.ContainsFunc(host, func(r rune) bool { return !plain(r) }) {
		return "NAME"
	}
	return host
}
