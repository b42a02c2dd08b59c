package inbox

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
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
	signature     string // ok, bad or none; "" when it was not checked
}

func (w Webhook) size() int {
	n := len(w.Path) + len(w.Body)
	for name, values := range w.Header {
		n += len(name) + len(strings.Join(values, ""))
	}
	return n
}

// filter selects webhooks; an empty field selects all.
type filter struct{ path, transactionID string }

func (f filter) matches(w Webhook) bool {
	return (f.path == "" || f.path == w.Path) &&
		(f.transactionID == "" || f.transactionID == w.transactionID)
}

// store keeps the latest webhooks and notifies requests that wait for one.
type store struct {
	maxCount, maxBytes int
	onWait             func() // for tests: wait has found nothing and blocks; nil otherwise

	mu       sync.Mutex
	seq      int
	bytes    int
	webhooks []Webhook
	changed  chan struct{} // closed and replaced at every add
}

// add numbers w, keeps it and removes the oldest when there are too many.
func (s *store) add(w Webhook) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	w.Seq = s.seq
	s.webhooks = append(s.webhooks, w)
	s.bytes += w.size()
	for len(s.webhooks) > s.maxCount || (s.bytes > s.maxBytes && len(s.webhooks) > 1) {
		s.bytes -= s.webhooks[0].size()
		s.webhooks[0] = Webhook{} // frees what the array points to
		s.webhooks = s.webhooks[1:]
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// find returns what matches now, oldest first, never nil, and a channel that is closed
// when another webhook comes.
func (s *store) find(f filter) ([]Webhook, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []Webhook{}
	for _, w := range s.webhooks {
		if f.matches(w) {
			found = append(found, w)
		}
	}
	return found, s.changed
}

// wait returns as soon as something matches, or what find returns when ctx is done.
func (s *store) wait(ctx context.Context, f filter) []Webhook {
	for {
		found, changed := s.find(f)
		if len(found) > 0 || ctx.Err() != nil {
			return found
		}
		if s.onWait != nil {
			s.onWait()
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// remove removes what matches.
func (s *store) remove(f filter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.webhooks = slices.DeleteFunc(s.webhooks, func(w Webhook) bool {
		if !f.matches(w) {
			return false
		}
		s.bytes -= w.size()
		return true
	})
}
