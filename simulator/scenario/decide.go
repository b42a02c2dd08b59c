package scenario

import (
	"github.com/darajabox/darajabox/simulator"
)

// rule is an item of `rules`.
type rule struct {
	when  condition
	times int                 // 0 has no end
	steps []simulator.Outcome // what happens the 1st, 2nd, … time; the last stays
}

// matches reports whether every condition holds.
func (c condition) matches(r simulator.Request) bool {
	return c.api == r.API &&
		(c.phone == nil || c.phone.matches(r.Phone.Digits())) &&
		(c.amount == nil || c.amount.holds(r.Amount)) &&
		(c.reference == nil || c.reference.matches(r.Reference)) &&
		(c.shortcode == nil || *c.shortcode == r.Shortcode)
}

// decider is the state machine of a scenario in one world. The world calls it under
// its lock.
type decider struct {
	rules []rule
	used  []int // how often each rule has decided
}

var _ simulator.Decider = (*decider)(nil)

// Decide implements simulator.Decider.
func (d *decider) Decide(r simulator.Request) (simulator.Outcome, bool) {
	for i, rule := range d.rules {
		n := d.used[i]
		if rule.times > 0 && n >= rule.times || !rule.when.matches(r) {
			continue
		}
		d.used[i]++
		return rule.steps[min(n, len(rule.steps)-1)], true
	}
	return simulator.Outcome{}, false
}
