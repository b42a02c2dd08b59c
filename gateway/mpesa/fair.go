package mpesa

import (
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// fairBucket is one token bucket for all partners. As long as it holds more than its
// reserve, every partner takes from it, whatever it took before. Only a partner that had
// less than its fair share lately takes from the reserve. So nothing of the rate is
// lost, and a busy partner does not empty the bucket for the others.
type fairBucket struct {
	tokens  *rate.Limiter
	reserve float64

	mu     sync.Mutex
	aged   time.Time
	lately map[string]float64 // tokens that each partner took, the older the less they count
}

const (
	fading   = 2 * time.Second // a token counts for 37 % after this time
	little   = 0.01            // what counts for less is forgotten: one token after nine seconds
	oneToken = 1 - 1e-9        // but for rounding
)

// newFairBucket returns a bucket that gives burst tokens at once to one partner. The
// reserve is a quarter more.
func newFairBucket(perSecond float64, burst int) *fairBucket {
	burst = max(burst, 1)
	reserve := max(burst/4, 1)
	return &fairBucket{
		tokens:  rate.NewLimiter(rate.Limit(perSecond), burst+reserve),
		reserve: float64(reserve), lately: make(map[string]float64),
	}
}

// take takes a token for a partner and returns 0, or how long until there is one for it.
func (b *fairBucket) take(now time.Time, partner string) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait = b.missing(now, partner); wait == 0 {
		b.tokens.ReserveN(now, 1) // never in debt: it is there, but for rounding
		b.lately[partner]++
	}
	return wait
}

// peek returns what take would, and takes nothing.
func (b *fairBucket) peek(now time.Time, partner string) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.missing(now, partner)
}

// missing is how long until there is a token for a partner. The caller holds mu.
func (b *fairBucket) missing(now time.Time, partner string) time.Duration {
	needed := oneToken
	if !b.belowShare(now, partner) {
		needed += b.reserve
	}
	if missing := needed - b.tokens.TokensAt(now); missing > 0 {
		seconds := missing / float64(b.tokens.Limit())
		return max(time.Duration(seconds*float64(time.Second)), time.Millisecond)
	}
	return 0
}

// belowShare reports whether a partner took less lately than the mean of all that took
// any, itself included. The caller holds mu.
func (b *fairBucket) belowShare(now time.Time, partner string) bool {
	left := math.Exp(-max(now.Sub(b.aged), 0).Seconds() / fading.Seconds())
	b.aged = now
	sum, mine := 0.0, b.lately[partner]*left
	for name, took := range b.lately {
		if took *= left; took < little {
			delete(b.lately, name)
			continue
		}
		b.lately[name] = took
		sum += took
	}
	partners := len(b.lately)
	if mine < little {
		partners++
	}
	return mine*float64(partners) < sum
}
