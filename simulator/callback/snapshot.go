package callback

import "time"

// Snapshot is the state of a Sender at a moment. It does not change.
type Snapshot struct {
	at          time.Time // on the world's clock
	latest      []*delivery
	planned     []*delivery
	reorder     []*delivery
	reorderEnds time.Time
	held        []*attempt
	holding     bool
}

// copies has the copies of deliveries, so that a delivery in two lists is copied once.
type copies map[*delivery]*delivery

func (c copies) of(d *delivery) *delivery {
	if c[d] == nil {
		one := *d
		c[d] = &one
	}
	return c[d]
}

func (c copies) all(deliveries []*delivery) []*delivery {
	out := make([]*delivery, len(deliveries))
	for i, d := range deliveries {
		out[i] = c.of(d)
	}
	return out
}

// attempt copies an attempt that fell due at a time.
func (c copies) attempt(a *attempt, at time.Time) *attempt {
	return &attempt{delivery: c.of(a.delivery), copy: a.copy, at: at, resent: a.resent}
}

// Snapshot copies what is planned and held, and the state of the latest callbacks. What
// is being sent at the moment will count as cut off.
func (s *Sender) Snapshot() *Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := make(copies)
	shot := &Snapshot{
		at: s.config.Clock.Now(), latest: c.all(s.latest.all), reorder: c.all(s.reorder.all), reorderEnds: s.reorder.ends, holding: s.holding,
	}
	for d := range s.planned {
		shot.planned = append(shot.planned, c.of(d))
	}
	for _, a := range s.held {
		shot.held = append(shot.held, c.attempt(a, a.at))
	}
	return shot
}

// Restore brings back a snapshot: what was planned comes after the rest of its wait. What
// runs is cut off and leaves no record. The clock must show the time already that it is
// to go on from.
func (s *Sender) Restore(shot *Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.renew()
	s.holding = shot.holding
	c := make(copies)
	for _, d := range c.all(shot.latest) {
		s.latest.add(d)
	}
	for _, d := range shot.planned {
		s.planNextCopy(c.of(d), d.dueAt.Sub(shot.at))
	}
	for i, d := range c.all(shot.reorder) {
		if i == 0 {
			s.startReorder(d, shot.reorderEnds.Sub(shot.at))
		}
		d.dueAt = s.reorder.ends
		s.reorder.all = append(s.reorder.all, d)
	}
	now := s.config.Clock.Now()
	for _, a := range shot.held {
		s.held = append(s.held, c.attempt(a, now.Add(a.at.Sub(shot.at))))
	}
	for _, d := range c {
		d.generation = s.generation
		if d.status == Sending {
			d.status, d.fault = Failed, "cut off, the snapshot was taken before the answer"
		}
	}
}
