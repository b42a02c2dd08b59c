package metrics

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/darajabox/darajabox/gateway"
)

// darajaCalls are our calls of M-PESA.
type darajaCalls struct {
	calls    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	putOff   *prometheus.CounterVec
}

func newDarajaCalls() darajaCalls {
	return darajaCalls{
		calls:    counter("darajabox_daraja_calls_total", "Calls of M-PESA, by call and outcome.", "call", "outcome"),
		seconds:  histogram("darajabox_daraja_call_seconds", "How long M-PESA took to answer, by call.", quick, "call"),
		inFlight: gauge("darajabox_daraja_calls_in_flight", "Calls of M-PESA that wait for their answer, by call.", "call"),
		putOff:   counter("darajabox_daraja_put_off_total", "Calls of M-PESA that were not made yet, by product and reason (breaker, limiter, crowd).", "product", "reason"),
	}
}

func (d darajaCalls) collectors() []prometheus.Collector {
	return []prometheus.Collector{d.calls, d.seconds, d.inFlight, d.putOff}
}

// PutOff counts a call that was not made yet.
func (m *Metrics) PutOff(product, reason string) {
	m.daraja.putOff.WithLabelValues(product, reason).Inc()
}

// Breaker shows where the breaker of a product stands, at each scrape: read returns 0
// for closed, 1 for half-open, 2 for open. A product is given once.
func (m *Metrics) Breaker(product string, read func() int) {
	m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "darajabox_daraja_breaker", Help: "Whether M-PESA counts as down, by product: 0 no (closed), 1 it is probed (half-open), 2 yes (open).",
		ConstLabels: prometheus.Labels{"product": product},
	}, func() float64 { return float64(read()) }))
}

// begin counts a call. The caller calls done with its outcome.
func (m *Metrics) begin(call string) (done func(outcome string)) {
	start := m.clock.Now()
	inFlight := m.daraja.inFlight.WithLabelValues(call)
	inFlight.Inc()
	return func(outcome string) {
		inFlight.Dec()
		m.daraja.calls.WithLabelValues(call, outcome).Inc()
		m.daraja.seconds.WithLabelValues(call).Observe(since(m.clock, start))
	}
}

// Daraja returns next with its calls counted.
func (m *Metrics) Daraja(next gateway.Daraja) gateway.Daraja { return countedDaraja{next, m} }

type countedDaraja struct {
	gateway.Daraja
	m *Metrics
}

// Push implements gateway.Daraja.
func (c countedDaraja) Push(ctx context.Context, o gateway.PushOrder) (gateway.PushAck, error) {
	done := c.m.begin("push")
	ack, err := c.Daraja.Push(ctx, o)
	done(pushOutcome(err))
	return ack, err
}

// pushOutcome tells what matters: whether there may be a prompt.
func pushOutcome(err error) string {
	var refusal *gateway.PushError
	switch {
	case err == nil:
		return "accepted"
	case errors.As(err, &refusal) && !refusal.Ambiguous:
		return "refused"
	default:
		return "unanswered"
	}
}

// Query implements gateway.Daraja.
func (c countedDaraja) Query(ctx context.Context, partner, checkoutRequestID string) (gateway.QueryAnswer, error) {
	done := c.m.begin("query")
	answer, err := c.Daraja.Query(ctx, partner, checkoutRequestID)
	var notNow *gateway.NotNow
	switch {
	case errors.As(err, &notNow):
		done("put_off")
	case err != nil:
		done("failed")
	case answer.Pending:
		done("pending")
	default:
		done("answered")
	}
	return answer, err
}
