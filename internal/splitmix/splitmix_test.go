package splitmix_test

import (
	"testing"

	"github.com/darajabox/darajabox/internal/splitmix"
)

// The first numbers of the reference implementation from the seed 1234567.
func TestMix(t *testing.T) {
	state := uint64(1234567)
	for _, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := splitmix.Mix(state); got != want {
			t.Errorf("from %d: %d, want %d", state, got, want)
		}
		state += splitmix.Gamma
	}
}
