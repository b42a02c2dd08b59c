package app

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/httpapi"
	"github.com/darajabox/darajabox/gateway/metrics"
	"github.com/darajabox/darajabox/gateway/mpesa"
	"github.com/darajabox/darajabox/gateway/ops"
	"github.com/darajabox/darajabox/gateway/tracing"
)

// eyes are what looks at a gateway from beside: metrics, traces, probes.
type eyes struct {
	metrics *metrics.Metrics
	tracing *tracing.Tracing
	pulse   *ops.Pulse
	close   func() error // sends the last spans
}

func (a *App) openEyes(ctx context.Context, store gateway.Store) (*eyes, error) {
	backlog := ops.Backlog(store, a.cfg.Clock)
	traces, err := tracing.New(tracing.Config{
		Endpoint: a.cfg.OTLPEndpoint, Ratio: a.cfg.OTLPRatio, Version: userAgent(a.cfg.Version),
		Clock: a.cfg.Clock, Random: rand.Reader, Log: a.cfg.Log,
	})
	if err != nil {
		return nil, err
	}
	counts := metrics.New(metrics.Config{Clock: a.cfg.Clock, Backlog: backlog, Reviews: gateway.Desk{Store: store}.OpenReviews})
	counts.Spans(traces.Dropped)
	return &eyes{
		metrics: counts,
		tracing: traces,
		pulse:   &ops.Pulse{Clock: a.cfg.Clock, Backlog: backlog},
		close: func() error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastResort)
			defer cancel()
			return traces.Stop(ctx)
		},
	}, nil
}

// watch puts the eyes around what gw talks to.
func (e *eyes) watch(gw *gateway.Gateway) {
	gw.Daraja = e.metrics.Daraja(e.tracing.Daraja(gw.Daraja))
	gw.Observer = gateway.Observers{e.metrics, e.tracing, reviewLog{gw.Log}}
}

// watchBreakers shows the breakers of M-PESA's products.
func (e *eyes) watchBreakers(c *mpesa.Client) {
	for _, product := range mpesa.Products() {
		e.metrics.Breaker(product, func() int { return int(c.BreakerOf(product)) })
	}
}

// request is what httpapi.Config.Observe wants.
func (e *eyes) request(r *http.Request, route string) (done func(status int)) {
	traced, counted := e.tracing.Request(r, route), e.metrics.Request(r, route)
	return func(status int) {
		traced(status)
		counted(status)
	}
}

// probeEvery is how often the database is written to at most, to find out whether that
// works. Probes come more often.
const probeEvery = 2 * time.Second

// health says why orders and callbacks are not taken, or nil: the work has ended, or
// nothing can be written. It answers within ops.CheckTimeout.
func (p *parts) health() error {
	ctx, cancel := context.WithTimeout(context.Background(), ops.CheckTimeout)
	defer cancel()
	return errors.Join(p.working(), p.writable.Check(ctx))
}

// working says why the work that falls due has ended, or nil.
func (p *parts) working() error {
	if err := p.workErr.Load(); err != nil {
		return *err
	}
	return nil
}

// opsHandler is what those who run the gateway look at.
func (a *App) opsHandler(p *parts) http.Handler {
	return ops.NewHandler(ops.Config{
		Metrics: p.eyes.metrics.Handler(),
		Checks: []ops.Check{
			{Name: "database", Run: p.writable.Check},
			{Name: "work", Run: func(context.Context) error { return p.working() }},
			{Name: "queue", Run: p.eyes.pulse.Check},
		},
	})
}

// serveOps serves opsHandler on a listener of its own.
func (a *App) serveOps(ctx context.Context, p *parts) (err error) {
	if a.cfg.OpsAddr == "" {
		return nil
	}
	if p.ops, err = bind(ctx, ListenerOps, a.cfg.OpsAddr, "probes"); err != nil {
		return err
	}
	a.opsURL = p.ops.urlFor("")
	server := httpapi.NewServer(ops.Guard(a.opsHandler(p), a.cfg.AdminHosts), a.cfg.Log, time.Now)
	server.WriteTimeout = 5 * time.Minute // a profile takes as long as it is asked to
	p.ops.open(ctx, server, a.privateLimits(p))
	return nil
}

// OpsURL returns where metrics, probes and profiles are; "" before Start, or when
// they are off.
func (a *App) OpsURL() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.opsURL
}

// closeEyes ends what watches, after all that is watched, and sends the last
// spans.
func (p *parts) closeEyes() error {
	err := p.ops.close()
	if p.eyes != nil {
		err = errors.Join(err, p.eyes.close())
	}
	return err
}
