package simulator

import (
	"maps"
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

// Restore goes back to s. Jobs that were pending, such as the end of an open prompt, have
// as much of their time left as they had; a clock that is set back to s.At before makes
// everything as it was. Who holds a phone stays as it is now.
func (w *World) Restore(s *Snapshot) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopTimers()
	w.state = s.state.clone()
	now := w.clock.Now()
	w.restartTimers(s.at, now)
	for _, p := range w.openPrompts() {
		if !w.followPhoneHolder(p, now) {
			p.open.endsAt = now.Add(max(0, p.open.endsAt.Sub(s.at)))
		}
	}
	w.notify(EventReset, "", "")
}

// clone is a copy that shares only what never changes: prompts that have ended, and
// what was written into the list of transactions and into inboxes.
func (s *state) clone() state {
	c := *s
	c.ids = s.ids.Clone()
	if s.setup.Decider != nil {
		c.setup.Decider = s.setup.Decider.Clone()
	}
	c.orgs = cloneValues(s.orgs, func(o *organisation) { o.inbox = slices.Clip(o.inbox) })
	c.tokens, c.attempts, c.planned = s.tokens.clone(), s.attempts.clone(), s.planned.clone()
	c.accounts, c.locks = s.accounts.clone(), maps.Clone(s.locks)
	c.queue.waiting = slices.Clone(s.queue.waiting)
	c.jobs.byID = cloneValues(s.jobs.byID, func(j *job) { j.stop = nil })
	c.products = make(map[string]State, len(s.products))
	for name, one := range s.products {
		c.products[name] = one.Clone()
	}
	c.customers, c.prompts = s.customers.clone(), s.prompts.clone()
	c.customers.byKey = cloneValues(s.customers.byKey, func(one *customer) { one.inbox = slices.Clip(one.inbox) })
	for id, p := range c.prompts.byKey {
		if p.open == nil {
			continue
		}
		copied, open := *p, *p.open
		copied.open = &open
		c.prompts.byKey[id] = &copied
		if one := c.customers.byKey[p.Phone]; one != nil && one.prompt == p {
			one.prompt = &copied
		}
	}
	return c
}

// cloneValues copies a map and what its values point to; change completes each copy.
func cloneValues[K comparable, V any](m map[K]*V, change func(*V)) map[K]*V {
	c := make(map[K]*V, len(m))
	for k, v := range m {
		copied := *v
		change(&copied)
		c[k] = &copied
	}
	return c
}
