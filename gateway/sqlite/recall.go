package sqlite

import (
	"errors"
	"sync"

	"github.com/darajabox/darajabox/gateway"
)

// recall has the deliveries that are due and were written not long ago, with what is
// known of their URLs. Most deliveries are sent at once, and need not be read for it.
type recall struct {
	mu        sync.Mutex
	rows      recent[int64, gateway.Delivery]
	endpoints recent[target, gateway.Endpoint] // by partner and whole URL
}

// Recall implements gateway.Recaller.
func (s *Store) Recall(deliveryID int64) (*gateway.Delivery, gateway.Endpoint, bool) {
	s.recall.mu.Lock()
	defer s.recall.mu.Unlock()
	d := s.recall.rows.get(deliveryID)
	if d == nil {
		return nil, gateway.Endpoint{}, false
	}
	e := s.recall.endpoints.get(target{d.Partner, d.URL})
	if e == nil {
		return nil, gateway.Endpoint{}, false
	}
	return d, *e, true
}

// apply enters what a commit changed, of which m knows the rows.
func (r *recall) apply(changes []change, m *memory) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, to := range m.savedEndpoints {
		r.learn(to, m)
	}
	m.savedEndpoints = nil
	for _, c := range changes {
		if c.kind != deliveryWork {
			continue
		}
		r.rows.drop(c.id)
		if d := m.deliveries.get(c.id); d != nil && !d.DueAt.IsZero() {
			r.rows.put(c.id, *d)
			r.learn(target{d.Partner, d.URL}, m)
		}
	}
}

// learn takes over what m knows of a URL; what m does not know must be read.
func (r *recall) learn(to target, m *memory) {
	if e := m.endpoints.get(to); e != nil {
		r.endpoints.put(to, *e)
	} else {
		r.endpoints.drop(to)
	}
}

// learnEndpoint has the memory know what is known of a URL.
func (t *tx) learnEndpoint(partner, url string) error {
	to := target{partner, url}
	if t.memory.endpoints.get(to) != nil {
		return nil
	}
	e, err := t.Endpoint(partner, url)
	if errors.Is(err, gateway.ErrNotFound) {
		e, err = gateway.Endpoint{Partner: partner, URL: url}, nil
	}
	if err == nil {
		t.memory.endpoints.put(to, e)
	}
	return err
}
