package scenario

import (
	"maps"
	"slices"
	"time"

	"github.com/darajabox/darajabox/simulator"
)

// decider is the state machine of a scenario in one world. The world calls it under
// its lock.
type decider struct {
	rules   []rule // never changed
	used    []int  // how often each rule has decided
	state   string
	arrived map[simulator.API][]time.Time // the latest requests to each API, when a rule has a rate
	keep    int                           // how many of them: one more than the highest rate
	asked   question                      // of the request that is being decided; kept so that a request allocates none
}

var _ simulator.Decider = (*decider)(nil)

func newDecider(rules []rule) *decider {
	d := &decider{rules: rules, used: make([]int, len(rules)), state: startState}
	for _, rule := range rules {
		d.keep = max(d.keep, rule.when.History())
	}
	return d
}

// question is a request while the rules look at it.
type question struct {
	simulator.Subject
	arrived []time.Time // this one is the last
}

// ExceedsRate implements condition.Subject.
func (q *question) ExceedsRate(n int, per time.Duration) bool {
	first := len(q.arrived) - 1 - n // of those that would be one too many
	return first >= 0 && q.At.Sub(q.arrived[first]) < per
}

// Decide implements simulator.Decider.
func (d *decider) Decide(r simulator.Request) (simulator.Outcome, bool) {
	q := &d.asked
	*q = question{simulator.Subject{Request: r}, d.arrive(r)}
	defer func() { *q = question{} }() // the request is not kept
	for i := range d.rules {
		rule := &d.rules[i]
		if rule.times > 0 && d.used[i] >= rule.times || !rule.holds(q, d.state) {
			continue
		}
		c := chanceOf(r.Draw, i)
		if rule.chance < 1 && c.of(drawRule) >= rule.chance {
			continue
		}
		out := rule.steps[min(d.used[i], len(rule.steps)-1)].outcome(c)
		out.Rule, out.By = i+1, rule.by
		return out, true
	}
	return simulator.Outcome{}, false
}

// holds reports whether the rule is for the request at this time and in this state.
func (to *rule) holds(q *question, state string) bool {
	return (to.from == nil || to.from.reached(q.Request)) &&
		(to.until == nil || !to.until.reached(q.Request)) &&
		to.isFor(state) &&
		to.when.Holds(q)
}

// Consume implements simulator.Decider.
func (d *decider) Consume(_ simulator.Request, o simulator.Outcome) {
	i := o.Rule - 1
	if i < 0 || i >= len(d.rules) {
		return // not decided here
	}
	d.used[i]++
	if next := d.rules[i].next; next != "" {
		d.state = next
	}
}

// Clone implements simulator.Decider.
func (d *decider) Clone() simulator.Decider {
	out := *d
	out.used = slices.Clone(d.used)
	out.arrived = maps.Clone(d.arrived)
	for api, times := range out.arrived {
		out.arrived[api] = slices.Clone(times)
	}
	return &out
}

// arrive counts r, when a rule has a rate, and returns the latest requests to its API.
func (d *decider) arrive(r simulator.Request) []time.Time {
	if d.keep == 0 {
		return nil
	}
	if d.arrived == nil {
		d.arrived = make(map[simulator.API][]time.Time)
	}
	times := d.arrived[r.API]
	times = append(times, r.At)
	times = times[max(len(times)-d.keep, 0):]
	d.arrived[r.API] = times
	return times
}
