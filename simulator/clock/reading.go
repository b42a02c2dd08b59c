package clock

import (
	"math"
	"time"
)

// reading is what a clock shows at one moment of the machine's time, and how it goes
// on from there.
type reading struct {
	at    time.Time // the world's time at mark
	mark  time.Time // the machine's
	speed float64   // 0: it stays at at
}

func (r *reading) now(base func() time.Time) time.Time {
	if r.speed == 0 {
		return r.at
	}
	return r.at.Add(scale(base().Sub(r.mark), r.speed))
}

// until is how long it takes by the machine's time, from the moment when the clock
// shows now, to t.
func (r *reading) until(now, t time.Time) time.Duration {
	wait := math.Ceil(float64(t.Sub(now)) / r.speed) // too early would be in vain
	if wait >= math.MaxInt64 {
		return math.MaxInt64
	}
	return max(time.Duration(wait), 0)
}

// scale is d*by, held within what a Duration can say.
func scale(d time.Duration, by float64) time.Duration {
	scaled := float64(d) * by
	if scaled >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(scaled)
}
