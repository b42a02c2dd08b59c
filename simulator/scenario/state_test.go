package scenario_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/stk"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// start is the world's time when a scenario was loaded.
func start() time.Time { return time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC) }

// after is a push some time after start.
func after(d time.Duration) simulator.Request {
	return push(func(r *simulator.Request) { r.At, r.Since = start().Add(d), d })
}

// who decides on requests, by the names of their rules; "-" is no rule.
func who(d simulator.Decider, requests ...simulator.Request) string {
	var all []string
	for _, r := range requests {
		by := "-"
		if o, ok := decided(d, r); ok {
			by = o.By
		}
		all = append(all, by)
	}
	return strings.Join(all, ", ")
}

func TestTime(t *testing.T) {
	for _, c := range []struct {
		rule string
		want string // at 0 s, 29.999 s, 30 s, 60 s
	}{
		{"from: 30s", "no no yes yes"},
		{"until: 30s", "yes yes no no"},
		{"{from: 30s, until: 1m}", "no no yes no"},
		{`from: "2026-11-24T12:00:30+03:00"`, "no no yes yes"},
		{"until: 2026-11-24T09:00:30Z", "yes yes no no"},
		{"{from: 30s, until: 2026-11-24T12:01:00+03:00}", "no no yes no"},
	} {
		src := "rules: [{" + strings.Trim(c.rule, "{}") + ", then: {result: 0}}]"
		var got []string
		for _, d := range []time.Duration{0, 30*time.Second - time.Millisecond, 30 * time.Second, time.Minute} {
			_, ok := mustParse(t, src).Setup().Decider.Decide(after(d))
			got = append(got, map[bool]string{true: "yes", false: "no"}[ok])
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.rule, got, c.want)
		}
	}
}

