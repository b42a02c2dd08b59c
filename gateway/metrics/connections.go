package metrics

// ConnectionClosed counts a connection that was closed for want of room.
func (m *Metrics) ConnectionClosed(listener, reason string) {
	m.doors.closed.WithLabelValues(listener, reason).Inc()
}
