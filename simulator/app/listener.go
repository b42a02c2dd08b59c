package app

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/internal/listen"
)

// newListener returns a server for h on addr; "" is a free port of this machine.
func newListener(name, addr string, h http.Handler, log *slog.Logger) *listen.Server {
	return listen.NewServer(name, cmp.Or(addr, "127.0.0.1:0"), newHTTPServer(h, log), log)
}

// newHTTPServer has the limits of each server of a simulator.
func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug), // callers that left, and the like
	}
}
