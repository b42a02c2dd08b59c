package mpesa

import (
	"math"
	"time"
)

// shares knows which partners had less than their fair share lately.
type shares struct {
	aged   time.Time
	lately map[string]float64 // calls that each partner made, the older the less they count
}

const (
	fading = 2 * time.Second // a call counts for 37 % after this time
	little = 0.01            // what counts for less is forgotten: one call after nine seconds
)

func newShares() shares { return shares{lately: make(map[string]float64)} }

// below reports whether a partner made fewer calls lately than the mean of all that made
// any, itself included.
func (s *shares) below(now time.Time, partner string) bool {
	left := math.Exp(-max(now.Sub(s.aged), 0).Seconds() / fading.Seconds())
	s.aged = now
	sum, mine := 0.0, s.lately[partner]*left
	for name, made := range s.lately {
		if made *= left; made < little {
			delete(s.lately, name)
			continue
		}
		s.lately[name] = made
		sum += made
	}
	partners := len(s.lately)
	if mine < little {
		partners++
	}
	return mine*float64(partners) < sum
}

// made counts a call.
func (s *shares) made(partner string) { s.lately[partner]++ }
