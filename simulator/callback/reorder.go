package callback

import (
	"fmt"
	"slices"
	"time"
)

// MaxReorder is how long a callback waits for later ones to go before it, on the
// world's clock.
const MaxReorder = 30 * time.Second

// reorderBuffer has the callbacks that are ready and wait for later ones, in the order in
// which they became ready.
type reorderBuffer struct {
	all  []*delivery
	ends time.Time   // when they go at the latest
	stop func() bool // of the clock
}

// startReorder bounds how long first, and what comes after it, is held back. The
// caller holds mu.
func (s *Sender) startReorder(first *delivery, most time.Duration) {
	s.reorder.ends = s.config.Clock.Now().Add(most)
	s.reorder.stop = s.config.Clock.AfterFunc(most, first.ID, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.reorder.all) > 0 && s.reorder.all[0] == first { // or else it went while the clock was about to call
			s.flushReorder()
		}
	})
}

// flushReorder sends what waited, one after another, the latest first. The caller holds
// mu.
func (s *Sender) flushReorder() {
	waited := s.reorder.all
	s.reorder = reorderBuffer{}
	var all []*attempt
	for i, d := range slices.Backward(waited) {
		d.reordered = fmt.Sprintf("reordered: went before %d earlier ones", i)
		if d.Plan.Reorder > 0 {
			d.reordered = fmt.Sprintf("reordered: %d later ones went first", len(waited)-1-i)
		}
		all = append(all, s.takeDueCopies(d)...)
	}
	if s.holding {
		s.holdOrEnqueue(all)
		return
	}
	s.enqueue(all...)
}
