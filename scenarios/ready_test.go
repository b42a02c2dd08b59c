package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// begin is when a scenario is loaded in these tests: nine in the morning.
func begin() time.Time { return time.Date(2026, time.November, 24, 9, 0, 0, 0, daraja.EAT()) }

// request is what a scenario is tried with.
type request struct {
	api     simulator.API // "" is a push
	phone   daraja.MSISDN
	amount  int           // shillings; 0 is 150
	attempt int           // 0 is 1
	at      time.Duration // since begin
	header  map[string][]string
}

func (r request) full() simulator.Request {
	out := simulator.Request{
		API: r.api, Phone: r.phone, Amount: daraja.Money(r.amount) * daraja.Shilling, Reference: "INV-1", Shortcode: daraja.SandboxShortcode,
		Header: r.header, Attempt: max(r.attempt, 1), At: begin().Add(r.at), Since: r.at, Draw: uint64(r.at) + 1,
	}
	if out.API == "" {
		out.API = stk.APIPush
	}
	if out.Phone == "" {
		out.Phone = "254711000999"
	}
	if out.Amount == 0 {
		out.Amount = 150 * daraja.Shilling
	}
	if out.API == oauth.API {
		out.Phone, out.Amount, out.Reference, out.Shortcode = "", 0, "", ""
	}
	return out
}

