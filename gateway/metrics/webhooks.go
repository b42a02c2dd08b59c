package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/darajabox/darajabox/gateway"
)

// webhooks are what partners are told.
type webhooks struct {
	attempts *prometheus.CounterVec
	ended    *prometheus.CounterVec
	seconds  prometheus.Histogram
	lag      prometheus.Histogram
}

func newWebhooks() webhooks {
	return webhooks{
		attempts: counter("darajabox_webhook_attempts_total", "Attempts to tell a partner, by outcome.", "outcome"),
		ended:    counter("darajabox_webhooks_total", "Webhooks that came to an end, by state.", "state"),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "darajabox_webhook_attempt_seconds", Help: "How long partners took to answer.", Buckets: quick,
		}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "darajabox_webhook_lag_seconds", Help: "From the time a webhook fell due to its first attempt.", Buckets: quick,
		}),
	}
}

func (w webhooks) collectors() []prometheus.Collector {
	return []prometheus.Collector{w.attempts, w.ended, w.seconds, w.lag}
}

// Attempted implements gateway.Observer.
func (m *Metrics) Attempted(d gateway.Delivery, a gateway.Attempt, wasDue time.Time) {
	m.webhooks.attempts.WithLabelValues(attemptOutcome(a.Status)).Inc()
	m.webhooks.seconds.Observe(a.Took.Seconds())
	if a.Number == 1 {
		m.webhooks.lag.Observe(a.At.Sub(wasDue).Seconds())
	}
	if d.State != gateway.DeliveryDue {
		m.webhooks.ended.WithLabelValues(string(d.State)).Inc()
	}
}

// attemptOutcome is the class of a status; partners answer with any number.
func attemptOutcome(status int) string {
	switch {
	case status == 0:
		return "unanswered"
	case status >= 200 && status <= 299:
		return "2xx"
	case status >= 300 && status <= 399:
		return "3xx"
	case status >= 400 && status <= 499:
		return "4xx"
	default:
		return "5xx"
	}
}
