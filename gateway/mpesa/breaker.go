package mpesa

import (
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/gateway"
)

// The breaker's pauses unless told otherwise.
const (
	StandardPause   = 5 * time.Second
	StandardLongest = time.Minute
)

// Breaker says when a product of Daraja counts as down. Zero is the default.
type Breaker struct {
	Failures int           // in a row, on three phones; 5. Half of the last 20 will do as well
	Pause    time.Duration // before the first probe; 5 s
	Longest  time.Duration // between probes, doubled each time up to this; 60 s
}

func (b Breaker) withDefaults() Breaker {
	return Breaker{
		Failures: either(b.Failures, 5),
		Pause:    either(b.Pause, StandardPause),
		Longest:  either(b.Longest, StandardLongest),
	}
}

// looksBack is how many of the latest calls the breaker knows.
const looksBack = 20

// leastPhones is how many phones must have had failures before the breaker opens, so
// that one odd number does not stop the others. A failure that is about no phone counts
// as one of a phone of its own.
const leastPhones = 3

// call is how a call went.
type call struct {
	ok    bool
	phone daraja.MSISDN // that the failure may be due to, "" when it is about no phone
}

// breaker keeps calls from a product of Daraja that is down. Closed, it counts
// failures; open, it lets nobody through until its pause is over; then one call at a
// time is let through as a probe, and its success closes the breaker.
//
// It is the project's own because it runs by gateway.Clock and says how long to wait,
// neither of which sony/gobreaker can.
type breaker struct {
	Breaker
	clock gateway.Clock
	moved func(breakerMove) // called for each opening and closing, with mu held

	mu      sync.Mutex
	recent  []call // the latest, at most looksBack, the newest last
	row     int    // failures in a row
	open    bool
	probing bool          // a probe has been let through
	pause   time.Duration // of this opening
	until   time.Time     // when the next probe may go
	epoch   int           // grows with each opening, so that calls from before it don't count
}

// breakerMove is an opening or a closing.
type breakerMove struct {
	open     bool
	again    bool          // it was open, and the probe failed
	failures int           // that opened it, of the latest calls
	pause    time.Duration // until the next probe
}

// BreakerState is where the breaker of a product stands.
type BreakerState int

// States of a breaker.
const (
	BreakerClosed   BreakerState = iota // all is well
	BreakerHalfOpen                     // a probe is under way, or the next call is one
	BreakerOpen                         // nobody is let through
)

// BreakerOf returns where the breaker of a product stands; one that is none has none.
func (c *Client) BreakerOf(product string) BreakerState {
	switch product {
	case ProductPush:
		return c.pushes.breaker.state()
	case ProductQuery:
		return c.queries.breaker.state()
	default:
		return BreakerClosed
	}
}

func (b *breaker) state() BreakerState {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case !b.open:
		return BreakerClosed
	case b.probing || !b.clock.Now().Before(b.until):
		return BreakerHalfOpen
	default:
		return BreakerOpen
	}
}

// wait returns how long nobody is let through; 0 does not mean that all are.
func (b *breaker) wait() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return 0
	}
	return max(b.until.Sub(b.clock.Now()), 0)
}

// leave returns 0 when a call may be made, or how long to wait. Whoever is given
// leave while the breaker is open is the probe; if nobody hears of it, the next goes
// after another pause.
func (b *breaker) leave() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.open {
		return 0
	}
	now := b.clock.Now()
	if wait := b.until.Sub(now); wait > 0 {
		return wait
	}
	b.probing = true
	b.until = now.Add(b.pause)
	return 0
}

// begin names the time of a call's start, for done.
func (b *breaker) begin() (epoch int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.epoch
}

// done counts how a call went that began in an epoch.
func (b *breaker) done(epoch int, c call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case epoch != b.epoch: // it began when nobody knew yet
	case b.open && c.ok:
		b.open, b.probing = false, false
		b.recent, b.row, b.pause = nil, 0, 0
		b.moved(breakerMove{})
	case b.open && b.probing:
		b.trip(min(2*b.pause, b.Longest))
	case !b.open:
		b.count(c)
	}
}

func (b *breaker) count(c call) {
	b.recent = append(b.recent, c)
	b.recent = b.recent[max(len(b.recent)-looksBack, 0):]
	if c.ok {
		b.row = 0
		return
	}
	b.row++
	inRow := b.recent[max(len(b.recent)-b.row, 0):]
	if b.row >= b.Failures && phones(inRow) >= min(leastPhones, b.Failures) ||
		len(b.recent) == looksBack && failures(b.recent) >= looksBack/2 && phones(b.recent) >= leastPhones {
		b.trip(b.Pause)
	}
}

func failures(calls []call) (n int) {
	for _, c := range calls {
		if !c.ok {
			n++
		}
	}
	return n
}

// phones counts the phones that had the failures among calls.
func phones(calls []call) (n int) {
	seen := make(map[daraja.MSISDN]bool, len(calls))
	for _, c := range calls {
		if c.ok || c.phone != "" && seen[c.phone] {
			continue
		}
		seen[c.phone] = true
		n++
	}
	return n
}

func (b *breaker) trip(pause time.Duration) {
	b.moved(breakerMove{open: true, again: b.open, failures: failures(b.recent), pause: pause})
	b.open, b.probing = true, false
	b.pause = pause
	b.until = b.clock.Now().Add(pause)
	b.epoch++
}