// describe is an outcome in a line, "-" where no rule decides.
func describe(o simulator.Outcome, ok bool) string {
	if !ok {
		return "-"
	}
	var parts []string
	add := func(when bool, format string, args ...any) {
		if when {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(o.Result != "", "result %s", o.Result)
	add(o.Raw, "raw text %.40s", o.Desc)
	if o.After != nil {
		add(true, "after %s", *o.After)
	}
	if r := o.Reply; r.Error != nil {
		add(true, "%s %s", r.Error.Code, r.Error.Message)
	}
	r, c := o.Reply, o.Callback
	add(r.Page != "", "page %s", r.Page)
	if r.Raw != nil {
		add(true, "raw %d %v", r.Raw.Status, r.Raw.Header)
	}
	add(r.Accepted, "accepted")
	add(r.RevokeToken, "token revoked")
	add(r.Latency > 0, "latency %s", r.Latency)
	add(r.Damage != "", "answer %s", r.Damage)
	add(c.Delay > 0, "callback delay %s", c.Delay)
	add(c.Copies > 0, "copies %d gap %s", c.Copies, c.Gap)
	add(c.Drop, "callback dropped")
	add(c.BeforeAck, "callback first")
	add(c.Reorder > 0, "reorder %d", c.Reorder)
	add(c.Faults.Has("reuse_receipt_of"), "receipt of the one before")
	add(c.Faults.Has("amount"), "callback amount %s", c.Faults["amount"])
	add(c.Faults.Has("phone"), "callback phone %s", c.Faults["phone"])
	add(c.Faults.Has("unknown_id"), "callback unknown id")
	add(c.Malformed, "callback malformed")
	if c.Raw != nil && c.Raw.Body != nil {
		add(true, "callback body %s", *c.Raw.Body)
	}
	add(c.Reset, "callback reset")
	add(c.SlowBody > 0, "callback body over %s", c.SlowBody)
	return strings.Join(parts, ", ")
}

// ready is what a ready scenario does, request by request.
type ready struct {
	requests []request
	want     []string
}

func pushes(n int) []request { return make([]request, n) }

func readyTable() map[string]ready {
	const query, oauth = stk.APIQuery, oauth.API
	const internal, maintenance = "500.003.1001 Internal Server Error", "500.002.1001 Service is currently under maintenance. Please try again later"
	const product = "401.003.01 Error Occurred - Invalid Access Token - Invalid API call as no apiproduct match found"
	json := map[string][]string{"Content-Type": {"application/json; charset=utf-8"}}
	form := map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}
	twoThenOne := []request{{attempt: 1}, {attempt: 2}, {attempt: 3}}
	return map[string]ready{
		"broken-callback":        {pushes(1), []string{"result 0, after 2s, callback reset"}},
		"busy":                   {twoThenOne, []string{"500.003.02 System is busy. Please try again in few minutes.", "500.003.02 System is busy. Please try again in few minutes.", "result 0, after 2s"}},
		"callback-first":         {pushes(1), []string{"result 0, callback first"}},
		"callbacks-out-of-order": {pushes(1), []string{"result 0, after 1s, reorder 2"}},
		"cancelled":              {pushes(2), []string{"result 1032, after 3s", "result 1032, after 3s"}},
		"daily-limit":            {[]request{{amount: 99_999}, {amount: 100_000}}, []string{"-", "result 4, after 3s"}},
		"doubled-callback":       {pushes(1), []string{"result 0, after 2s, copies 2 gap 1s"}},
		"expired":                {pushes(1), []string{"result 1019, after 3m0s"}},
		"firewall": {[]request{{api: oauth, at: 1}, {api: oauth, at: 3}, {at: 20*time.Second - 1}, {api: query, at: 20 * time.Second}, {at: 20 * time.Second}},
			[]string{"page waf_403|page waf_503", "page waf_403|page waf_503", "page waf_403|page waf_503", "-", "-"}},
		"flaky-customer":       {pushes(4), []string{"result 1032, after 2s", "result 2001, after 3s", "result 0, after 2s", "result 0, after 2s"}},
		"flaky-query":          {[]request{{}, {api: oauth}}, []string{"-", "-"}},
		"form-encoded":         {[]request{{header: json}, {header: form}, {}}, []string{"-", "400.002.02 Bad Request - Invalid BusinessShortCode", "400.002.02 Bad Request - Invalid BusinessShortCode"}},
		"ignored-prompt":       {pushes(1), []string{"result 1037, after 1m0s"}},
		"insufficient-balance": {pushes(1), []string{"result 1, after 3s"}},
		"late-callback":        {pushes(1), []string{"result 0, after 2s, callback delay 45s"}},
		"lost-answer":          {twoThenOne[:2], []string{"result 0, after 5s, answer reset", "-"}},
		"lost-callback":        {pushes(1), []string{"result 0, after 2s, callback dropped"}},
		"lost-confirmation":    {[]request{{}, {api: "c2bsimulate"}}, []string{"-", "result 0, callback dropped"}},
		"maintenance":          {[]request{{}, {api: query, at: 59 * time.Second}, {api: oauth}, {at: time.Minute}}, []string{maintenance, maintenance, "-", "-"}},
		"malformed-answer":     {[]request{{}}, []string{"-"}},
		"malformed-callback":   {pushes(1), []string{"result 0, after 2s, callback malformed"}},
		"night-maintenance":    {[]request{{}, {at: 14*time.Hour + 59*time.Minute}, {at: 15 * time.Hour}, {at: 15*time.Hour + 59*time.Minute}, {at: 16 * time.Hour}}, []string{"-", "-", maintenance, maintenance, "-"}},
		"other-json":           {pushes(1), []string{"-"}},
		"outage":               {pushes(6), []string{"result 26, after 2s", internal, internal, internal, "result 0, after 3s, latency 5s", "-"}},
		"paid":                 {pushes(1), []string{"result 0, after 2s"}},
		"pending-as-500":       {pushes(1), []string{"-"}},
		"phone-busy":           {pushes(2), []string{"result 1001, after 1s", "result 0, after 2s"}},
		"phone-off":            {pushes(1), []string{"-"}},
		"pin-locked":           {pushes(1), []string{"result 8006, after 2s"}},
		"query-unreachable":    {[]request{{api: query, at: 29 * time.Second}, {}, {api: query, at: 30 * time.Second}}, []string{"500.001.1001 Service is currently unreachable", "result 0, after 2s, callback dropped", "-"}},
		"quota":                {pushes(11), append(slices.Repeat([]string{"-"}, 10), "500.003.03 Error Occurred: Quota Violation")},
		"redirected-callback":  {pushes(1), []string{"result 0, after 2s"}},
		"reused-receipt":       {pushes(3), []string{"result 0, after 1s", "result 0, after 1s, receipt of the one before", "result 0, after 1s, receipt of the one before"}},
		"same-amount-twice":    {pushes(1), []string{"-"}},
		"slow-answer":          {pushes(1), []string{"result 0, after 5s, latency 25s"}},
		"slow-callback":        {pushes(1), []string{"result 0, after 2s, callback body over 20s"}},
		"slow-network":         {[]request{{}, {api: oauth}}, []string{"after *, latency *, callback delay *", "latency *"}},
		"spike-arrest":         {append(pushes(6), request{api: query}, request{at: time.Second}), []string{"-", "-", "-", "-", "-", "page spike_arrest", "-", "-"}},
		"subscriber-locked":    {twoThenOne[:2], []string{"500.001.1001 Unable to lock subscriber, a transaction is already in process for the current subscriber", "result 0, after 2s"}},
		"system-error":         {pushes(1), []string{"result 9999, after 2s"}},
		"timeout-then-paid":    {pushes(2), []string{"result 4005, after 3s", "result 0, after 1s"}},
		"token-refused":        {twoThenOne[:2], []string{"404.001.03 Invalid Access Token", "result 0, after 2s"}},
		"token-revoked":        {[]request{{api: oauth}, {}, {api: query}, {api: query, attempt: 2}}, []string{"-", "-", "token revoked", "-"}},
		"truncated-answer":     {twoThenOne[:2], []string{"result 0, after 3s, answer truncated", "-"}},
		"unknown-checkout-id":  {pushes(1), []string{"result 0, after 2s, callback unknown id"}},
		"unreachable-phone":    {pushes(1), []string{"result 1037, after 3s"}},
		"wrong-amount":         {pushes(1), []string{"result 0, after 2s, callback amount 1.00"}},
		"wrong-credentials":    {pushes(1), []string{"500.001.1001 Wrong credentials"}},
		"wrong-key":            {[]request{{api: oauth}, {}}, []string{"page empty_400", "-"}},
		"wrong-phone":          {pushes(1), []string{"result 0, after 2s, callback phone 254711000111"}},
		"wrong-pin":            {pushes(1), []string{"result 2001, after 4s"}},

		"callback-without-body":   {pushes(1), []string{"result 0, after 2s, callback body ${Body}"}},
		"empty-404":               {pushes(2), []string{"raw 404 []", "raw 404 []"}},
		"gateway-timeout":         {twoThenOne[:2], []string{"result 0, after 5s, raw 504 [{Content-Type application/json}], accepted", "-"}},
		"html-with-200":           {[]request{{api: oauth}, {}, {api: oauth, attempt: 2}}, []string{"raw 200 [{Content-Type text/html}]", "-", "-"}},
		"pending-without-message": {pushes(1), []string{"-"}},
		"prompt-message-too-long": {pushes(1), []string{"result 1102, raw text [STK_CB - ]Invalid Input parameter, leng, after 2s"}},
		"prompt-prefix-too-long":  {pushes(1), []string{"result 1101, raw text [STK_CB - ]Invalid Input parameter 'Prom, after 2s"}},
		"soap-fault-json":         {append(slices.Clone(twoThenOne[:2]), request{api: "c2bsimulate"}), []string{"raw 500 []", "-", "raw 500 []"}},
		"soap-fault-xml":          {append(slices.Clone(twoThenOne[:2]), request{api: "c2bregister"}), []string{"raw 500 [{Content-Type text/xml}]", "-", "raw 500 [{Content-Type text/xml}]"}},
		"urls-already-registered": {[]request{{api: "c2bregister"}}, []string{"-"}},
		"wrong-product":           {[]request{{}, {api: "c2bregister"}, {api: "c2bsimulate"}}, []string{"-", product, product}},

		"kind":    {[]request{{}, {api: query}, {api: oauth}}, []string{"-", "-", "-"}},
		"sandbox": {[]request{{api: "unknown"}}, []string{"-"}}, // the rest is chance: see below
		"hostile": {[]request{{api: "unknown"}}, []string{"-"}},
	}
}

// TestEachDoesWhatItSays runs each ready scenario through its decider.
func TestEachDoesWhatItSays(t *testing.T) {
	table := readyTable()
	for _, name := range scenarios.Names() {
		c, known := table[name]
		if !known {
			t.Errorf("%s is in no row: say what it does", name)
			continue
		}
		s, err := scenarios.Parse(scenario.For(all.Catalogue()), name)
		if err != nil {
			t.Fatal(err)
		}
		d := s.Setup().Decider
		for i, r := range c.requests {
			got := "-"
			if d != nil {
				full := r.full()
				o, ok := d.Decide(full)
				if ok {
					d.Consume(full, o)
				}
				got = describe(o, ok)
			}
			if !like(got, c.want[i]) {
				t.Errorf("%s, request %d: %s, want %s", name, i+1, got, c.want[i])
			}
		}
	}
	if len(table) != len(scenarios.Names()) {
		t.Errorf("%d rows for %d scenarios", len(table), len(scenarios.Names()))
	}
}

// like reports whether got is one of the texts between | in want, where a * stands
// for a word.
func like(got, want string) bool {
	return slices.ContainsFunc(strings.Split(want, "|"), func(w string) bool {
		if !strings.Contains(w, "*") {
			return got == w
		}
		a, b := strings.Split(got, " "), strings.Split(w, " ")
		return slices.EqualFunc(a, b, func(x, y string) bool { return x == y || strings.HasPrefix(y, "*") })
	})
}

// TestSettingsOfReadyScenarios: those that work by the world and not by rules.
func TestSettingsOfReadyScenarios(t *testing.T) {
	for name, want := range map[string]string{
		"pending-as-500":          "map[pending_query:500 think_time:20s]",
		"pending-without-message": "map[pending_query:200 think_time:20s]",
		"same-amount-twice":       "map[same_amount_guard:on]",
		"urls-already-registered": "map[c2b_second_register:refused]",
		"other-json":              "map[callback_amount:1 callback_balance:absent checkout_id_millis:1 expires_in:number]",
		"sandbox":                 "map[checkout_id_millis:1 organisation_tariff:sandbox token_invalidation:on]",
	} {
		s, err := scenarios.Parse(scenario.For(all.Catalogue()), name)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(s.Setup().Settings); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	s, err := scenarios.Parse(scenario.For(all.Catalogue()), "phone-off")
	if err != nil {
		t.Fatal(err)
	}
	if c := s.Setup().Customers; len(c) != 1 || !c[0].Off || c[0].Phone != "254700111222" {
		t.Errorf("phone-off has %+v", c)
	}
}

// TestRatesOfReadyScenarios: what chance does, over many requests.
func TestRatesOfReadyScenarios(t *testing.T) {
	const n = 20_000
	const query, oauth = stk.APIQuery, oauth.API
	for _, c := range []struct {
		name      string
		r         request
		what      string // in the outcome
		low, high float64
	}{
		{"flaky-query", request{api: query}, "500.001.1001 ", 0.20, 0.22},
		{"malformed-answer", request{api: query}, "answer malformed", 0.48, 0.52},
		{"sandbox", request{api: query}, "500.001.1001 ", 0.21, 0.25},
		{"sandbox", request{api: query}, "waf", 0.01, 0.02},
		{"sandbox", request{api: oauth}, "waf", 0.015, 0.025},
		{"sandbox", request{}, "callback dropped", 0.085, 0.10},
		{"sandbox", request{}, "404.001.03", 0.025, 0.035},
		{"sandbox", request{}, "500.002.1001", 0.005, 0.015},
		{"sandbox", request{phone: daraja.SandboxMSISDN}, "result 1037, after 14s, callback delay 12s", 0.8, 0.85},
		{"sandbox", request{phone: daraja.SandboxMSISDN}, "result 1037, after 14s, callback dropped", 0.085, 0.10},
		{"hostile", request{}, "callback dropped", 0.04, 0.06},
		{"hostile", request{}, "copies 2", 0.05, 0.08},
		{"hostile", request{}, "-", 0.3, 0.45},
		{"hostile", request{api: query}, "-", 0.65, 0.75},
		{"hostile", request{api: oauth}, "-", 0.75, 0.85},
	} {
		s, err := scenarios.Parse(scenario.For(all.Catalogue()), c.name)
		if err != nil {
			t.Fatal(err)
		}
		d := s.Setup().Decider
		hits := 0
		for i := range n {
			r := c.r.full()
			r.Draw = uint64(i)
			if got := describe(d.Decide(r)); strings.Contains(got, c.what) && (c.what != "-" || got == "-") {
				hits++
			}
		}
		if rate := float64(hits) / n; rate < c.low || rate > c.high {
			t.Errorf("%s: %s in %.4f of requests, want %v to %v", c.name, c.what, rate, c.low, c.high)
		}
	}
}

// TestPresetsDoNotDependOnTheOrder: a preset gives the same trouble to parallel
// clients, so none of its rules may count.
func TestPresetsDoNotDependOnTheOrder(t *testing.T) {
	for _, name := range scenarios.Presets() {
		s, err := scenarios.Parse(scenario.For(all.Catalogue()), name)
		if err != nil {
			t.Fatal(err)
		}
		var all []simulator.Request
		for i := range 3000 {
			r := request{api: []simulator.API{"stkpush", "stkquery", "oauth"}[i%3], attempt: i / 100, at: time.Duration(i) * time.Millisecond}.full()
			r.Draw = uint64(i) * 7919
			all = append(all, r)
		}
		if s.Setup().Decider == nil {
			continue
		}
		run := func(order []simulator.Request) map[uint64]string {
			d, out := s.Setup().Decider, make(map[uint64]string)
			for _, r := range order {
				o, ok := d.Decide(r)
				if ok {
					d.Consume(r, o)
				}
				out[r.Draw] = describe(o, ok)
			}
			return out
		}
		there := run(all)
		slices.Reverse(all)
		for draw, got := range run(all) {
			if got != there[draw] {
				t.Fatalf("%s: %s in one order and %s in the other", name, there[draw], got)
			}
		}
	}
}

// TestHostileLetsACorrectClientSucceed: a client that tries again what was refused
// gets a token, a push carried out and an answer to a query, soon; and it hears of
// each payment by callback or query.
func TestHostileLetsACorrectClientSucceed(t *testing.T) {
	s, err := scenarios.Parse(scenario.For(all.Catalogue()), "hostile")
	if err != nil {
		t.Fatal(err)
	}
	d, draw := s.Setup().Decider, uint64(0)
	try := func(api simulator.API) (simulator.Outcome, int) {
		for tries := 1; ; tries++ {
			draw++
			r := request{api: api}.full()
			r.Draw = draw
			o, _ := d.Decide(r)
			lost := o.Reply.Damage != "" && api != stk.APIPush
			if (!o.Reply.Refuses() || o.Reply.Accepted) && !lost {
				return o, tries
			}
		}
	}
	worst := 0
	for range 2000 {
		for _, api := range []simulator.API{oauth.API, stk.APIPush, stk.APIQuery} {
			o, tries := try(api)
			worst = max(worst, tries)
			unheard := o.Callback.Drop || o.Callback.Malformed || o.Callback.Reset || o.Callback.Faults.Has("unknown_id")
			noID := o.Reply.Damage != "" || o.Reply.Page != ""
			if api == stk.APIPush && unheard && noID {
				t.Fatalf("a payment with neither an answer nor a callback: %+v", o)
			}
			if c := o.Callback; c.Faults.Has("amount") || c.Faults.Has("phone") || c.Faults.Has("reuse_receipt_of") {
				t.Fatalf("a callback that settles no payment: %+v", c)
			}
		}
	}
	if worst > 8 {
		t.Errorf("one request took %d tries", worst)
	}
}

func TestDescribe(t *testing.T) {
	all, err := scenarios.Describe(scenario.For(all.Catalogue()))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 30+len(scenarios.Presets()) {
		t.Errorf("there are %d", len(all))
	}
	for i, r := range all {
		if r.Name != scenarios.Names()[i] || r.Description == "" || len(r.Source) == 0 || r.Preset != slices.Contains([]string{"kind", "sandbox", "hostile"}, r.Name) {
			t.Errorf("%+v", r)
		}
	}
}
