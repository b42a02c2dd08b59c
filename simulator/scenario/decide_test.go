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
	"github.com/darajabox/darajabox/simulator/product/stk"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// push is a request that no test condition is against.
func push(change func(*simulator.Request)) simulator.Request {
	r := simulator.Request{
		API: stk.APIPush, Phone: daraja.SandboxMSISDN, Amount: 150 * daraja.Shilling, Reference: "INV-1", Shortcode: "174379",
		Header: map[string][]string{"User-Agent": {"curl/8.1"}}, Body: []byte(`{"Amount":"150","TransactionDesc":"Rent"}`),
		Attempt: 2, At: time.Date(2026, time.November, 24, 20, 30, 0, 0, time.UTC),
	}
	if change != nil {
		change(&r)
	}
	return r
}

// decided asks for r and lets what it meets come about.
func decided(d simulator.Decider, r simulator.Request) (simulator.Outcome, bool) {
	o, ok := d.Decide(r)
	if ok {
		d.Consume(r, o)
	}
	return o, ok
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
		{"{}", func(r *simulator.Request) { r.API = stk.APIQuery }, false},
		{"{}", func(r *simulator.Request) { r.API = simulator.APIUnknown }, false},
		{"{phone: [0711*, 0708374149]}", nil, true},
		{"{phone: [0711*, 0712*]}", nil, false},
		{"{reference: [A, INV-1]}", nil, true},
		{"{reference: [A, B]}", nil, false},
		{"{shortcode: [600000, 174379]}", nil, true},
		{`{header: {user-agent: "*curl*"}}`, nil, true},
		{`{header: {User-Agent: "curl/8.1"}}`, nil, true},
		{`{header: {User-Agent: curl}}`, nil, false},
		{`{header: {User-Agent: "*curl*", X-Trace: "*"}}`, nil, false},
		{`{not: {header: {X-Trace: "*"}}}`, nil, true},
		{"{attempt: 2}", nil, true},
		{"{attempt: 1}", nil, false},
		{`{attempt: "> 1"}`, nil, true},
		{`{attempt: "< 2"}`, nil, false},
		{`{attempt: "2..4"}`, nil, true},
		{`{attempt: "3..4"}`, nil, false},
		{`{not: {amount: 150}}`, nil, false},
		{`{not: {amount: 151}}`, nil, true},
		{`{not: {amount: 150, reference: X}}`, nil, true},
		{`{not: {api: oauth}}`, nil, true},
		{`{where: amount == 150 and reference startsWith 'INV'}`, nil, true},
		{`{where: amount == 149.99}`, amount(149_99), true},
		{`{where: phone endsWith '149' && shortcode == '174379' && attempt == 2}`, nil, true},
		{`{where: api == 'stkpush' && checkout_request_id == ''}`, nil, true},
		{`{where: "headers['User-Agent'] contains 'curl'"}`, nil, true},
		{`{where: "headers['X-Trace'] == ''"}`, nil, true},
		{`{where: body.TransactionDesc == 'Rent'}`, nil, true},
		{`{where: int(body.Amount) > 100}`, nil, true},
		{`{where: body.Nothing.deeper > 100}`, nil, false},
		{`{where: body.TransactionDesc > 100}`, nil, false},
		{`{where: body.TransactionDesc == 'Rent'}`, func(r *simulator.Request) { r.Body = []byte("no JSON") }, false},
		{`{where: time.hour == 23 && time.minute == 30 && time.weekday == 'Tuesday' && time.day == 24 && time.month == 11}`, nil, true},
		{`{where: 'any(1..9000, # == attempt)'}`, nil, true},
		{`{where: 'any(1..90000, # == attempt)'}`, nil, false},
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
	fault := func(e daraja.Error, message string) *daraja.Error {
		if message != "" {
			e.Message = message
		}
		return &e
	}
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
		{"{result: 0, callback: {reuse_receipt_of: previous}}", []simulator.Outcome{{Result: "0", Callback: simulator.CallbackPlan{Faults: simulator.Faults{"reuse_receipt_of": "previous"}}}}},
		{"{sequence: [4005, {result: 0}]}", []simulator.Outcome{{Result: "4005"}, {Result: "0"}, {Result: "0"}}},
		{"{reply: {error: 500.003.02}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Error: fault(daraja.ErrBusy(), "")}}}},
		{`{reply: {error: {code: 500.003.02, message: "Error Occurred: Spike Arrest Violation"}}}`, []simulator.Outcome{{Reply: simulator.ReplyFaults{Error: fault(daraja.ErrSpikeArrest(), "")}}}},
		{"{reply: {error: {code: 400.002.02, message: Bad Request - Invalid PhoneNumber}}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Error: fault(daraja.ErrInvalidField("PhoneNumber"), "")}}}},
		{"{reply: {error: {code: 405.001}}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Error: fault(daraja.ErrMethodNotAllowed("GET"), "")}}}},
		{"{reply: {error: {code: 405.001, message: PUT Method Not Allowed}}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Error: fault(daraja.ErrMethodNotAllowed("PUT"), "")}}}},
		{"{result: 0, reply: {error: 500.003.1001, accepted: true}}", []simulator.Outcome{{Result: "0", Reply: simulator.ReplyFaults{Error: fault(daraja.ErrInternal(), ""), Accepted: true}}}},
		{"{reply: {page: spike_arrest, latency: 2s, slow_body: 3s}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Page: simulator.PageSpikeArrest, Latency: 2 * time.Second, SlowBody: 3 * time.Second}}}},
		{"{reply: {revoke_token: true}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{RevokeToken: true}}}},
		{"{reply: {page: waf_403, damage: truncated}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Page: simulator.PageWAF403, Damage: simulator.DamageTruncated}}}},
		{"{result: 0, reply: {damage: reset}}", []simulator.Outcome{{Result: "0", Reply: simulator.ReplyFaults{Damage: simulator.DamageReset}}}},
		{"{reply: {damage: reset, accepted: false}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Damage: simulator.DamageReset, Error: fault(daraja.ErrInternal(), "")}}}},
		{"{callback: {before_ack: true}}", []simulator.Outcome{{Callback: simulator.CallbackPlan{BeforeAck: true}}}},
		{"{callback: {reorder: 2, delay: 1s}}", []simulator.Outcome{{Callback: simulator.CallbackPlan{Reorder: 2, Delay: time.Second}}}},
		{"{callback: {amount: 5, phone: 0711000111, unknown_id: true, slow_body: 4s}}", []simulator.Outcome{{Callback: simulator.CallbackPlan{Faults: simulator.Faults{"amount": "5.00", "phone": "254711000111", "unknown_id": "true"}, SlowBody: 4 * time.Second}}}},
		{"{callback: {malformed: true, copies: 2}}", []simulator.Outcome{{Callback: simulator.CallbackPlan{Malformed: true, Copies: 2}}}},
		{"{callback: {reset: true}}", []simulator.Outcome{{Callback: simulator.CallbackPlan{Reset: true}}}},
		{"{raw_result: {code: 1101, desc: Too long}, callback: {copies: 2}}", []simulator.Outcome{{Result: "1101", Desc: "Too long", Raw: true, Callback: simulator.CallbackPlan{Copies: 2}}}},
		{"{raw_result: {code: 1032, desc: \"\"}}", []simulator.Outcome{{Result: "1032", Raw: true}}},
		{"{raw_result: {code: 1032}}", []simulator.Outcome{{Result: "1032", Desc: "Request cancelled by user", Raw: true}}},
		{"{query_result: {code: TP40153, desc: x}, sequence: [0, {raw_result: {code: 7}, query_result: {code: 0}}]}", []simulator.Outcome{
			{Result: "0", Query: &simulator.QueryResult{Result: "TP40153", Desc: "x"}},
			{Result: "7", Raw: true, Query: &simulator.QueryResult{Result: "0", Desc: "The service request is processed successfully."}}}},
		{"{reply: {raw_error: {code: 500.001.1001, status: 200}}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Error: &daraja.Error{Status: 200, Code: "500.001.1001"}}}}},
		{"{reply: {raw_error: {code: \"\", message: \" x\"}, accepted: true}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Error: &daraja.Error{Status: 500, Message: " x"}, Accepted: true}}}},
		{"{reply: {raw: {status: 404}}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{Raw: &simulator.RawReply{Status: 404}}}}},
		{"{reply: {raw: {headers: {x-Id: 7}, body: \" <html>\"}, damage: truncated}}", []simulator.Outcome{{Reply: simulator.ReplyFaults{
			Raw: &simulator.RawReply{Status: 200, Header: []simulator.Header{{Name: "x-Id", Value: "7"}}, Body: " <html>"}, Damage: simulator.DamageTruncated}}}},
		{"{callback: {raw: {headers: {Content-Type: \"\"}}}}", []simulator.Outcome{{Callback: simulator.CallbackPlan{Raw: &simulator.RawCallback{Header: []simulator.Header{{Name: "Content-Type"}}}}}}},
		{"{callback: {raw: {body: \"\"}}}", []simulator.Outcome{{Callback: simulator.CallbackPlan{Raw: &simulator.RawCallback{Body: new(string)}}}}},
		{"{reply: {latency: 1s}, sequence: [1, {result: 0, reply: {latency: 2s}}]}", []simulator.Outcome{
			{Result: "1", Reply: simulator.ReplyFaults{Latency: time.Second}}, {Result: "0", Reply: simulator.ReplyFaults{Latency: 2 * time.Second}}}},
		{"{after: 3s, callback: {copies: 2}, sequence: [1, {result: 0, callback: {drop: true}}]}", []simulator.Outcome{
			{Result: "1", After: &after, Callback: simulator.CallbackPlan{Copies: 2}},
			{Result: "0", After: &after, Callback: simulator.CallbackPlan{Drop: true}}}},
	} {
		d := mustParse(t, "rules: [{then: "+c.then+"}]").Setup().Decider
		for i, want := range c.want {
			want.Rule, want.By = 1, "rule 1 of test"
			if got, ok := decided(d, push(nil)); !ok || !reflect.DeepEqual(got, want) {
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
  seed: 7
  clock: {at: 2026-11-24T12:00:00+03:00, speed: 2.5}
  organisations:
    - {shortcode: 600100, name: Duka, till: "600101", passkey: abc, balance: 10, working: 20, charges_paid: 7.50, max_payment: 50, daily_limit: 100}
    - {shortcode: 174379, initiators: [{name: payouts, password: "0123", roles: ORG B2C API Initiator}, {name: all, password: x, expires: 2026-11-24T12:00:00+03:00}]}
  settings: {pending_query: 500, think_time: 1s, callback_amount: 1.00, same_amount_guard: on}
  customers:
    - {phone: 0708374149, balance: 20.50, pin: "0123", name: Jane Wanjiku}
    - {phone: "254110000001", off: true, registered: false}
`)
	setup := s.Setup()
	balance := daraja.Money(20_50)
	if want := []simulator.CustomerSetup{{Phone: daraja.SandboxMSISDN, Name: "Jane Wanjiku", PIN: "0123", Balance: &balance}, {Phone: "254110000001", Off: true, Unregistered: true}}; !reflect.DeepEqual(setup.Customers, want) {
		t.Errorf("customers %+v, want %+v", setup.Customers, want)
	}
	if want := map[string]string{"pending_query": "500", "think_time": "1s", "callback_amount": "1.00", "same_amount_guard": "on"}; !reflect.DeepEqual(setup.Settings, want) {
		t.Errorf("settings %v, want %v", setup.Settings, want)
	}
	ten := daraja.Money(10_00)
	if want := []simulator.OrganisationSetup{
		{Organisation: simulator.Organisation{Shortcode: "600100", Name: "Duka", Till: "600101", Passkey: "abc", Limits: simulator.Limits{MaxPayment: 50_00, Daily: 100_00}}, Balance: &ten,
			Accounts: map[simulator.AccountKind]daraja.Money{simulator.AccountWorking: 20_00, simulator.AccountChargesPaid: -7_50}},
		{Organisation: simulator.Organisation{Shortcode: "174379", Initiators: []simulator.Initiator{
			{Name: "payouts", Password: "0123", Roles: []simulator.Role{simulator.RoleB2C}}, {Name: "all", Password: "x", Expires: setup.Organisations[1].Initiators[1].Expires},
		}}},
	}; !reflect.DeepEqual(setup.Organisations, want) {
		t.Errorf("organisations %+v, want %+v", setup.Organisations, want)
	}
	if at := setup.Organisations[1].Initiators[1].Expires; !at.Equal(time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("the password expires at %s", at)
	}
	if setup.Seed == nil || *setup.Seed != 7 {
		t.Errorf("seed %v, want 7", setup.Seed)
	}
	if c, at := s.Clock(), time.Date(2026, time.November, 24, 9, 0, 0, 0, time.UTC); c == nil || c.Frozen || c.Speed != 2.5 || !c.At.Equal(at) {
		t.Errorf("clock %+v", c)
	}
	if c := mustParse(t, "world: {clock: {frozen: true}}").Clock(); c == nil || !c.Frozen {
		t.Errorf("clock %+v, want one that is frozen", c)
	}
	if bare := mustParse(t, "world: {}"); bare.Clock() != nil || bare.Setup().Seed != nil {
		t.Error("a scenario that does not say so has a clock or a seed")
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

func TestEachSetupHasItsOwnCounters(t *testing.T) {
	s := mustParse(t, "rules: [{times: 2, then: {sequence: [1032, 0]}}]")
	for range 3 {
		d := s.Setup().Decider
		var got []string
		for range 3 {
			out, ok := decided(d, push(nil))
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
			out, ok := decided(d, push(func(r *simulator.Request) {
				r.Amount, r.Reference = daraja.Money(amount)*daraja.Shilling, reference
			}))
			if ok != wantOK || string(out.Result) != want {
				t.Fatalf("amount %d, reference %s: %q %v, want %q %v\n%s", amount, reference, out.Result, ok, want, wantOK, src.String())
			}
		}
	})
}
