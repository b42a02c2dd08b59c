package mpesa

import (
	"sync"
	"time"

	"golang.org/x/time/rate"

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

// limiter keeps to a rate, and below it for a while when Daraja says that it was too
// much.
type limiter struct {
	clock  gateway.Clock
	bucket *fairBucket // nil is no limit

	mu    sync.Mutex
	pause time.Duration // the latest, 0 when all is well
	until time.Time     // nobody calls before
}

func newLimiter(clock gateway.Clock, perSecond float64, burst int) *limiter {
	if perSecond <= 0 {
		return &limiter{clock: clock}
	}
	return &limiter{clock: clock, bucket: newFairBucket(perSecond, burst)}
}

// leave returns 0 when a call of a partner may be made, which it counts, or how long to
// wait.
func (l *limiter) leave(partner string) time.Duration { return l.ask((*fairBucket).take, partner) }

// wait returns what leave would, and counts nothing.
func (l *limiter) wait(partner string) time.Duration { return l.ask((*fairBucket).peek, partner) }

func (l *limiter) ask(bucket func(*fairBucket, time.Time, string) time.Duration, partner string) time.Duration {
	if l.bucket == nil {
		return 0
	}
	now := l.clock.Now()
	l.mu.Lock()
	wait := l.until.Sub(now)
	l.mu.Unlock()
	if wait > 0 {
		return wait
	}
	return bucket(l.bucket, now, partner)
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
// at once. It is a queue that nobody stands in: each who is sent away takes the next
// place behind those before.
type crowd struct {
	clock   gateway.Clock
	places  *rate.Limiter
	longest time.Duration // not everybody comes back, so the queue may be shorter than it seems
}

// crowdRate is how many come back a second where no limit says less.
const crowdRate = 50

func newCrowd(clock gateway.Clock, perSecond float64, longest time.Duration) *crowd {
	if perSecond <= 0 || perSecond > crowdRate {
		perSecond = crowdRate
	}
	return &crowd{clock: clock, places: rate.NewLimiter(rate.Limit(perSecond), 1), longest: longest}
}

// place returns when to come back, not before wait is over.
func (c *crowd) place(wait time.Duration) time.Duration {
	now := c.clock.Now()
	r := c.places.ReserveN(now, 1)
	turn := r.DelayFrom(now)
	if turn > c.longest {
		r.CancelAt(now)
		turn = c.longest
	}
	return wait + turn
}

// ahead is how long it takes until those that were sent away before have come back, 0
// when all have.
func (c *crowd) ahead() time.Duration {
	missing := 1 - c.places.TokensAt(c.clock.Now())
	return max(time.Duration(missing/float64(c.places.Limit())*float64(time.Second)), 0)
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
	return oldQueries{newLimiter(cfg.Clock, perSecond, 1), newCrowd(cfg.Clock, perSecond, 6*time.Hour)}
}
