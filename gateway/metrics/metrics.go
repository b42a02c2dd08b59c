// Package metrics counts what the gateway does, for Prometheus: the four golden
// signals of its doors and of Daraja, and what became of payments and webhooks.
//
// A label has a small set of values that are known beforehand: routes, statuses,
// documented result codes. Partners are no label, since they come and go by
// administration, and phones, receipts and ids never are; the log has those.
package metrics

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/darajabox/darajabox/gateway"
)

// Config is what Metrics are made of.
type Config struct {
	Clock   gateway.Clock
	Backlog func(ctx context.Context) (gateway.Backlog, error)         // nil leaves the backlog out
	Reviews func(ctx context.Context) ([]gateway.ReviewSummary, error) // nil leaves the open reviews out
}

// Metrics is a registry of its own and what feeds it. It implements
// gateway.Observer.
type Metrics struct {
	clock    gateway.Clock
	registry *prometheus.Registry
	doors    doors
	daraja   darajaCalls
	payments payments
	webhooks webhooks
	store    storeUpdates
}

var _ gateway.Observer = (*Metrics)(nil)

// New returns metrics that start from nothing.
func New(cfg Config) *Metrics {
	m := &Metrics{
		clock: cfg.Clock, registry: prometheus.NewRegistry(),
		doors: newDoors(), daraja: newDarajaCalls(), payments: newPayments(), webhooks: newWebhooks(), store: newStoreUpdates(),
	}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
	)
	for _, cs := range [][]prometheus.Collector{
		m.doors.collectors(), m.daraja.collectors(), m.payments.collectors(), m.webhooks.collectors(), m.store.collectors(),
	} {
		m.registry.MustRegister(cs...)
	}
	if cfg.Backlog != nil {
		m.registry.MustRegister(newBacklog(cfg.Clock, cfg.Backlog))
	}
	if cfg.Reviews != nil {
		m.registry.MustRegister(newReviews(cfg.Clock, cfg.Reviews))
	}
	return m
}

// Handler answers a scrape.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}

// counter, histogram and gauge are vectors whose last label names are given.
func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
}

func gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	return prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
}

// Buckets, in seconds. A partner's call is to take 20 ms and a webhook to leave
// within 50 ms, so the edges lie close around both.
var (
	quick = []float64{.001, .0025, .005, .01, .02, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}      //nolint:gochecknoglobals // never written
	slow  = []float64{.01, .05, .25, 1, 5, 15, 30, 60, 120, 300, 900, 3600, 4 * 3600, 24 * 3600} //nolint:gochecknoglobals // never written
)
