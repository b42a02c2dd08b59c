package mpesa

import (
	"sync"
	"time"
)

// shares is a token bucket that partners share. Each partner that has asked lately earns
// the same part of the rate in a bucket of its own, so that one which keeps to its part
// always finds a token. What it does not use goes to spare, for all. A reserve of spare
// is for partners that come, which must not find everything taken.
//
// It is the project's own because rate.Limiter has no parts: one for each partner would
// either waste what others leave or exceed the rate of all.
type shares struct {
	rate    float64 // tokens a second, of all partners
	burst   float64 // tokens at once, of all partners
	reserve float64 // tokens of spare that only partners that come may take

	mu     sync.Mutex
	filled time.Time
	spare  float64
	of     map[string]*share
}

// share is the part of one partner.
type share struct {
	tokens float64
	asked  time.Time
}

// forgotten is how long after its last push a partner has no part any more.
const forgotten = 10 * time.Second

// almost is a whole token, but for rounding.
const almost = 1 - 1e-9

func newShares(rate float64, burst int) *shares {
	s := &shares{rate: rate, burst: max(float64(burst), 1), of: make(map[string]*share)}
	s.reserve = max(s.burst/4, 1)
	s.spare = s.burst + s.reserve
	return s
}

// take takes a token for a partner and returns 0, or how long until its own part has one.
func (s *shares) take(now time.Time, partner string) (wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refill(now)
	mine := s.of[partner]
	if mine == nil {
		mine = s.join(partner)
	}
	mine.asked = now
	switch {
	case mine.tokens >= almost:
		mine.tokens--
		return 0
	case s.spare-s.reserve >= almost:
		s.spare--
		return 0
	}
	missing := (1 - mine.tokens) * float64(len(s.of)) / s.rate
	return max(time.Duration(missing*float64(time.Second)), time.Millisecond)
}

// join gives a partner a part: what is spare, and in any case a token of the reserve.
func (s *shares) join(partner string) *share {
	mine := &share{}
	s.of[partner] = mine
	mine.tokens = min(max(s.spare-s.reserve, 0), s.most())
	if mine.tokens < 1 {
		mine.tokens = min(max(s.spare, 0), 1)
	}
	s.spare -= mine.tokens
	return mine
}

// most is how many tokens a part holds.
func (s *shares) most() float64 { return max(s.burst/float64(len(s.of)), 1) }

// refill hands out what was earned since it was last called: first to the reserve, then
// to all parts alike, and what does not fit into them to spare.
func (s *shares) refill(now time.Time) {
	earned := 0.0
	if !s.filled.IsZero() {
		earned = max(now.Sub(s.filled).Seconds(), 0) * s.rate
	}
	s.filled = now
	for partner, each := range s.of {
		if now.Sub(each.asked) > forgotten {
			delete(s.of, partner)
		}
	}
	reserved := min(earned, max(s.reserve-s.spare, 0))
	s.spare += reserved
	held := 0.0
	if len(s.of) == 0 {
		s.spare += earned - reserved
	}
	for _, each := range s.of {
		each.tokens += (earned - reserved) / float64(len(s.of))
		if over := each.tokens - s.most(); over > 0 {
			each.tokens -= over
			s.spare += over
		}
		held += each.tokens
	}
	s.spare = min(s.spare, max(s.burst-held, 0)+s.reserve)
}
