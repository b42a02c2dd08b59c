package sqlite

import (
	"errors"
	"sync"

	"github.com/darajabox/darajabox/gateway"
)

// recall has the deliveries that are due and were written not long ago, with what is
// known of their URLs. Most deliveries are sent at once, and need not be read for it.
type recall struct {
	mu   sync.Mutex
	rows recent[int64, dueDelivery]
}

type dueDelivery struct {
	delivery gateway.Delivery
	endpoint gateway.Endpoint
}

// Recall implements gateway.Recaller.
func (s *Store) Recall(deliveryID int64) (*gateway.Delivery, gateway.Endpoint, bool) {
	s.recall.mu.Lock()
	defer s.recall.mu.Unlock()
	row := s.recall.rows.get(deliveryID)
	if row == nil {
		return nil, gateway.Endpoint{}, false
	}
	return &row.delivery, row.endpoint, true
}

// apply enters what a commit changed, of which m knows the rows.
func (r *recall) apply(changes []change, m *memory) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m.endpointSaved { // seldom: a partner has no use for a URL any more, or has one again
		r.rows.forget()
		m.endpointSaved = false
	}
	for _, c := range changes {
		if c.kind != deliveryWork {
			continue
		}
		r.rows.drop(c.id)
		if d := m.deliveries.get(c.id); d != nil && !d.DueAt.IsZero() {
			if e := m.endpoints.get(target{d.Partner, d.URL}); e != nil {
				r.rows.put(c.id, dueDelivery{*d, *e})
			}
		}
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
