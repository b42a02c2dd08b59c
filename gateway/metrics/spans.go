package metrics

import "github.com/prometheus/client_golang/prometheus"

// Spans counts the spans that no collector took: read returns how many so far. It is
// given once.
func (m *Metrics) Spans(read func() int64) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "darajabox_spans_dropped_total", Help: "Spans that were not sent: too many waited, or the collector did not take them.",
	}, func() float64 { return float64(read()) }))
}
