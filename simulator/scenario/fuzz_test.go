package scenario_test

import (
	"errors"
	"reflect"
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

// FuzzParse: whatever comes in, there is an answer in one line or a scenario whose
// decisions are all in the catalogue, and neither takes long.
func FuzzParse(f *testing.F) {
	for _, name := range scenarios.Names() {
		src, err := scenarios.Read(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	for _, b := range badFiles() {
		if len(b.yaml) < 1000 {
			f.Add(b.source())
		}
	}
	for _, src := range goodFiles() {
		f.Add([]byte(src))
	}
	f.Add([]byte("include: [self, kind, self]\nrules: [{then: {result: 0}}]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		begin := time.Now()
		s, err := scenario.ParseWith("fuzz.yaml", src, func(from, name string) (string, []byte, error) {
			if name == "self" {
				return from + "'", src, nil // another file each time, so that it is no circle
			}
			return scenarios.Load(from, name)
		})
		if took := time.Since(begin); took > 5*time.Second {
			t.Fatalf("parsing took %v", took)
		}
		if err != nil {
			checkMistake(t, src, err)
			return
		}
		setup := s.Setup()
		if err := all.Catalogue().CheckSettings(setup.Settings); err != nil {
			t.Fatal(err)
		}
		if setup.Decider != nil {
			begin = time.Now()
			checkDecisions(t, setup.Decider)
			if took := time.Since(begin); took > 5*time.Second {
				t.Fatalf("deciding took %v", took)
			}
		}
		_, _ = scenario.ParseThen(src)
	})
}

// checkMistake: one line, at a place that there is.
func checkMistake(t *testing.T, src []byte, err error) {
	t.Helper()
	var e *scenario.Error
	lines := strings.Count(string(src), "\n") + strings.Count(string(src), "\r") + 1
	switch {
	case !errors.As(err, &e), e.Line < 1, e.Column < 1, strings.ContainsAny(e.Error(), "\n\r"):
		t.Fatalf("no place or more than one line: %q", err)
	case strings.HasPrefix(e.File, "fuzz.yaml") && e.Line > lines:
		t.Fatalf("line %d of %d: %q", e.Line, lines, err)
	}
}

func checkDecisions(t *testing.T, d simulator.Decider) {
	t.Helper()
	for i, api := range []simulator.API{stk.APIPush, stk.APIPush, stk.APIQuery, oauth.API, stk.APIPush} {
		r := simulator.Request{
			API: api, Phone: daraja.SandboxMSISDN, Amount: []daraja.Money{0, daraja.Shilling, daraja.MaxPayment}[i%3], Reference: "INV-1", Shortcode: "174379",
			Header: map[string][]string{"User-Agent": {"curl"}, "Empty": nil}, Body: []byte(`{"Amount":"150","list":[1,2,3]}`),
			Attempt: i, Draw: uint64(i) * 0x9e3779b97f4a7c15, At: time.Unix(int64(i), 0),
		}
		again := d.Clone()
		o, ok := decided(d, r)
		if p, ok2 := again.Decide(r); ok != ok2 || o.Rule != p.Rule || o.Result != p.Result || o.Callback.Delay != p.Callback.Delay {
			t.Fatalf("%+v, and again %+v", o, p)
		}
		if !ok {
			continue
		}
		if _, known := daraja.LookupResult(o.Result); o.Result != "" && !o.Raw && (!known || o.Result == daraja.ResultProcessing) {
			t.Fatalf("decided on %q", o.Result)
		}
		if c := o.Callback; c.Drop && !reflect.DeepEqual(c, simulator.CallbackPlan{Drop: true}) {
			t.Fatalf("dropped and more: %+v", c)
		}
		if api != stk.APIPush && (o.Result != "" || o.After != nil || !reflect.ValueOf(o.Callback).IsZero()) {
			t.Fatalf("%s has %+v", api, o)
		}
		if o.By == "" || o.Rule < 1 || o.Callback.Delay < 0 || o.Reply.Latency < 0 {
			t.Fatalf("decided %+v", o)
		}
	}
}
