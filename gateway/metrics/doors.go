package metrics

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// doors are the partner API and the endpoint for Daraja's callbacks: traffic,
// errors, latency, and saturation as requests in flight and requests that were
// turned away.
type doors struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	shed     *prometheus.CounterVec
	closed   *prometheus.CounterVec
}

func newDoors() doors {
	return doors{
		requests: counter("darajabox_http_requests_total", "Requests that were answered, by route and status.", "route", "code"),
		seconds:  histogram("darajabox_http_request_seconds", "From the first byte of a request to the last of its answer, by route.", quick, "route"),
		inFlight: gauge("darajabox_http_requests_in_flight", "Requests that are being answered, by route.", "route"),
		shed:     counter("darajabox_http_requests_shed_total", "Requests that were told to come back later (429, 503), by route and status.", "route", "code"),
		closed:   counter("darajabox_connections_closed_total", "Connections that were closed for want of room, by what the listener is for (requests, callbacks) and reason (idle, source, full).", "listener", "reason"),
	}
}

func (d doors) collectors() []prometheus.Collector {
	return []prometheus.Collector{d.requests, d.seconds, d.inFlight, d.shed, d.closed}
}

// Request counts a request of a route. The caller calls done with its status.
func (m *Metrics) Request(_ *http.Request, route string) (done func(status int)) {
	start := m.clock.Now()
	inFlight := m.doors.inFlight.WithLabelValues(route)
	inFlight.Inc()
	return func(status int) {
		inFlight.Dec()
		code := strconv.Itoa(status)
		m.doors.requests.WithLabelValues(route, code).Inc()
		m.doors.seconds.WithLabelValues(route).Observe(since(m.clock, start))
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			m.doors.shed.WithLabelValues(route, code).Inc()
		}
	}
}
