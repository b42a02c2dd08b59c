package mpesa

import (
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
	shares shares
}

const oneToken = 1 - 1e-9 // but for rounding

// newFairBucket returns a bucket that gives burst tokens at once to one partner. The
// reserve is a quarter more.
func newFairBucket(perSecond float64, burst int) *fairBucket {
	burst = max(burst, 1)
	reserve := max(burst/4, 1)
	return &fairBucket{
		tokens:  rate.NewLimiter(rate.Limit(perSecond), burst+reserve),
		reserve: float64(reserve), shares: newShares(),
	}
}

// take implements pacer.
func (b *fairBucket) take(now time.Time, partner string) (wait time.Duration, next bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait = b.missing(now, partner); wait == 0 {
		b.tokens.ReserveN(now, 1) // never in debt: it is there, but for rounding
		b.shares.made(partner)
	}
	return wait, false
}

// peek implements pacer.
func (b *fairBucket) peek(now time.Time, partner string) (wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.missing(now, partner)
}

// missing is how long until there is a token for a partner. The caller holds mu.
func (b *fairBucket) missing(now time.Time, partner string) time.Duration {
	needed := oneToken
	if !b.shares.below(now, partner) {
		needed += b.reserve
	}
	if missing := needed - b.tokens.TokensAt(now); missing > 0 {
		seconds := missing / float64(b.tokens.Limit())
		return max(time.Duration(seconds*float64(time.Second)), time.Millisecond)
	}
	return 0
}
