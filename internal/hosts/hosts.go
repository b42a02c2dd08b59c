// Package hosts reads the names of hosts in requests, reports which are those of this
// machine, and guards against requests that pages in a browser send.
package hosts

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
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

// ForeignHost says why the Host header of r is not a name of the server that got it, or
// is "". A page in a browser on this machine can reach loopback under a name of its own
// (DNS rebinding), and cannot lie about that name. The text ends with advice to start
// service, such as "the gateway", with flag, whose variable is DARAJABOX_ and its name.
func ForeignHost(r *http.Request, allowed []string, service, flag string) string {
	if isOwn(r, allowed) {
		return ""
	}
	variable := "DARAJABOX_" + strings.ToUpper(strings.ReplaceAll(strings.TrimLeft(flag, "-"), "-", "_"))
	return fmt.Sprintf("the Host header says %.100q, which is not a name of this server; use localhost, 127.0.0.1 or its address, or start %s with %s %s (or %s=%[4]s)",
		r.Host, service, flag, flagValue(r.Host), variable)
}

// ForeignOrigin returns the origin of the page of another site that sent r, as its
// header has it. Programs that are no browsers send none.
func ForeignOrigin(r *http.Request) (origin string, foreign bool) {
	origins, sent := r.Header["Origin"]
	if !sent {
		return "", false
	}
	from, err := url.Parse(origins[0])
	own := err == nil && len(origins) == 1 && (from.Scheme == "http" || from.Scheme == "https") && strings.EqualFold(from.Host, r.Host)
	return origins[0], !own
}

// isOwn reports whether the Host header of r names the server that got it: loopback, the
// address that r came in on, or one of the names in allowed.
func isOwn(r *http.Request, allowed []string) bool {
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

// flagValue is the name in a Host header as a value of a flag that allows it, or NAME when
// it is not a host name: the header may come from a page whose author wants it pasted into
// a shell.
func flagValue(host string) string {
	host = Name(host)
	if regexp.MustCompile(`^[a-z0-9._][a-z0-9._-]{0,99}$`).MatchString(host) {
		return host
	}
	return "NAME"
}
