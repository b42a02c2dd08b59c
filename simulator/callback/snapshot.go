package callback

import (
	"time"
)

// Snapshot is what a Sender had to do at a moment. It does not change.
type Snapshot struct {
	all      []delivery // every callback that is in one of the lists below, by their places
	kept     []int
	planned  []saved
	shuffled []saved
	held     []saved
	holding  bool
}

// saved is a callback that waits: for how much longer, or which copy of it.
type saved struct {
	delivery int
	left     time.Duration
	copy     int
	resent   bool
}

// Snapshot takes down what is planned and held, and what became of the latest
// callbacks. What is on its way at the moment will count as cut off.
func (s *Sender) Snapshot() *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	shot := &Snapshot{holding: s.holding}
	places := make(map[*delivery]int)
	place := func(d *delivery) int {
		at, ok := places[d]
		if !ok {
			at = len(shot.all)
			places[d] = at
			shot.all = append(shot.all, *d)
		}
		return at
	}
	for _, d := range s.kept.live() {
		shot.kept = append(shot.kept, place(d))
	}
	now := s.clock.Now()
	for d := range s.planned {
		shot.planned = append(shot.planned, saved{delivery: place(d), left: d.dueAt.Sub(now)})
	}
	for _, d := range s.shuffled.all {
		shot.shuffled = append(shot.shuffled, saved{delivery: place(d), left: s.shuffled.ends.Sub(now)})
	}
	for _, a := range s.held {
		shot.held = append(shot.held, saved{delivery: place(a.delivery), left: now.Sub(a.at), copy: a.copy, resent: a.resent})
	}
	return shot
}

// Restore brings back what a snapshot took down: what was planned comes after what was
// left of its wait. What runs is cut off and leaves no record. The clock must show the
// time already that it is to go on from.
func (s *Sender) Restore(shot *Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.renew()
	s.holding = shot.holding
	all := make([]*delivery, len(shot.all))
	for i, d := range shot.all {
		d.era, d.stop = s.era, nil
		if d.status == Sending {
			d.status, d.fault = Failed, "cut off, the snapshot was taken before the answer"
		}
		all[i] = &d
	}
	for _, at := range shot.kept {
		s.kept.add(all[at])
	}
	for _, one := range shot.planned {
		s.plan(all[one.delivery], one.left)
	}
	for i, one := range shot.shuffled {
		d := all[one.delivery]
		if i == 0 {
			s.waitForLater(d, one.left)
		}
		d.dueAt = s.shuffled.ends
		s.shuffled.all = append(s.shuffled.all, d)
	}
	now := s.clock.Now()
	for _, one := range shot.held {
		s.held = append(s.held, &attempt{delivery: all[one.delivery], copy: one.copy, at: now.Add(-one.left), resent: one.resent})
	}
}
