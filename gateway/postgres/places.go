package postgres

import (
	"context"
	"slices"
	"sync"
	"time"
)

// The limits are those of gateway/sqlite. A partner has an eighth of the calls that are
// free, so that one that hangs holds a ninth of all; an endpoint of it has a sixteenth of
// all, so that it leaves room for the partner's others.
const (
	partnerDivisor  = 8
	endpointDivisor = 16

	// A call that may not begin waits for a moment, while its partner has less than a
	// quarter of the workers that are idle: one to an endpoint that answers at once then
	// never goes back to the sweep.
	waitingDivisor = 4
	moment         = 250 * time.Millisecond
	longestWait    = 30 * time.Second
)

// target is where a delivery goes. A payment has none.
type target struct{ partner, endpoint string }

// places are the calls of deliveries that a replica may make at once. Those that may not
// begin are told when to come again: one after the other, as fast as calls have been
// ending, so that a long backlog is not asked for again and again.
type places struct {
	mu       sync.Mutex
	limit    int
	running  int
	partners map[string]*share
	targets  map[target]*share
	waiting  []*waiter // the first come first
}

// share is the calls of a partner, or of one of its endpoints.
type share struct {
	running int
	waiting int           // for a moment
	took    time.Duration // by a call, a moving average
	next    time.Time     // when the last of those who were put off was told to come
}

// waiter is a call that waits for a moment.
type waiter struct {
	to    target
	begun chan struct{} // closed when it may begin
}

func newPlaces(limit int) *places {
	return &places{limit: limit, partners: make(map[string]*share), targets: make(map[target]*share)}
}

// begin counts a call in, or says when to try again.
func (p *places) begin(ctx context.Context, to target, now time.Time) (until time.Time) {
	if to == (target{}) {
		return time.Time{}
	}
	w := p.come(to)
	if w == nil {
		return p.leave(to, now)
	}
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	select {
	case <-w.begun:
		return time.Time{}
	case <-ctx.Done():
		return p.giveUp(w, now)
	}
}

// come begins a call, or has it wait, or returns nil.
func (p *places) come(to target) *waiter {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &waiter{to: to, begun: make(chan struct{})}
	partner, endpoint := p.shares(to)
	switch idle := p.limit - p.running - len(p.waiting); {
	case p.mayBegin(to):
		p.start(w)
	case partner.waiting < idle/waitingDivisor:
		partner.waiting++
		endpoint.waiting++
		p.waiting = append(p.waiting, w)
	default:
		return nil
	}
	return w
}

// shares finds or makes the shares of a target.
func (p *places) shares(to target) (partner, endpoint *share) {
	return find(p.partners, to.partner), find(p.targets, to)
}

func find[K comparable](all map[K]*share, key K) *share {
	s := all[key]
	if s == nil {
		s = &share{took: 200 * time.Millisecond}
		all[key] = s
	}
	return s
}

// forget drops the shares of a target that has no calls, so that memory is bounded.
func (p *places) forget(to target) {
	partner, endpoint := p.shares(to)
	if endpoint.running+endpoint.waiting == 0 {
		delete(p.targets, to)
	}
	if partner.running+partner.waiting == 0 {
		delete(p.partners, to.partner)
	}
}

func (p *places) mayBegin(to target) bool {
	partner, endpoint := p.shares(to)
	return endpoint.running < p.perEndpoint() && partner.running < p.perPartner()
}

func (p *places) perEndpoint() int { return max(1, p.limit/endpointDivisor) }

func (p *places) perPartner() int { return max(1, (p.limit-p.running)/partnerDivisor) }

func (p *places) start(w *waiter) {
	partner, endpoint := p.shares(w.to)
	p.running++
	partner.running++
	endpoint.running++
	close(w.begun)
}

// startIfItMay begins a call that waits, and reports whether it did.
func (p *places) startIfItMay(w *waiter) bool {
	if !p.mayBegin(w.to) {
		return false
	}
	p.waitsNoMore(w)
	p.start(w)
	return true
}

// giveUp ends the wait of a call, unless it has just begun.
func (p *places) giveUp(w *waiter, now time.Time) (until time.Time) {
	p.mu.Lock()
	begun := !p.stopWaiting(w)
	p.mu.Unlock()
	if begun {
		return time.Time{}
	}
	return p.leave(w.to, now)
}

// stopWaiting takes a call out of those that wait, and reports whether it was there.
func (p *places) stopWaiting(w *waiter) bool {
	i := slices.Index(p.waiting, w)
	if i < 0 {
		return false
	}
	p.waiting = slices.Delete(p.waiting, i, i+1)
	p.waitsNoMore(w)
	return true
}

func (p *places) waitsNoMore(w *waiter) {
	partner, endpoint := p.shares(w.to)
	partner.waiting--
	endpoint.waiting--
}

// leave says when to try again: as fast as the calls end that hold this one back, those
// of its endpoint or those of its partner.
func (p *places) leave(to target, now time.Time) (until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.forget(to)
	partner, endpoint := p.shares(to)
	if endpoint.running >= p.perEndpoint() {
		return endpoint.later(now)
	}
	return partner.later(now)
}

func (s *share) later(now time.Time) time.Time {
	if s.next.Before(now) {
		s.next = now
	}
	if step := s.took / time.Duration(max(1, s.running)); s.next.Add(step).Sub(now) < longestWait {
		s.next = s.next.Add(step)
	}
	return s.next
}

// firstWait is how long a row that has just fallen due is put off at most.
const firstWait = time.Second

// notTooLate bounds the time when a row is to come again by how long it has waited: calls may
// end faster by then than when it was told, as after a moment in which nothing went on. What
// would wait for longer is spread.
func notTooLate(until, now, due time.Time) time.Time {
	wait, most := until.Sub(now), max(firstWait, now.Sub(due))
	if wait <= most {
		return until
	}
	return now.Add(most/2 + wait%(most/2))
}

// end counts a call out that took some time, and begins those that waited for it.
func (p *places) end(to target, took time.Duration) {
	if to == (target{}) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running--
	partner, endpoint := p.shares(to)
	for _, s := range []*share{partner, endpoint} {
		s.running--
		s.took += (max(took, 10*time.Millisecond) - s.took) / 4
	}
	p.waiting = slices.DeleteFunc(p.waiting, p.startIfItMay)
	p.forget(to)
}
