// Package splitmix is SplitMix64 (Steele, Lea and Flood), which makes random numbers of
// seeds in a few nanoseconds. The numbers are fit for simulation, not for secrets.
package splitmix

// Gamma is what the state grows by from one number to the next.
const Gamma = 0x9e3779b97f4a7c15

// Mix returns the number that follows state x. Each bit of x changes half of its bits.
func Mix(x uint64) uint64 {
	x += Gamma
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
