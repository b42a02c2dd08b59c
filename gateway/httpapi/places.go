package httpapi

import (
	"context"
	"slices"
	"sync"
	"time"
)

// places are what requests run in, a bounded number at a time. More wait in a queue for
// each partner. A place that is free goes to the partner that has the fewest, and a full
// queue makes room at the cost of the partner that has the most, so that a partner
// below its share is not refused because of another, and one that is alone has all.
type places struct {
	most    int           // that run
	queue   int           // most that wait, of all partners
	longest time.Duration // that one waits

	mu      sync.Mutex
	running int
	waiting int
	of      map[string]*partnerPlaces
}

// partnerPlaces are those of one partner.
type partnerPlaces struct {
	running int
	waiting []chan bool // the oldest first; gets true for a place, false for none
}

// total is all that a partner has in hand here.
func (p *partnerPlaces) total() int { return p.running + len(p.waiting) }

func newPlaces(most, queue int, longest time.Duration) *places {
	return &places{most: most, queue: queue, longest: longest, of: make(map[string]*partnerPlaces)}
}

// enter takes a place for a partner, and reports whether it got one. leave gives it back.
func (p *places) enter(ctx context.Context, partner string) bool {
	wait, ok := p.ask(partner)
	if wait == nil {
		return ok
	}
	ctx, cancel := context.WithTimeout(ctx, p.longest)
	defer cancel()
	select {
	case ok := <-wait:
		return ok
	case <-ctx.Done():
		return p.giveUp(partner, wait)
	}
}

// ask takes a place at once, or queues for one: then wait gets the answer.
func (p *places) ask(partner string) (wait chan bool, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	mine := p.of[partner]
	if mine == nil {
		mine = &partnerPlaces{}
		p.of[partner] = mine
	}
	defer p.forget(partner)
	switch {
	case p.running < p.most: // then none waits
		p.running++
		mine.running++
		return nil, true
	case p.waiting >= p.queue && !p.makeRoom(mine):
		return nil, false
	}
	wait = make(chan bool, 1)
	mine.waiting = append(mine.waiting, wait)
	p.waiting++
	return wait, true
}

// makeRoom takes the newest out of the queue of the partner that has the most, if that
// is more than mine would have.
func (p *places) makeRoom(mine *partnerPlaces) bool {
	var most *partnerPlaces
	for _, other := range p.of {
		if len(other.waiting) > 0 && (most == nil || other.total() > most.total()) {
			most = other
		}
	}
	if most == nil || most.total() <= mine.total()+1 {
		return false
	}
	last := len(most.waiting) - 1
	most.waiting[last] <- false
	most.waiting = most.waiting[:last]
	p.waiting--
	return true
}

// giveUp takes a request out of the queue that has waited long enough. It has a place
// all the same when it got one at this moment.
func (p *places) giveUp(partner string, wait chan bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if mine := p.of[partner]; mine != nil {
		if i := slices.Index(mine.waiting, wait); i >= 0 {
			mine.waiting = slices.Delete(mine.waiting, i, i+1)
			p.waiting--
			p.forget(partner)
			return false
		}
	}
	return <-wait
}

// leave gives a place of a partner to the one that waits and has the fewest.
func (p *places) leave(partner string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of[partner].running--
	p.running--
	defer p.forget(partner)
	var next *partnerPlaces
	for _, other := range p.of {
		if len(other.waiting) > 0 && (next == nil || other.running < next.running) {
			next = other
		}
	}
	if next == nil {
		return
	}
	next.waiting[0] <- true
	next.waiting = next.waiting[1:]
	next.running++
	p.waiting--
	p.running++
}

// forget drops a partner that has nothing here.
func (p *places) forget(partner string) {
	if mine := p.of[partner]; mine != nil && mine.total() == 0 {
		delete(p.of, partner)
	}
}
