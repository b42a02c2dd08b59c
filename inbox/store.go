package inbox

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"
)

// Webhook is one POST that an inbox took.
type Webhook struct {
	Seq      int             `json:"seq"` // counts from 1 and is never used again
	At       time.Time       `json:"at"`  // when its body had been read
	Path     string          `json:"path"`
	Header   http.Header     `json:"header"`
	Body     json.RawMessage `json:"body"`     // as it came; a JSON string when it was not JSON
	Answered int             `json:"answered"` // HTTP status; 0 when the connection was dropped

	transactionID string
	signature     string // ok, bad or none; "" when nobody looked
}

func (w Webhook) size() int {
	n := len(w.Path) + len(w.Body)
	for name, values := range w.Header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

// filter selects webhooks; an empty field selects all.
type filter struct{ path, transactionID string }

func (f filter) matches(w Webhook) bool {
	return (f.path == "" || f.path == w.Path) &&
		(f.transactionID == "" || f.transactionID == w.transactionID)
}

// store keeps the latest webhooks and wakes whoever waits for one.
type store struct {
	maxCount, maxBytes int
	waiting            func() // a test's signal that find found nothing and wait begins; nil otherwise

	mu      sync.Mutex
	seq     int
	bytes   int
	kept    []Webhook
	changed chan struct{} // closed and replaced at every add
}

// add numbers w, keeps it and lets the oldest go when there are too many.
func (s *store) add(w Webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	w.Seq = s.seq
	s.kept = append(s.kept, w)
	s.bytes += w.size()
	for len(s.kept) > s.maxCount || (s.bytes > s.maxBytes && len(s.kept) > 1) {
		s.bytes -= s.kept[0].size()
		s.kept[0] = Webhook{} // the array lives on, what it pointed at need not
		s.kept = s.kept[1:]
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// find returns what matches now, oldest first, never nil.
func (s *store) find(f filter) []Webhook {
	found, _ := s.snapshot(f)
	return found
}

func (s *store) snapshot(f filter) ([]Webhook, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []Webhook{}
	for _, w := range s.kept {
		if f.matches(w) {
			found = append(found, w)
		}
	}
	return found, s.changed
}

// wait returns as soon as something matches, or an empty list when ctx is done.
func (s *store) wait(ctx context.Context, f filter) []Webhook {
	for {
		found, changed := s.snapshot(f)
		if len(found) > 0 {
			return found
		}
		if s.waiting != nil {
			s.waiting()
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return s.find(f)
		}
	}
}

// forget drops what matches.
func (s *store) forget(f filter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var rest []Webhook
	s.bytes = 0
	for _, w := range s.kept {
		if !f.matches(w) {
			rest = append(rest, w)
			s.bytes += w.size()
		}
	}
	s.kept = rest
}
