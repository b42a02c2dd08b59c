// Package hosts reads the names of hosts in requests, and reports which are those of this
// machine.
package hosts

import (
	"net"
	"net/http"
	"net/netip"
	"regexp"
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

// FlagValue is the name in a Host header as a value of a flag that allows it, or NAME when
// it is not a host name: the header may come from a page whose author wants it pasted into
// a shell.
func FlagValue(host string) string {
	host = Name(host)
	if regexp.MustCompile(`^[a-z0-9._][a-z0-9._-]{0,99}$`).MatchString(host) {
		return host
	}
	return "NAME"
}
