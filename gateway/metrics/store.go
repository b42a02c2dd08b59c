package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/darajabox/darajabox/gateway"
)

// storeUpdates are the store's transactions that write.
type storeUpdates struct{ seconds *prometheus.HistogramVec }

func newStoreUpdates() storeUpdates {
	return storeUpdates{histogram("darajabox_store_update_seconds",
		"From the call of a writing transaction to its commit, the wait for its turn included, by outcome.", quick, "outcome")}
}

func (s storeUpdates) collectors() []prometheus.Collector { return []prometheus.Collector{s.seconds} }

// Store returns next with its updates timed.
func (m *Metrics) Store(next gateway.Store) gateway.Store { return timedStore{next, m} }

type timedStore struct {
	gateway.Store
	m *Metrics
}

// Update implements gateway.Store.
func (s timedStore) Update(ctx context.Context, f func(gateway.Tx) error) error {
	start := s.m.clock.Now()
	err := s.Store.Update(ctx, f)
	s.m.store.seconds.WithLabelValues(okOr(err, "failed")).Observe(since(s.m.clock, start))
	return err
}

func okOr(err error, otherwise string) string {
	if err != nil {
		return otherwise
	}
	return "ok"
}

func since(clock gateway.Clock, start time.Time) float64 { return clock.Now().Sub(start).Seconds() }