func TestRate(t *testing.T) {
	at := func(api simulator.API, ms ...int) []simulator.Request {
		var all []simulator.Request
		for _, m := range ms {
			r := after(time.Duration(m) * time.Millisecond)
			r.API = api
			all = append(all, r)
		}
		return all
	}
	const pushes, queries = stk.APIPush, stk.APIQuery
	for _, c := range []struct {
		name, rate string
		requests   []simulator.Request
		want       string
	}{
		{"the third in a second", "> 2/s", at(pushes, 0, 1, 2, 3), "--xx"},
		{"at one instant", "> 2/s", at(pushes, 0, 0, 0), "--x"},
		{"a second is over", "> 2/s", at(pushes, 0, 400, 999, 1000, 1400), "--x--"[:2] + "xxx"},
		{"slow enough", "> 2/s", at(pushes, 0, 500, 1000, 1500, 2000), "-----"},
		{"at least two", ">= 2/s", at(pushes, 0, 500, 2000), "-x-"},
		{"in a minute", "> 1/m", at(pushes, 0, 59_999, 119_999), "-x-"},
		{"another API", "> 1/s", append(at(queries, 0, 1, 2), at(pushes, 3, 4)...), "----x"},
	} {
		d := mustParse(t, fmt.Sprintf("rules: [{when: {rate: %q}, then: {result: 1}}]", c.rate)).Setup().Decider
		got := ""
		for _, r := range c.requests {
			_, ok := d.Decide(r)
			got += map[bool]string{true: "x", false: "-"}[ok]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestRateOfAllThatArrive(t *testing.T) {
	// What another rule decides, and what is not decided at all, counts too.
	d := mustParse(t, `rules: [{name: a, when: {amount: 1}, then: {result: 1}}, {name: b, when: {rate: "> 2/s"}, then: {result: 2}}]`).Setup().Decider
	one := push(func(r *simulator.Request) { r.Amount = daraja.Shilling })
	if got, want := who(d, one, one, push(nil)), `rule 1 "a" of test, rule 1 "a" of test, rule 2 "b" of test`; got != want {
		t.Errorf("decided by %s, want %s", got, want)
	}
}

func TestStates(t *testing.T) {
	const src = `
rules:
  - {name: falls, state: start, when: {amount: 5}, goto: down, then: {result: 26}}
  - {name: down, state: down, times: 2, then: {reply: {error: 500.003.1001}}}
  - {name: up, state: [down, start], goto: start}
`
	d := mustParse(t, src).Setup().Decider
	five := push(func(r *simulator.Request) { r.Amount = 5 * daraja.Shilling })
	const want = `rule 3 "up" of test, rule 1 "falls" of test, rule 2 "down" of test, rule 2 "down" of test, rule 3 "up" of test, rule 3 "up" of test, rule 1 "falls" of test, rule 3 "up" of test`
	if got := who(d, push(nil), five, five, push(nil), five, push(nil), five, five); got != want {
		t.Errorf("decided by\n%s, want\n%s", got, want)
	}
}

func TestDecideCountsNothing(t *testing.T) {
	d := mustParse(t, "rules: [{times: 1, goto: gone, then: {result: 1}}, {state: gone, then: {result: 2}}]").Setup().Decider
	for range 3 {
		if o, ok := d.Decide(push(nil)); !ok || o.Result != "1" {
			t.Fatalf("%+v, %v; want result 1 until one was used", o, ok)
		}
	}
	o, _ := d.Decide(push(nil))
	d.Consume(push(nil), o)
	d.Consume(push(nil), simulator.Outcome{})         // from somewhere else
	d.Consume(push(nil), simulator.Outcome{Rule: 99}) // likewise
	if o, ok := d.Decide(push(nil)); !ok || o.Result != "2" {
		t.Errorf("%+v, %v; want result 2 then", o, ok)
	}
}

func TestCloneIsIndependent(t *testing.T) {
	d := mustParse(t, `rules: [{when: {rate: "> 2/s"}, then: {result: 9999}}, {times: 3, state: [start, b], goto: b, then: {sequence: [1, 2, 3]}}]`).Setup().Decider
	results := func(d simulator.Decider, n int) string {
		var all []string
		for range n {
			o, _ := decided(d, push(nil))
			all = append(all, string(o.Result))
		}
		return strings.Join(all, " ")
	}
	if got := results(d, 1); got != "1" {
		t.Fatal(got)
	}
	fork := d.Clone()
	for name, d := range map[string]simulator.Decider{"the first": d, "the fork": fork} {
		if got := results(d, 3); got != "2 9999 9999" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestChanceIsUniform(t *testing.T) {
	const n = 20_000
	for _, c := range []struct {
		chance string
		want   float64
	}{{"0", 0}, {"1", 1}, {"0.2", 0.2}, {"20%", 0.2}, {`"7.5 %"`, 0.075}} {
		d := mustParse(t, "rules: [{chance: "+c.chance+", then: {result: 1}}, {chance: 0.5, then: {result: 2}}]").Setup().Decider
		hits := map[daraja.ResultCode]float64{}
		for i := range n {
			o, _ := d.Decide(push(func(r *simulator.Request) { r.Draw = uint64(i) })) // the least random draws there are
			hits[o.Result] += 1. / n
		}
		if first, second := hits["1"], hits["2"]; math.Abs(first-c.want) > 0.015 || math.Abs(second-(1-c.want)/2) > 0.015 {
			t.Errorf("chance %s: %.3f, and %.3f of what is left; want %.3f and a half", c.chance, first, second, c.want)
		}
	}
}

// TestDrawsDependOnNothingElse: the same request draws the same, whatever came before
// and whatever other keys its rule has.
func TestDrawsDependOnNothingElse(t *testing.T) {
	plain := mustParse(t, "rules: [{chance: 0.5, then: {after: 1s..9s}}]").Setup().Decider
	more := mustParse(t, "rules: [{chance: 0.5, times: 100000, then: {after: 1s..9s, reply: {latency: 1s..9s}, callback: {delay: 1s..9s, gap: 1s..9s}}}]").Setup().Decider
	for i := uint64(300); i > 0; i-- {
		r := push(func(r *simulator.Request) { r.Draw = i * 7919 })
		a, okA := plain.Decide(r)
		decided(more, push(nil))
		b, okB := more.Decide(r)
		if okA != okB || okA && *a.After != *b.After {
			t.Fatalf("draw %d: %v %v, and with more to draw %v %v", r.Draw, okA, a.After, okB, b.After)
		}
		if okB && (*b.After == b.Reply.Latency || b.Reply.Latency == b.Callback.Delay || b.Callback.Delay == b.Callback.Gap) {
			t.Fatalf("draw %d: two draws are the same: %+v", r.Draw, b)
		}
	}
}

func TestWaits(t *testing.T) {
	const n = 20_000
	for _, c := range []struct {
		wait                string
		low, high           time.Duration // no draw is outside
		mean, deviation     time.Duration
		reachesLow, reaches bool // some draws are at the bounds
	}{
		{"2s..8s", 2 * time.Second, 8 * time.Second, 5 * time.Second, 1732 * time.Millisecond, false, false},
		{"1500us..2ms", 0, 0, 0, 0, false, false}, // no such unit
		{"{normal: {mean: 9s, deviation: 2s}}", 0, 20 * time.Second, 9 * time.Second, 2 * time.Second, false, false},
		{"{normal: {mean: 9s, deviation: 2s, min: 8s, max: 10s}}", 8 * time.Second, 10 * time.Second, 9 * time.Second, 820 * time.Millisecond, true, true},
		{"{exponential: {mean: 2s}}", 0, 40 * time.Second, 2 * time.Second, 2 * time.Second, false, false},
		{"{exponential: {mean: 2s, min: 1s, max: 3s}}", time.Second, 3 * time.Second, 1767 * time.Millisecond, 833 * time.Millisecond, true, true},
		{"{normal: {mean: 24h, deviation: 24h}}", 0, 24 * time.Hour, 14*time.Hour + 24*time.Minute, 0, true, true},
	} {
		src := "rules: [{then: {after: " + c.wait + "}}]"
		if c.high == 0 {
			if _, err := scenario.Parse("x", []byte(src)); err == nil {
				t.Errorf("%s is taken", c.wait)
			}
			continue
		}
		d := mustParse(t, src).Setup().Decider
		var sum, squares float64
		low, high := time.Duration(math.MaxInt64), time.Duration(0)
		for i := range n {
			o, _ := d.Decide(push(func(r *simulator.Request) { r.Draw = uint64(i) }))
			if *o.After%time.Millisecond != 0 {
				t.Fatalf("%s: %v is no whole millisecond", c.wait, *o.After)
			}
			low, high = min(low, *o.After), max(high, *o.After)
			sum += o.After.Seconds()
			squares += o.After.Seconds() * o.After.Seconds()
		}
		mean := sum / n
		deviation := math.Sqrt(squares/n - mean*mean)
		if low < c.low || high > c.high || c.reachesLow && low != c.low || c.reaches && high != c.high {
			t.Errorf("%s: from %v to %v", c.wait, low, high)
		}
		if c.deviation > 0 && (math.Abs(mean-c.mean.Seconds()) > 0.05*c.mean.Seconds() || math.Abs(deviation-c.deviation.Seconds()) > 0.05*c.deviation.Seconds()) {
			t.Errorf("%s: mean %.3f s, deviation %.3f s; want %v, %v", c.wait, mean, deviation, c.mean, c.deviation)
		}
	}
}

// TestDrawsAreTheSameForEver: what a seed means must not change from one version or
// machine to the next.
func TestDrawsAreTheSameForEver(t *testing.T) {
	d := mustParse(t, "rules: [{chance: 0.5, then: {result: 1}}, {then: {after: {normal: {mean: 9s, deviation: 3s}}, callback: {delay: {exponential: {mean: 2s}}, gap: 1s..9s}}}]").Setup().Decider
	var got []string
	for i := range 6 {
		o, _ := d.Decide(push(func(r *simulator.Request) { r.Draw = uint64(i) }))
		if o.Result == "1" {
			got = append(got, "1")
			continue
		}
		got = append(got, fmt.Sprint(*o.After, " ", o.Callback.Delay, " ", o.Callback.Gap))
	}
	const want = "1, 7.067s 2.929s 8.367s, 1, 5.416s 1.717s 1.802s, 9.905s 148ms 6.88s, 9.692s 4.037s 8.753s"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("draws %s, want %s", s, want)
	}
}

func TestParseThen(t *testing.T) {
	wait := 3 * time.Second
	for src, want := range map[string]simulator.Outcome{
		"{result: 1032, after: 3s}":            {Result: "1032", After: &wait},
		`{"result":1032,"after":"3s"}`:         {Result: "1032", After: &wait},
		"result: 1032\nafter: 3s\n":            {Result: "1032", After: &wait},
		`{"reply":{"page":"waf_403"}}`:         {Reply: simulator.ReplyFaults{Page: simulator.PageWAF403}},
		`{"callback":{"drop":true}}`:           {Callback: simulator.CallbackPlan{Drop: true}},
		"{raw_result: {code: 1102}}":           {Result: "1102", Raw: true},
		"{query_result: {code: 1037}}":         {Query: &simulator.QueryResult{Result: "1037", Desc: "DS timeout user cannot be reached."}},
		"{\n  \"result\" :\t\"SFC_IC0003\"\n}": {Result: "SFC_IC0003"},
	} {
		if got, err := scenario.ParseThen([]byte(src)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", src, got, err, want)
		}
	}
	for src, want := range map[string]string{
		"":                                    "then:1:1: then is empty; expected keys, indented under it: result, desc, raw_result, query_result, after, queue_timeout, reply, callback",
		`{"result":1033}`:                     `then:1:11: result "1033" is not a result code; expected ` + codes + "; did you mean 1032?",
		"{sequence: [1, 0]}":                  "then:1:1: a single request has no sequence; expected a result, and one then for each request",
		"{after: 2s..8s}":                     "then:1:2: there is nothing to draw a time from here; expected fixed durations such as 3s",
		"{callback: {delay: 1s..2s}}":         "then:1:2: there is nothing to draw a time from here; expected fixed durations such as 3s",
		"{reply: {slow_body: 1s..2s}}":        "then:1:2: there is nothing to draw a time from here; expected fixed durations such as 3s",
		"{result: 0, reply: {page: waf_403}}": "then:1:2: reply refuses the request, so result has no effect; expected accepted: true in reply, or one of the two",
	} {
		if _, err := scenario.ParseThen([]byte(src)); err == nil || err.Error() != want {
			t.Errorf("%s:\n got %v\nwant %s", src, err, want)
		}
	}
}

// BenchmarkDecide is what a rule costs every request.
func BenchmarkDecide(b *testing.B) {
	for name, src := range map[string]string{
		"first":  "rules: [{then: {result: 0}}]",
		"draws":  "rules: [{chance: 0.5, then: {after: 1s..2s}}]",
		"where":  "rules: [{when: {where: amount > 1000 && time.hour > 8}, then: {result: 0}}]",
		"body":   "rules: [{when: {where: body.TransactionDesc == 'x'}, then: {result: 0}}]",
		"twenty": "rules: [" + strings.Repeat("{when: {phone: '254711*', reference: 'A-*'}, then: {result: 0}},", 20) + "]",
	} {
		b.Run(name, func(b *testing.B) {
			d := mustParse(b, strings.Replace(src, ",]", "]", 1)).Setup().Decider
			r := push(nil)
			b.ReportAllocs()
			for b.Loop() {
				d.Decide(r)
			}
		})
	}
}
