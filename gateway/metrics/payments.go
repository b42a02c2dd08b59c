package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// payments are what became of orders.
type payments struct {
	events    *prometheus.CounterVec
	outcomes  *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	callbacks *prometheus.CounterVec
	unlisted  prometheus.Counter
	takings   prometheus.Histogram
}

func newPayments() payments {
	return payments{
		events:    counter("darajabox_payment_events_total", "What happened to payments, by event and the state that it led to.", "event", "state"),
		outcomes:  counter("darajabox_payments_total", "Payments that came to an end, by state and M-PESA's result code.", "state", "code"),
		seconds:   histogram("darajabox_payment_seconds", "From an order to its end, by state.", slow, "state"),
		callbacks: counter("darajabox_callbacks_total", "Callbacks that were kept, by what the gateway made of them.", "verdict"),
		unlisted: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "darajabox_callbacks_unlisted_total", Help: "Callbacks of known payments from addresses that --callback-sources does not list.",
		}),
		takings: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "darajabox_callback_seconds", Help: "From a callback's last byte to its commit.", Buckets: quick,
		}),
	}
}

func (p payments) collectors() []prometheus.Collector {
	return []prometheus.Collector{p.events, p.outcomes, p.seconds, p.callbacks, p.unlisted, p.takings}
}

// Changed implements gateway.Observer.
func (m *Metrics) Changed(c gateway.Change) {
	p := c.Payment
	state := string(p.State)
	m.payments.events.WithLabelValues(string(c.Event), state).Inc()
	if c.From == p.State || p.State.Status() == gateway.StatusPending {
		return
	}
	m.payments.outcomes.WithLabelValues(state, codeLabel(p.ResultCode)).Inc()
	m.payments.seconds.WithLabelValues(state).Observe(p.UpdatedAt.Sub(p.CreatedAt).Seconds())
}

// codeLabel keeps to the documented codes, since Daraja could send any.
func codeLabel(code daraja.ResultCode) string {
	switch {
	case code == "":
		return "none"
	case gateway.PolicyFor(code).Documented:
		return string(code)
	default:
		return "other"
	}
}

// CallbackTaken implements gateway.Observer.
func (m *Metrics) CallbackTaken(c gateway.Callback, p *gateway.Payment, took time.Duration) {
	m.payments.callbacks.WithLabelValues(gateway.VerdictKind(c.Verdict)).Inc()
	if p != nil && c.Proof != gateway.Proven {
		m.payments.unlisted.Inc()
	}
	m.payments.takings.Observe(took.Seconds())
}
