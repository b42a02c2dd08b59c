package app

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"

	"github.com/darajabox/darajabox/simulator"
)

// seededRand is randomness for one world of a server, from the server's seed: the same
// whatever other worlds there are.
func seededRand(server int64, world string, seed int64) *rand.Rand {
	b := binary.BigEndian.AppendUint64(nil, uint64(server))
	b = binary.BigEndian.AppendUint64(b, uint64(seed))
	return rand.New(rand.NewChaCha8(sha256.Sum256(append(b, world...))))
}

// newApp draws credentials. They protect nothing but one test from another, and what
// a world answers may depend on them, so that they come from the seed too.
func newApp(server int64, world string, seed int64) simulator.App {
	r := seededRand(server, world, seed)
	return simulator.App{Key: randomLetters(r, 48), Secret: randomLetters(r, 64)} // Daraja's lengths
}

// newSeed draws the seed of a world that does not bring its own.
func newSeed(server int64, world string) int64 { return seededRand(server, world, 0).Int64() }

func randomLetters(r *rand.Rand, n int) string {
	const from = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = from[r.IntN(len(from))]
	}
	return string(b)
}
