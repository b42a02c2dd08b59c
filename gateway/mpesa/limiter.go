package mpesa

import (
	"math"
	"sync"
	"time"

	"github.com/darajabox/darajabox/gateway"
)

// Rates are the most calls a second for the shortcode, as this process makes them;
// replicas share what M-PESA allows. 0 is no limit.
type Rates struct {
	Pushes  float64 // a second's worth may come at once, and a quarter more of partners below their fair share
	Queries float64 // evenly spaced, as M-PESA's spike arrest counts them
}

// firstPause is how long nobody calls after Daraja's limiter has struck, doubled as
// long as it goes on.
const firstPause = time.Second

// pacer keeps to a rate and shares it among partners.
type pacer interface {
	// take lets a partner make a call and returns 0, or how long until it may make one.
	// next tells that it may then, so that it has not to queue behind others.
	take(now time.Time, partner string) (wait time.Duration, next bool)

	// peek returns what take would, and takes nothing.
	peek(now time.Time, partner string) (wait time.Duration)
}

// limiter keeps to a rate, and below it for a while when Daraja says that it was too
// much.
type limiter struct {
	clock gateway.Clock
	pacer pacer // nil is no limit

	mu    sync.Mutex
	pause time.Duration // the latest, 0 when all is well
	until time.Time     // nobody calls before
}

// leave returns 0 when a call of a partner may be made, which it counts, or how long to
// wait; next is that of pacer.
func (l *limiter) leave(partner string) (wait time.Duration, next bool) {
	now := l.clock.Now()
	if wait = l.paused(now); wait > 0 || l.pacer == nil {
		return wait, false
	}
	return l.pacer.take(now, partner)
}

// wait returns what leave would, and counts nothing.
func (l *limiter) wait(partner string) (wait time.Duration, next bool) {
	now := l.clock.Now()
	if wait = l.paused(now); wait > 0 || l.pacer == nil {
		return wait, false
	}
	return l.pacer.peek(now, partner), false
}

// paused is how long nobody calls, since Daraja's limiter has struck. Without a rate of
// our own that is no reason to wait.
func (l *limiter) paused(now time.Time) time.Duration {
	if l.pacer == nil {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.until.Sub(now), 0)
}

func newPushLimiter(clock gateway.Clock, perSecond float64) *limiter {
	if perSecond <= 0 {
		return &limiter{clock: clock}
	}
	return &limiter{clock: clock, pacer: newFairBucket(perSecond, int(math.Ceil(perSecond)))}
}

func newQueryLimiter(clock gateway.Clock, perSecond float64) *limiter {
	if perSecond <= 0 {
		return &limiter{clock: clock}
	}
	return &limiter{clock: clock, pacer: newTurns(perSecond)}
}

// struck is told that Daraja's limiter refused a call, and what pause it asks for.
func (l *limiter) struck(pause time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock.Now()
	if now.Before(l.until) { // several calls were under way
		return
	}
	l.pause = max(min(2*l.pause, maxPause), pause, firstPause)
	l.until = now.Add(l.pause)
}

// well is told that Daraja's limiter let a call through.
func (l *limiter) well() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.clock.Now().Before(l.until) {
		l.pause = 0
	}
}

// crowd gives those who must come back different times, so that they don't come all
// at once. It is a queue of each partner that nobody stands in: each who is sent away
// takes the next place behind those of its partner. The places are so far apart that all
// queues together come back at the rate.
type crowd struct {
	clock   gateway.Clock
	gap     time.Duration
	longest time.Duration // not everybody comes back, so the queue may be shorter than it seems

	mu   sync.Mutex
	free map[string]time.Time // when the next place of each partner is that has one in use
}

// crowdRate is how many come back a second where no limit says less.
const crowdRate = 50

func newCrowd(clock gateway.Clock, perSecond float64, longest time.Duration) *crowd {
	if perSecond <= 0 || perSecond > crowdRate {
		perSecond = crowdRate
	}
	gap := time.Duration(float64(time.Second) / perSecond)
	return &crowd{clock: clock, gap: gap, longest: longest, free: make(map[string]time.Time)}
}

// place returns when one of a partner comes back, not before wait is over.
func (c *crowd) place(partner string, wait time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	c.forget(now)
	turn := max(c.free[partner].Sub(now), 0)
	if turn > c.longest {
		return wait + c.longest
	}
	c.free[partner] = now.Add(turn) // counted below
	c.free[partner] = now.Add(turn + time.Duration(len(c.free))*c.gap)
	return wait + turn
}

// ahead is how long it takes until those that were sent away before have come back, 0
// when all have.
func (c *crowd) ahead() (longest time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	c.forget(now)
	for _, free := range c.free {
		longest = max(longest, free.Sub(now))
	}
	return longest
}

// forget drops the queues whose places are all over. The caller holds mu.
func (c *crowd) forget(now time.Time) {
	for partner, free := range c.free {
		if !free.After(now) {
			delete(c.free, partner)
		}
	}
}

// oldShare is the part of the rate of queries that those about old payments may have.
const oldShare = 5

// oldQueries paces the queries of payments that a person must look at.
type oldQueries struct {
	limiter *limiter
	crowd   *crowd
}

func newOldQueries(cfg Config) oldQueries {
	perSecond := cfg.Rates.Queries / oldShare
	return oldQueries{newQueryLimiter(cfg.Clock, perSecond), newCrowd(cfg.Clock, perSecond, 6*time.Hour)}
}
