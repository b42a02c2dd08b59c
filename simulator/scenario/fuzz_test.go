package scenario_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// FuzzParse: whatever comes in, there is an answer in one line or a scenario whose
// decisions are all in the catalogue.
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
	f.Fuzz(func(t *testing.T, src []byte) {
		s, err := scenario.Parse("fuzz.yaml", src)
		if err != nil {
			var e *scenario.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Col < 1 || e.Line > strings.Count(string(src), "\n")+strings.Count(string(src), "\r")+1 || strings.ContainsAny(e.Msg, "\n\r") {
				t.Fatalf("no place or more than one line: %q", err)
			}
			return
		}
		setup := s.Setup()
		if err := simulator.CheckSettings(setup.Settings); err != nil {
			t.Fatal(err)
		}
		if setup.Decider == nil {
			return
		}
		for _, amount := range []daraja.Money{0, daraja.Shilling, 1000 * daraja.Shilling, daraja.MaxPayment} {
			out, ok := setup.Decider.Decide(simulator.Request{API: simulator.APISTKPush, Phone: daraja.SandboxMSISDN, Amount: amount, Shortcode: "174379"})
			if _, known := daraja.LookupResult(out.Result); ok && out.Result != "" && (!known || out.Result == daraja.ResultProcessing) {
				t.Fatalf("decided on %q", out.Result)
			}
			if c := out.Callback; c.Drop && (c.Delay != 0 || c.Copies != 0 || c.Gap != 0 || c.ReuseReceipt) {
				t.Fatalf("dropped and more: %+v", c)
			}
		}
	})
}
