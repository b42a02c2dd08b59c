// Package ops is what those who run the gateway look at, on a listener that nobody
// else reaches: whether it lives and is ready, its metrics, and its profiles.
package ops

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"
)

// Config is what the pages are made of.
type Config struct {
	Metrics http.Handler // nil leaves /metrics out
	Checks  []Check      // all must pass for /readyz
}

// Check is one condition of being ready.
type Check struct {
	Name string
	Run  func(ctx context.Context) error
}

// CheckTimeout bounds each check. A probe that waits longer has its answer.
const CheckTimeout = time.Second

// NewHandler returns GET /livez, /readyz, /metrics, and /debug/pprof/.
//
// M-PESA and the partners are no conditions of being ready: while they are down
// there is still work that only a gateway in service can do.
func NewHandler(cfg Config) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, report{Status: "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ready(r.Context(), w, cfg.Checks)
	})
	if cfg.Metrics != nil {
		mux.Handle("GET /metrics", cfg.Metrics)
	}
	mux.HandleFunc("GET /debug/pprof/", pprof.Index) // without cmdline: flags may hold secrets
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// report is the answer of a probe.
type report struct {
	Status string            `json:"status"`           // ok or failed
	Checks map[string]string `json:"checks,omitempty"` // "ok", or what is wrong
}

// ready runs all checks at once, so that the answer says everything that is wrong
// and takes as long as the slowest.
func ready(ctx context.Context, w http.ResponseWriter, checks []Check) {
	out, status := report{Status: "ok", Checks: make(map[string]string)}, http.StatusOK
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, c := range checks {
		all.Go(func() {
			err := c.run(ctx)
			mu.Lock()
			defer mu.Unlock()
			out.Checks[c.Name] = "ok"
			if err != nil {
				out.Checks[c.Name], out.Status, status = fmt.Sprintf("%.200s", err), "failed", http.StatusServiceUnavailable
			}
		})
	}
	all.Wait()
	write(w, status, out)
}

// run calls the check, within CheckTimeout.
func (c Check) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, CheckTimeout, fmt.Errorf("no answer within %s", CheckTimeout))
	defer cancel()
	err := c.Run(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func write(w http.ResponseWriter, status int, body report) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
