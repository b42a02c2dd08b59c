package httpapi

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Limits of the server. A write may wait for a push, which takes 30 s at most.
const (
	maxHeader     = 16 << 10
	headerTimeout = 5 * time.Second
	readTimeout   = 10 * time.Second
	writeTimeout  = 60 * time.Second
	idleTimeout   = 120 * time.Second
)

// NewServer returns a server for h that no slow or greedy client can hold up.
// now is the time of the machine, for deadlines.
func NewServer(h http.Handler, log *slog.Logger, now func() time.Time) *http.Server {
	unused := &unusedConns{conns: make(map[net.Conn]struct{})}
	s := &http.Server{
		Handler:           endUnread(h, now),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		ConnState:         unused.track,
	}
	s.RegisterOnShutdown(unused.close)
	return s
}

// unusedConns are the connections on which no byte has come yet. Clients open
// them ahead of need, and http.Server.Shutdown would wait 5 s for their first
// request.
type unusedConns struct {
	mu      sync.Mutex
	conns   map[net.Conn]struct{}
	closing bool
}

func (u *unusedConns) track(c net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(u.conns, c)
	case u.closing:
		_ = c.Close()
	default:
		u.conns[c] = struct{}{}
	}
}

func (u *unusedConns) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.closing = true
	for c := range u.conns {
		_ = c.Close()
	}
}
