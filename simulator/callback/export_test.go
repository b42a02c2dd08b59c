package callback

import (
	"crypto/x509"
	"net"
	"net/http/httptest"
	"time"
)

// AgeByHand has connections that wait grow older by Rest and Outlast only.
func (s *Sender) AgeByHand() { s.pool.tick = time.Hour }

// Rest lets the connections that wait grow old enough for their next use.
func (s *Sender) Rest() {
	for range minIdle {
		s.pool.age()
	}
}

// Outlast lets them grow too old for it.
func (s *Sender) Outlast() {
	for range maxIdle + 1 {
		s.pool.age()
	}
}

// TrustConnections leaves out the look at a connection before its next use, as if its
// receiver hung up right after it.
func (s *Sender) TrustConnections() { s.pool.alive = func(*net.TCPConn) bool { return true } }

// Waiting is how many connections wait.
func (s *Sender) Waiting() int {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	return s.pool.count
}

// TrustServer takes the certificate of a server.
func (s *Sender) TrustServer(m *httptest.Server) {
	s.pool.roots = x509.NewCertPool()
	s.pool.roots.AddCert(m.Certificate())
}
