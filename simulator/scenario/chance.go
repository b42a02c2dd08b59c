package scenario

import "github.com/darajabox/darajabox/internal/splitmix"

// chance is what the random draws of one request under one rule are made from. They
// depend on nothing else, so the same request draws the same whatever happens around it.
type chance uint64

// purpose is what is drawn for, so that the draws of one request are independent.
type purpose uint64

// The purposes. Their order is part of what a seed means.
const (
	drawRule purpose = iota + 1
	drawAfter
	drawLatency
	drawReplyBody
	drawDelay
	drawGap
	drawCallbackBody

	secondDraw purpose = 1 << 32 // added where one draw is not enough
)

// chanceOf mixes the draw of a request with the position of a rule.
func chanceOf(draw uint64, rule int) chance {
	return chance(splitmix.Mix(draw ^ splitmix.Mix(uint64(rule)+1)))
}

// of is a uniformly distributed number from 0 up to, and without, 1.
func (c chance) of(p purpose) float64 {
	return float64(splitmix.Mix(uint64(c)^splitmix.Mix(uint64(p)<<8))>>11) / (1 << 53)
}
