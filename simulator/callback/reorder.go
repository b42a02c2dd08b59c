package callback

import (
	"fmt"
	"slices"
	"time"
)

// MaxReorder is how long a callback waits for later ones to go before it, on the
// world's clock.
const MaxReorder = 30 * time.Second

// shuffled are callbacks that are ready and wait for later ones, in the order in which
// they became ready.
type shuffled struct {
	all  []*delivery
	ends time.Time   // when they go at the latest
	stop func() bool // of the clock
}

// ready sends d, unless it or one before it waits for later callbacks: then all go
// together, the latest first, as soon as there are as many as the first one waits
// for. What comes before its acknowledgement neither waits, since the caller does, nor
// counts, since it comes when the caller does. The caller holds mu.
func (s *Sender) ready(d *delivery) {
	if d.Plan.BeforeAck || d.Plan.Reorder < 1 && len(s.shuffled.all) == 0 {
		s.enqueue(s.due(d))
		return
	}
	if len(s.shuffled.all) == 0 {
		s.waitForLater(d, MaxReorder)
	}
	d.status, d.dueAt = Planned, s.shuffled.ends
	s.shuffled.all = append(s.shuffled.all, d)
	if len(s.shuffled.all) > s.shuffled.all[0].Plan.Reorder {
		s.shuffled.stop()
		s.unshuffle()
	}
}

// waitForLater bounds how long first, and what comes after it, is held back. The
// caller holds mu.
func (s *Sender) waitForLater(first *delivery, most time.Duration) {
	s.shuffled.ends = s.clock.Now().Add(most)
	s.shuffled.stop = s.clock.AfterFunc(most, first.ID, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.shuffled.all) > 0 && s.shuffled.all[0] == first { // or else it went while the clock was about to call
			s.unshuffle()
		}
	})
}

// unshuffle sends what waited, one after another, the latest first. The caller holds
// mu.
func (s *Sender) unshuffle() {
	waited := s.shuffled.all
	s.shuffled = shuffled{}
	var all []*attempt
	for i, d := range slices.Backward(waited) {
		switch later := len(waited) - 1 - i; {
		case d.Plan.Reorder > 0:
			d.shuffle = fmt.Sprintf("reordered: %d later ones went first", later)
		default:
			d.shuffle = fmt.Sprintf("reordered: went before %d earlier ones", i)
		}
		all = append(all, s.due(d)...)
	}
	if s.holding {
		s.enqueue(all)
		return
	}
	s.begin(link(all))
}
