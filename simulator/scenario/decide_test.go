package scenario_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// push is a request that no test condition is against.
func push(change func(*simulator.Request)) simulator.Request {
	r := simulator.Request{API: simulator.APISTKPush, Phone: daraja.SandboxMSISDN, Amount: 150 * daraja.Shilling, Reference: "INV-1", Shortcode: "174379"}
	if change != nil {
		change(&r)
	}
	return r
}

func mustParse(t interface{ Fatal(...any) }, src string) *scenario.Scenario {
	s, err := scenario.Parse("test.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhenMatches(t *testing.T) {
	amount := func(m daraja.Money) func(*simulator.Request) {
		return func(r *simulator.Request) { r.Amount = m }
	}
	for _, c := range []struct {
		when   string
		change func(*simulator.Request)
		want   bool
	}{
		{"{}", nil, true},
		{"{api: stkpush}", nil, true},
		{"{}", func(r *simulator.Request) { r.API = simulator.APISTKQuery }, false},
		{`{phone: "254708374149"}`, nil, true},
		{"{phone: 254708374149}", nil, true},
		{"{phone: 0708374149}", nil, true},
		{"{phone: 708374149}", nil, true},
		{`{phone: "+254 708-374-149"}`, nil, true},
		{`{phone: "254708374148"}`, nil, false},
		{`{phone: "2547083*"}`, nil, true},
		{`{phone: "07083*"}`, nil, true},
		{`{phone: "+2547083*"}`, nil, true},
		{`{phone: "*149"}`, nil, true},
		{`{phone: "2*4*149"}`, nil, true},
		{`{phone: "*"}`, nil, true},
		{`{phone: "2547083*148"}`, nil, false},
		{`{phone: "*149*149"}`, nil, false},
		{"{amount: 150}", nil, true},
		{`{amount: "150.00"}`, nil, true},
		{"{amount: 151}", nil, false},
		{`{amount: "< 150"}`, nil, false},
		{`{amount: "< 150"}`, amount(149_99), true},
		{`{amount: "<150.01"}`, nil, true},
		{`{amount: "<= 150"}`, nil, true},
		{`{amount: "<= 150"}`, amount(150_01), false},
		{`{amount: "> 150"}`, nil, false},
		{`{amount: "> 150"}`, amount(150_01), true},
		{`{amount: ">= 150"}`, nil, true},
		{`{amount: ">= 150"}`, amount(149_99), false},
		{`{amount: "100..150"}`, nil, true},
		{`{amount: "150 .. 200"}`, nil, true},
		{`{amount: "100..149.99"}`, nil, false},
		{"{reference: INV-1}", nil, true},
		{"{reference: inv-1}", nil, false},
		{`{reference: "INV-*"}`, nil, true},
		{`{reference: "*-*"}`, nil, true},
		{`{reference: "INV*1*1"}`, nil, false},
		{"{shortcode: 174379}", nil, true},
		{`{shortcode: "600000"}`, nil, false},
		{"{phone: 254708374149, amount: 150, reference: INV-1, shortcode: 174379}", nil, true},
		{"{phone: 254708374149, amount: 150, reference: INV-1, shortcode: 174378}", nil, false},
	} {
		src := "rules: [{when: " + c.when + ", then: {result: 1032}}]"
		if _, got := mustParse(t, src).Setup().Decider.Decide(push(c.change)); got != c.want {
			t.Errorf("%s matches: %v, want %v", c.when, got, c.want)
		}
	}
}

func TestThenSaysAll(t *testing.T) {
	after := 3 * time.Second
	whole := simulator.Outcome{Result: "1032", Desc: "Request Cancelled by user.", After: &after,
		Callback: simulator.CallbackPlan{Delay: 5 * time.Second, Copies: 2, Gap: time.Second}}
	for _, c := range []struct {
		then string
		want []simulator.Outcome
	}{
		{"{result: 0}", []simulator.Outcome{{Result: "0"}, {Result: "0"}}},
		{`{result: "1032"}`, []simulator.Outcome{{Result: "1032"}}},
		{"{result: SFC_IC0003}", []simulator.Outcome{{Result: "SFC_IC0003"}}},
		{"{result: 1032, desc: Request Cancelled by user., after: 3s, callback: {delay: 5s, copies: 2, gap: 1s}}", []simulator.Outcome{whole}},
		{"{callback: {drop: true}}", []simulator.Outcome{{Callback: simulator.CallbackPlan{Drop: true}}}},
		{"{callback: {drop: false, copies: 3}}", []simulator.Outcome{{Callback: simulator.CallbackPlan{Copies: 3}}}},
		{"{result: 0, callback: {reuse_receipt_of: previous}}", []simulator.Outcome{{Result: "0", Callback: simulator.CallbackPlan{ReuseReceipt: true}}}},
		{"{sequence: [4005, {result: 0}]}", []simulator.Outcome{{Result: "4005"}, {Result: "0"}, {Result: "0"}}},
		{"{after: 3s, callback: {copies: 2}, sequence: [1, {result: 0, callback: {drop: true}}]}", []simulator.Outcome{
			{Result: "1", After: &after, Callback: simulator.CallbackPlan{Copies: 2}},
			{Result: "0", After: &after, Callback: simulator.CallbackPlan{Drop: true}}}},
	} {
		d := mustParse(t, "rules: [{then: "+c.then+"}]").Setup().Decider
		for i, want := range c.want {
			if got, ok := d.Decide(push(nil)); !ok || !reflect.DeepEqual(got, want) {
				t.Errorf("%s, time %d: %+v, %v; want %+v", c.then, i+1, got, ok, want)
			}
		}
	}
}

func TestWorld(t *testing.T) {
	s := mustParse(t, `
name: poor Jane
description: not enough
world:
  settings: {pending_query: 500, think_time: 1s, callback_amount: 1.00, same_amount_guard: on}
  customers:
    - {phone: 0708374149, balance: 20.50, pin: "0123", name: Jane Wanjiku}
    - {phone: "254110000001"}
`)
	setup := s.Setup()
	balance := daraja.Money(20_50)
	if want := []simulator.CustomerSetup{{Phone: daraja.SandboxMSISDN, Name: "Jane Wanjiku", PIN: "0123", Balance: &balance}, {Phone: "254110000001"}}; !reflect.DeepEqual(setup.Customers, want) {
		t.Errorf("customers %+v, want %+v", setup.Customers, want)
	}
	if want := map[string]string{"pending_query": "500", "think_time": "1s", "callback_amount": "1.00", "same_amount_guard": "on"}; !reflect.DeepEqual(setup.Settings, want) {
		t.Errorf("settings %v, want %v", setup.Settings, want)
	}
	if setup.Decider != nil {
		t.Error("a scenario without rules has a decider")
	}
	if s.Name != "poor Jane" || s.Description != "not enough" || !strings.Contains(string(s.Source), "poor Jane") {
		t.Errorf("name %q, description %q", s.Name, s.Description)
	}
}

func TestNameIsTheFilesWithoutOne(t *testing.T) {
	for file, want := range map[string]string{"some/where/flaky.yaml": "flaky", "x.yml": "x", "": "scenario", "plain": "plain"} {
		s, err := scenario.Parse(file, []byte("rules: [{then: {result: 0}}]"))
		if err != nil || s.Name != want {
			t.Errorf("%q is called %q (%v), want %q", file, s.Name, err, want)
		}
	}
}

func TestEachSetupBeginsAnew(t *testing.T) {
	s := mustParse(t, "rules: [{times: 2, then: {sequence: [1032, 0]}}]")
	for range 3 {
		d := s.Setup().Decider
		var got []string
		for range 3 {
			out, ok := d.Decide(push(nil))
			got = append(got, fmt.Sprintf("%s %v", out.Result, ok))
		}
		if want := "1032 true,0 true, false"; strings.Join(got, ",") != want {
			t.Errorf("decisions %v, want %s", got, want)
		}
	}
}

// TestFirstMatchWins holds the decider against a naive reading of the language: go
// through the history of the rule each time, count nothing.
func TestFirstMatchWins(t *testing.T) {
	type naive struct {
		min, max, times int
		reference       string
		codes           []string
	}
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) naive {
			low := rapid.IntRange(1, 5).Draw(t, "min")
			return naive{low, rapid.IntRange(low, 6).Draw(t, "max"), rapid.IntRange(0, 3).Draw(t, "times"),
				rapid.SampledFrom([]string{"", "A", "B"}).Draw(t, "reference"),
				rapid.SliceOfN(rapid.SampledFrom([]string{"0", "1", "1032", "2001", "4005"}), 1, 4).Draw(t, "codes")}
		}), 1, 6).Draw(t, "rules")
		var src strings.Builder
		src.WriteString("rules:\n")
		for _, r := range rules {
			fmt.Fprintf(&src, "  - when: {amount: %q", fmt.Sprintf("%d..%d", r.min, r.max))
			if r.reference != "" {
				fmt.Fprintf(&src, ", reference: %s", r.reference)
			}
			src.WriteString("}\n")
			if r.times > 0 {
				fmt.Fprintf(&src, "    times: %d\n", r.times)
			}
			fmt.Fprintf(&src, "    then: {sequence: [%s]}\n", strings.Join(r.codes, ", "))
		}
		d := mustParse(t, src.String()).Setup().Decider

		var decidedBy []int
		for range rapid.IntRange(1, 30).Draw(t, "pushes") {
			amount := rapid.IntRange(1, 7).Draw(t, "amount")
			reference := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(t, "ref")
			want, wantOK := "", false
			for i, r := range rules {
				before := 0
				for _, by := range decidedBy {
					if by == i {
						before++
					}
				}
				if amount < r.min || amount > r.max || (r.reference != "" && r.reference != reference) || (r.times > 0 && before >= r.times) {
					continue
				}
				want, wantOK = r.codes[min(before, len(r.codes)-1)], true
				decidedBy = append(decidedBy, i)
				break
			}
			out, ok := d.Decide(push(func(r *simulator.Request) {
				r.Amount, r.Reference = daraja.Money(amount)*daraja.Shilling, reference
			}))
			if ok != wantOK || string(out.Result) != want {
				t.Fatalf("amount %d, reference %s: %q %v, want %q %v\n%s", amount, reference, out.Result, ok, want, wantOK, src.String())
			}
		}
	})
}
