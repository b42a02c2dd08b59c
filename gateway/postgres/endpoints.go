package postgres

import (
	"context"
	"sync"
	"time"
)

const (
	// callsPerEndpoint is how many calls of one endpoint a replica makes at once, so
	// that one slow partner never takes the place of others. As many may wait for a
	// moment: an endpoint that answers at once then never goes back to the sweep.
	callsPerEndpoint = 64

	moment      = 250 * time.Millisecond
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
	places chan struct{} // one in it for each call that runs
	here   int           // calls that run, or wait for a moment
	took   time.Duration // by a call, a moving average
	next   time.Time     // when the last of those who wait was told to come
}

func newEndpoints() *endpoints { return &endpoints{busy: make(map[string]*endpoint)} }

// begin counts a call in, or says when to try again. "" is no endpoint.
func (e *endpoints) begin(ctx context.Context, name string, now time.Time) (until time.Time) {
	if name == "" {
		return time.Time{}
	}
	p := e.come(name)
	if p != nil {
		if p.place(ctx) {
			return time.Time{}
		}
		e.leave(name, p)
	}
	return e.later(name, now)
}

// come counts a call in that may wait, or returns nil.
func (e *endpoints) come(name string) *endpoint {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.busy[name]
	if p == nil {
		p = &endpoint{took: 200 * time.Millisecond, places: make(chan struct{}, callsPerEndpoint)}
		e.busy[name] = p
	}
	if p.here == 2*callsPerEndpoint {
		return nil
	}
	p.here++
	return p
}

// place takes a place, if there is one within a moment.
func (p *endpoint) place(ctx context.Context) bool {
	select {
	case p.places <- struct{}{}:
		return true
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	select {
	case p.places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// leave counts out a call that has no place any more.
func (e *endpoints) leave(name string, p *endpoint) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p.here--; p.here == 0 {
		delete(e.busy, name)
	}
}

// later says when to try again.
func (e *endpoints) later(name string, now time.Time) time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.busy[name]
	if p == nil {
		return now // all have gone meanwhile
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
	p := e.busy[name]
	p.took += (max(took, 10*time.Millisecond) - p.took) / 4
	<-p.places
	e.mu.Unlock()
	e.leave(name, p)
}
