package scenario

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// decider is the state machine of a scenario in one world. The world calls it under
// its lock.
type decider struct {
	rules   []rule // never changed
	used    []int  // how often each rule has decided
	state   string
	arrived map[simulator.API]*arrivals // of the APIs that a rate is for
	keep    int                         // arrivals to remember: one more than the highest rate
}

var _ simulator.Decider = (*decider)(nil)

func newDecider(rules []rule) *decider {
	d := &decider{rules: rules, used: make([]int, len(rules)), state: startState}
	for _, rule := range rules {
		d.keep = max(d.keep, rule.when.remembers())
	}
	return d
}

// question is a request while the rules look at it.
type question struct {
	simulator.Request
	arrived *arrivals
	asked   *whereEnv // for conditions; nil until the first asks
}

// Decide implements simulator.Decider.
func (d *decider) Decide(r simulator.Request) (simulator.Outcome, bool) {
	q := question{Request: r, arrived: d.arrive(r)}
	for i := range d.rules {
		rule := &d.rules[i]
		if rule.times > 0 && d.used[i] >= rule.times || !rule.holds(&q, d.state) {
			continue
		}
		c := luck(r.Dice, i)
		if rule.chance < 1 && c.of(drawRule) >= rule.chance {
			continue
		}
		out := rule.steps[min(d.used[i], len(rule.steps)-1)].outcome(c)
		out.Rule, out.By = i+1, rule.by
		if code, magic := daraja.MagicResult(r.Phone); magic && out.Result == "" && r.API == simulator.APISTKPush {
			out.Result = code // the rule leaves the result open, and the number says it
		}
		return out, true
	}
	return simulator.Outcome{}, false
}

// holds reports whether the rule is for the request at this time and in this state.
func (to *rule) holds(q *question, state string) bool {
	return (to.from == nil || to.from.reached(q.Request)) &&
		(to.until == nil || !to.until.reached(q.Request)) &&
		(to.states == nil || slices.Contains(to.states, state)) &&
		to.when.matches(q)
}

// Took implements simulator.Decider.
func (d *decider) Took(_ simulator.Request, o simulator.Outcome) {
	i := o.Rule - 1
	if i < 0 || i >= len(d.rules) {
		return // not decided here
	}
	d.used[i]++
	if next := d.rules[i].next; next != "" {
		d.state = next
	}
}

// Fork implements simulator.Decider.
func (d *decider) Fork() simulator.Decider {
	out := *d
	out.used = slices.Clone(d.used)
	out.arrived = maps.Clone(d.arrived)
	for api, a := range out.arrived {
		out.arrived[api] = &arrivals{times: slices.Clone(a.times), next: a.next}
	}
	return &out
}

// arrivals are the latest requests to one API, in a ring.
type arrivals struct {
	times []time.Time
	next  int // where the next one goes
}

// arrive counts r, when a rule asks for rates.
func (d *decider) arrive(r simulator.Request) *arrivals {
	if d.keep == 0 {
		return nil
	}
	if d.arrived == nil {
		d.arrived = make(map[simulator.API]*arrivals)
	}
	a := d.arrived[r.API]
	if a == nil {
		a = &arrivals{times: make([]time.Time, d.keep)}
		d.arrived[r.API] = a
	}
	a.times[a.next] = r.At
	a.next = (a.next + 1) % len(a.times)
	return a
}

// more reports whether more requests than v says came in the time up to now.
func (a *arrivals) more(v rate, now time.Time) bool {
	// The one that is one too many, counted back from the latest.
	at := a.times[((a.next-1-v.more)%len(a.times)+len(a.times))%len(a.times)]
	return !at.IsZero() && now.Sub(at) < v.per
}

// remembers is how many arrivals the condition has to look back on.
func (c *condition) remembers() int {
	n := 0
	if c.rate != nil {
		n = c.rate.more + 1
	}
	if c.not != nil {
		n = max(n, c.not.remembers())
	}
	return n
}

// ruleTitle is what the record calls a rule.
func ruleTitle(n int, name, scenario string) string {
	if name == "" {
		return fmt.Sprintf("rule %d of %s", n, scenario)
	}
	return fmt.Sprintf("rule %d %q of %s", n, name, scenario)
}
