package simulator_test

import (
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
)

// sunk keeps callbacks.
type sunk struct{ all []simulator.Callback }

func (s *sunk) ScheduleDelivery(c simulator.Callback) { s.all = append(s.all, c) }

// An operation with EndPrompt gets what the person made of the prompt, and says how it ends;
// the wallet pays nothing.
func TestEndPrompt(t *testing.T) {
	tests := []struct {
		name    string
		queued  daraja.ResultCode
		balance daraja.Money
		got     daraja.ResultCode // by EndPrompt
		forced  bool
		ends    daraja.ResultCode
	}{
		{"agrees", "", daraja.Shilling, "0", false, "26"},
		{"needs no money in the wallet", "", 0, "0", false, "26"},
		{"decided success", "0", daraja.Shilling, "0", true, "26"},
		{"decided failure", "1032", daraja.Shilling, "1032", true, "1032"},
	}
	for _, tt := range tests {
		var got simulator.PromptResult
		var forced bool
		var data any
		product := simulator.Product{
			Name: "agreeing", Results: daraja.Results(),
			Operations: []simulator.Operation{
				{API: "agree", Method: "POST", Path: "/agree", NoToken: true, StartsPayment: true, Execute: func(l *simulator.Locked, x *simulator.Exchange) (any, error) {
					p := simulator.Prompt{API: x.API, ID: "p", RequestID: "r", Phone: daraja.SandboxMSISDN, Amount: daraja.Shilling, Shortcode: daraja.SandboxShortcode, CallbackURL: "http://localhost/", Data: "terms"}
					l.OpenPrompt(x, p, simulator.Screen{Text: "Agree?"}, simulator.PromptResult{})
					return "ok", nil
				}, CallbackBody: func(_ *simulator.Locked, p simulator.PromptState, _ simulator.Faults) []byte {
					return []byte(p.Receipt + " " + p.Desc)
				},
					EndPrompt: func(_ *simulator.Locked, p simulator.PromptState, r simulator.PromptResult, f bool) (simulator.PromptResult, string) {
						got, forced, data = r, f, p.Data
						if r.Result == daraja.ResultSuccess {
							return simulator.PromptResult{Result: "26"}, "RECEIPT"
						}
						return r, ""
					}},
			},
		}
		c, err := simulator.NewCatalogue(product)
		if err != nil {
			t.Fatal(err)
		}
		clk, sink := clock.NewFrozen(time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)), &sunk{}
		w, err := simulator.New(simulator.Config{Products: c, Clock: clk, Sink: sink, People: func(int64, daraja.MSISDN) simulator.Person { return simulator.Person{PIN: "1234", Balance: tt.balance} }})
		if err != nil {
			t.Fatal(err)
		}
		if tt.queued != "" {
			if _, err := w.Enqueue(simulator.Queued{API: "agree", Outcome: simulator.Outcome{Result: tt.queued}}); err != nil {
				t.Fatal(err)
			}
		}
		w.HandleCall("agree", simulator.Call{})
		if err := clk.Advance(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		p, _ := w.Payment("p")
		if got.Result != tt.got || forced != tt.forced || data != "terms" || p.Result != tt.ends || len(w.Ledger()) != 0 {
			t.Errorf("%s: EndPrompt had %+v, %v, %v; the prompt ended with %+v", tt.name, got, forced, data, p)
		}
		if want := p.Receipt + " " + p.Desc; len(sink.all) != 1 || string(sink.all[0].Body) != want || (p.Receipt == "RECEIPT") != (tt.ends == "26") || p.Desc == "" {
			t.Errorf("%s: the callback is %+v, want %q", tt.name, sink.all, want)
		}
	}
}

// A prompt that no phone gets ends by itself, and leaves the prompt that is open on the phone.
func TestFailPrompt(t *testing.T) {
	product := simulator.Product{Name: "failing", Results: daraja.Results(), Operations: []simulator.Operation{
		{API: "fail", Method: "POST", Path: "/fail", NoToken: true, StartsPayment: true, Execute: func(l *simulator.Locked, x *simulator.Exchange) (any, error) {
			p := simulator.Prompt{API: x.API, ID: "p", Shortcode: daraja.SandboxShortcode, CallbackURL: "http://localhost/"}
			l.FailPrompt(x, p, simulator.PromptResult{Result: "17", Why: "there is no phone"}, time.Second)
			return "ok", nil
		}, CallbackBody: func(_ *simulator.Locked, p simulator.PromptState, _ simulator.Faults) []byte {
			return []byte(p.Result + " " + daraja.ResultCode(p.Desc))
		},
			EndPrompt: func(_ *simulator.Locked, _ simulator.PromptState, r simulator.PromptResult, forced bool) (simulator.PromptResult, string) {
				if forced {
					return simulator.PromptResult{Result: "26"}, ""
				}
				return r, ""
			}},
	}}
	c, err := simulator.NewCatalogue(product)
	if err != nil {
		t.Fatal(err)
	}
	for queued, want := range map[daraja.ResultCode]string{"": "17 Rule limited.", "0": "26 System busy. The service request is rejected."} {
		clk, sink := clock.NewFrozen(time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)), &sunk{}
		w, err := simulator.New(simulator.Config{Products: c, Clock: clk, Sink: sink, People: func(int64, daraja.MSISDN) simulator.Person { return simulator.Person{} }})
		if err != nil {
			t.Fatal(err)
		}
		if queued != "" {
			if _, err := w.Enqueue(simulator.Queued{API: "fail", Outcome: simulator.Outcome{Result: queued}}); err != nil {
				t.Fatal(err)
			}
		}
		if r := w.HandleCall("fail", simulator.Call{}); r.About.Payment != "p" {
			t.Errorf("the answer is about %q", r.About.Payment)
		}
		shot := w.Snapshot()
		for range 2 {
			sink.all = nil
			if err := clk.Advance(t.Context(), time.Second-1); err != nil || len(sink.all) != 0 {
				t.Errorf("%v, too early: %+v", err, sink.all)
			}
			if err := clk.Advance(t.Context(), 1); err != nil || len(sink.all) != 1 || string(sink.all[0].Body) != want {
				t.Errorf("%v, want %s, got %+v", err, want, sink.all)
			}
			w.Restore(shot)
		}
	}
}
