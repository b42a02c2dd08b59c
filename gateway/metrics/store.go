package metrics

import (
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

// Updated implements gateway.Observer.
func (m *Metrics) Updated(took time.Duration, err error) {
	m.store.seconds.WithLabelValues(okOr(err, "failed")).Observe(took.Seconds())
}

func okOr(err error, otherwise string) string {
	if err != nil {
		return otherwise
	}
	return "ok"
}

func since(clock gateway.Clock, start time.Time) float64 { return clock.Now().Sub(start).Seconds() }
