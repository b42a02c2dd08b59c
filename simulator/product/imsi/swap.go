package imsi

import (
	"fmt"
	"maps"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// maxSwapped bounds the numbers whose SIM was swapped.
const maxSwapped = 10_000

// swaps are those of one number.
type swaps struct {
	count  int
	latest time.Time
}

// state is the swaps by number.
type state struct{ swaps map[daraja.MSISDN]swaps }

// Clone implements simulator.State.
func (s *state) Clone() simulator.State { return &state{maps.Clone(s.swaps)} }

func stateOf(l *simulator.Locked) *state {
	s, _ := l.StateOf(name).(*state)
	return s
}

// swapAction is a customer who gets a new SIM for the same number.
func swapAction() simulator.Action {
	return simulator.Action{
		Name: "swap", Doc: "puts a number on a new SIM, as its owner or a thief does in a shop: the IMSI and the date of the last swap change",
		Fields: []simulator.Field{{Name: "phone", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The number."}},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			s, phone := stateOf(l), daraja.MSISDN(v["phone"])
			made, known := s.swaps[phone]
			if !known && len(s.swaps) >= maxSwapped {
				return nil, fmt.Errorf("the SIMs of %d numbers were swapped; reset the world first", maxSwapped)
			}
			s.swaps[phone] = swaps{made.count + 1, l.Now()}
			return map[string]string{"imsi": simOf(l, phone).imsi, "swapped": l.Now().In(daraja.EAT()).Format(minute)}, nil
		},
	}
}
