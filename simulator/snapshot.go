package simulator

import (
	"slices"
	"time"
)

// Snapshot is everything of a world at a moment, but for who holds a phone. It does
// not change, and can be restored any number of times, in another world of the same
// Config too.
type Snapshot struct {
	at    time.Time
	state state
}

// At is the world's time when the snapshot was taken.
func (s *Snapshot) At() time.Time { return s.at }

// Snapshot keeps the world as it is now.
func (w *World) Snapshot() *Snapshot {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &Snapshot{at: w.clock.Now(), state: w.clone()}
}

// Restore goes back to s. Prompts that were open have as much of their time left as
// they had; a clock that is set back to s.At before makes everything as it was. A
// phone that a person has taken up or put down since then is so now.
func (w *World) Restore(s *Snapshot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.disarm()
	w.state = s.state.clone()
	now := w.clock.Now()
	for _, p := range w.openPrompts() {
		left := max(0, p.open.endsAt.Sub(s.at))
		switch held := w.attended[p.phone] > 0; {
		case held && p.open.course == natural && p.answerable():
			p.open.course, left = waiting, w.untilTimeout(p, now)
		case !held && p.open.course == waiting:
			p.open.course, left = natural, w.opt.thinkTime
		}
		w.arm(p, now, left)
	}
	w.tell(EventReset, "", "")
}

// clone is a copy that shares only what never changes: prompts that have ended, and
// what was written into ledger and inboxes.
func (s *state) clone() state {
	c := *s
	c.ids = s.ids.Clone()
	if s.setup.Decider != nil {
		c.setup.Decider = s.setup.Decider.Fork()
	}
	c.orgs = make(map[string]*organisation, len(s.orgs))
	for code, o := range s.orgs {
		copied := *o
		copied.inbox = slices.Clip(o.inbox)
		c.orgs[code] = &copied
	}
	c.tokens, c.attempts = s.tokens.clone(), s.attempts.clone()
	c.ledger = s.ledger.clone()
	c.queue.waiting = slices.Clone(s.queue.waiting)
	c.customers, c.prompts = s.customers.clone(), s.prompts.clone()
	for m, one := range c.customers.byKey {
		copied := *one
		copied.inbox = slices.Clip(one.inbox)
		c.customers.byKey[m] = &copied
	}
	for id, p := range c.prompts.byKey {
		if p.open == nil {
			continue
		}
		copied, open := *p, *p.open
		open.stop = nil
		copied.open = &open
		c.prompts.byKey[id] = &copied
		if one := c.customers.byKey[p.phone]; one != nil && one.prompt == p {
			one.prompt = &copied
		}
	}
	return c
}
