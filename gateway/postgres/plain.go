package postgres

import (
	"net/netip"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// InPlain reports whether a connection string lets a connection leave this machine
// without TLS. sslmode=disable does, and so do allow, prefer and none at all, which
// make do without where the server, or whoever answers in its place, has no TLS.
func InPlain(url string) bool {
	cfg, err := parse(url)
	if err != nil {
		return false // Open says so
	}
	tries := []*pgconn.FallbackConfig{{Host: cfg.ConnConfig.Host, TLSConfig: cfg.ConnConfig.TLSConfig}}
	for _, t := range append(tries, cfg.ConnConfig.Fallbacks...) {
		if t.TLSConfig == nil && !here(t.Host) {
			return true
		}
	}
	return false
}

// here tells a host that is this machine: a socket's folder, or the loopback.
func here(host string) bool {
	if host == "localhost" || strings.HasPrefix(host, "/") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
