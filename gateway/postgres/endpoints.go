package postgres

import (
	"sync"
	"time"
)

const (
	// callsPerEndpoint is how many calls of one endpoint a replica makes at once, so
	// that one slow partner never takes the place of others.
	callsPerEndpoint = 8

	longestWait = 30 * time.Second
)

// endpoints keeps count of the calls of each endpoint, and tells those that find it
// full when to come again: one after the other, as fast as its calls have been
// ending, so that a long backlog is not asked for again and again.
type endpoints struct {
	mu   sync.Mutex
	busy map[string]*endpoint
}

type endpoint struct {
	running int
	took    time.Duration // by a call, a moving average
	next    time.Time     // when the last of those who wait was told to come
}

func newEndpoints() *endpoints { return &endpoints{busy: make(map[string]*endpoint)} }

// begin counts a call in, or says when to try again. "" is no endpoint.
func (e *endpoints) begin(name string, now time.Time) (until time.Time) {
	if name == "" {
		return time.Time{}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.busy[name]
	if p == nil {
		p = &endpoint{took: 200 * time.Millisecond}
		e.busy[name] = p
	}
	if p.running < callsPerEndpoint {
		p.running++
		return time.Time{}
	}
	if p.next.Before(now) {
		p.next = now
	}
	if step := p.took / callsPerEndpoint; p.next.Add(step).Sub(now) < longestWait {
		p.next = p.next.Add(step)
	}
	return p.next
}

// end counts a call out that took some time.
func (e *endpoints) end(name string, took time.Duration) {
	if name == "" {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.busy[name]
	p.running--
	p.took += (max(took, 10*time.Millisecond) - p.took) / 4
	if p.running == 0 {
		delete(e.busy, name)
	}
}
