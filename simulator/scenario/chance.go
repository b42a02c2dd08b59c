package scenario

// chance is the luck of one request under one rule. What is drawn from it depends on
// nothing else, so the same request draws the same whatever happens around it.
type chance uint64

// purpose keeps the draws of one request apart.
type purpose uint64

// What is drawn for. The order is part of what a seed means.
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

// luck mixes the dice of a request with the place of a rule.
func luck(dice uint64, rule int) chance {
	return chance(mix(dice ^ mix(uint64(rule)+1)))
}

// of is an even chance from 0 up to, and without, 1.
func (c chance) of(p purpose) float64 {
	return float64(mix(uint64(c)^mix(uint64(p)<<8))>>11) / (1 << 53)
}

// mix is the step of splitmix64 (Steele, Lea and Flood): each bit that goes in
// changes half of those that come out.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
