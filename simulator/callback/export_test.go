package callback

import (
	"crypto/x509"
	"net/http/httptest"
	"net/url"
	"time"
)

// MaxIdle has connections wait that long for another callback.
func (s *Sender) MaxIdle(d time.Duration) { s.pool.maxIdle = d }

// Trust takes it that the receiver at base, a URL without a path, keeps connections.
func (s *Sender) Trust(base string) {
	h := s.receiver(base)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keeps = true
}

// Trusts reports whether connections to the receiver at base are used again.
func (s *Sender) Trusts(base string) bool {
	keeps, _ := s.receiver(base).state()
	return keeps
}

func (s *Sender) receiver(base string) *host {
	u, err := url.Parse(base)
	if err != nil {
		panic(err)
	}
	return s.pool.host(u)
}

// TrustServer takes the certificate of a server.
func (s *Sender) TrustServer(m *httptest.Server) {
	s.pool.roots = x509.NewCertPool()
	s.pool.roots.AddCert(m.Certificate())
}
