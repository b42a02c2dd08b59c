package httpapi

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/internal/listen"
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
	s := &http.Server{
		Handler:           endUnread(h, now),
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	listen.CloseSilent(s)
	return s
}
