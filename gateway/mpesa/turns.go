package mpesa

import (
	"sync"
	"time"
)

// turns spaces calls evenly and shares them among partners. Each partner may have one turn
// booked, which the first of it gets that comes too early. One that comes for a booked
// turn goes as soon as the spacing allows; as long as other partners have one booked, all
// else needs a turn that is left over. So each partner that waits has its turn in each
// round, and nothing of the rate is lost when one does not come back.
type turns struct {
	gap time.Duration

	mu     sync.Mutex
	last   time.Time            // of the latest call
	booked map[string]time.Time // the turn of each partner that has one
}

// maxLate is how long after its turn a call is still expected.
const maxLate = time.Second

func newTurns(perSecond float64) *turns {
	return &turns{gap: time.Duration(float64(time.Second) / perSecond), booked: make(map[string]time.Time)}
}

// take implements pacer.
func (t *turns) take(now time.Time, partner string) (wait time.Duration, next bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	wait = t.missing(now, partner)
	at, has := t.booked[partner]
	come := has && !at.After(now)
	switch {
	case wait == 0:
		t.last = now
		if come {
			delete(t.booked, partner)
		}
		return 0, false
	case has && !come:
		return wait, false
	case come: // the one before was late
		t.booked[partner] = now.Add(wait)
		return wait, true
	default:
		at = t.book(now.Add(wait))
		t.booked[partner] = at
		return at.Sub(now), true
	}
}

// book returns the first turn after all that are booked, not before a time. The caller
// holds mu.
func (t *turns) book(turn time.Time) time.Time {
	for _, at := range t.booked {
		if at = at.Add(t.gap); at.After(turn) {
			turn = at
		}
	}
	return turn
}

// peek implements pacer.
func (t *turns) peek(now time.Time, partner string) (wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.missing(now, partner)
}

// missing is how long until a partner may call. The caller holds mu.
func (t *turns) missing(now time.Time, partner string) time.Duration {
	free := t.last.Add(t.gap)
	at, has := t.booked[partner]
	if come := has && !at.After(now); !come && t.othersWait(now, partner) {
		free = free.Add(t.gap)
	}
	return max(free.Sub(now), 0)
}

// othersWait reports whether a partner beside this one has a turn booked. The caller
// holds mu.
func (t *turns) othersWait(now time.Time, partner string) (wait bool) {
	for other, at := range t.booked {
		if now.Sub(at) > maxLate {
			delete(t.booked, other)
			continue
		}
		wait = wait || other != partner
	}
	return wait
}
