package simulator_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/product/producttest"
)

// alarms is a product whose operation sets an alarm, and whose state lists those that
// rang.
func alarms() simulator.Product {
	return simulator.Product{
		Name:     "alarms",
		NewState: func() simulator.State { return &alarmState{} },
		Jobs: map[string]simulator.Job{"ring": func(l *simulator.Locked, due simulator.Due) {
			s, _ := l.StateOf("alarms").(*alarmState)
			s.rang = append(s.rang, fmt.Sprint(due.Data))
		}},
		Operations: []simulator.Operation{{
			API: "set", Method: "POST", Path: "/set", NoToken: true, Fields: []simulator.Field{{Name: "after"}, {Name: "name"}},
			Execute: func(l *simulator.Locked, x *simulator.Exchange) (any, error) {
				after, err := time.ParseDuration(x.Text("after"))
				if err != nil {
					return nil, daraja.ErrInvalidPayload().Because("%s", err)
				}
				return l.Schedule("alarms", "ring", x.Text("name"), after, x.Text("name")), nil
			},
		}},
		Actions: []simulator.Action{{Name: "rang", Doc: "lists what rang", Run: func(l *simulator.Locked, _ simulator.Values) (any, error) {
			s, _ := l.StateOf("alarms").(*alarmState)
			return slices.Clone(s.rang), nil
		}}},
	}
}

type alarmState struct{ rang []string }

func (s *alarmState) Clone() simulator.State { return &alarmState{slices.Clone(s.rang)} }

// alarmModel is what the world of alarms should be like.
type alarmModel struct {
	pending map[string]time.Time
	rang    []string
}

func (m alarmModel) clone() alarmModel {
	c := alarmModel{pending: make(map[string]time.Time), rang: slices.Clone(m.rang)}
	for name, at := range m.pending {
		c.pending[name] = at
	}
	return c
}

// ring moves what is due by now to what rang.
func (m *alarmModel) ring(now time.Time) {
	var due []string
	for name, at := range m.pending {
		if !at.After(now) {
			due = append(due, name)
		}
	}
	slices.SortFunc(due, func(a, b string) int {
		if c := m.pending[a].Compare(m.pending[b]); c != 0 {
			return c
		}
		return slices.Compare([]string{a}, []string{b})
	})
	for _, name := range due {
		delete(m.pending, name)
	}
	m.rang = append(m.rang, due...)
}

// Jobs are done once and at their time, whatever snapshots, restores, resets and the stop
// come between.
func TestJobsOverRandomOperations(t *testing.T) {
	products, err := simulator.NewCatalogue(alarms())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		clk := clock.NewFrozen(noon())
		w, err := simulator.New(simulator.Config{Products: products, Clock: clk, Sink: &sink{}, People: func(int64, daraja.MSISDN) simulator.Person { return simulator.Person{} }})
		if err != nil {
			t.Fatal(err)
		}
		model := alarmModel{pending: make(map[string]time.Time)}
		var shot *simulator.Snapshot
		var shotModel alarmModel
		stopped := false
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"set", "set", "set", "advance", "advance", "snapshot", "restore", "reset", "stop"}).Draw(t, "do") {
			case "set":
				after := time.Duration(rapid.IntRange(0, 5).Draw(t, "after")) * time.Second
				name := fmt.Sprintf("%02d", i)
				if r := w.HandleCall("set", simulator.Call{Values: producttest.Values{"after": daraja.Text(after.String()), "name": daraja.Text(name)}}); r.Err != nil {
					t.Fatal(r.Err)
				}
				model.pending[name] = clk.Now().Add(after)
			case "advance":
				by := time.Duration(rapid.IntRange(0, 4).Draw(t, "by")) * time.Second
				if err := clk.Advance(t.Context(), by); err != nil {
					t.Fatal(err)
				}
				if !stopped {
					model.ring(clk.Now())
				}
			case "snapshot":
				shot, shotModel = w.Snapshot(), model.clone()
			case "restore":
				if shot == nil {
					continue
				}
				w.Restore(shot)
				model = shotModel.clone()
				for name, at := range model.pending {
					model.pending[name] = clk.Now().Add(at.Sub(shot.At()))
				}
			case "reset":
				w.Reset()
				model = alarmModel{pending: make(map[string]time.Time)}
			case "stop":
				stopped = stopped || rapid.IntRange(0, 5).Draw(t, "really") == 0
				if stopped {
					w.Stop()
				}
			}
			rang, err := w.RunAction("alarms", "rang", producttest.Values{})
			if got := fmt.Sprint(rang); err != nil || got != fmt.Sprint(model.rang) {
				t.Fatalf("rang %s, want %v (%v)", got, model.rang, err)
			}
		}
	})
}

// A product cannot plan work that a snapshot could not restore.
func TestUnknownJobIsAMistakeOfTheProduct(t *testing.T) {
	broken := alarms()
	broken.Jobs = nil
	products, err := simulator.NewCatalogue(broken)
	if err != nil {
		t.Fatal(err)
	}
	w, err := simulator.New(simulator.Config{Products: products, Clock: clock.NewFrozen(noon()), Sink: &sink{}, People: func(int64, daraja.MSISDN) simulator.Person { return simulator.Person{} }})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if p := recover(); p == nil {
			t.Error("the job was planned")
		}
	}()
	w.HandleCall("set", simulator.Call{Values: producttest.Values{"after": "1s"}})
}

// A token is good for the products that its app had when it was issued.
func TestTokenCarriesItsProducts(t *testing.T) {
	b := newBench(t, nil)
	b.SetAppProducts("sandbox", []string{"oauth"})
	call := b.call(t)
	b.SetAppProducts("sandbox", nil)
	_, _, err := b.Push(call, order(daraja.SandboxMSISDN, 1))
	if e := refusal(t, err); !e.IsInvalidToken() {
		t.Errorf("%v", err)
	}
	*b.token = token{}
	b.push(t, order(daraja.SandboxMSISDN, 1))
}

// Two products cannot have the same API, path or setting.
func TestCataloguesRefuse(t *testing.T) {
	two := alarms()
	two.Name = "more"
	other := func(change func(*simulator.Product)) simulator.Product {
		p := alarms()
		p.Name = "more"
		p.Operations[0].API, p.Operations[0].Path = "more", "/more"
		change(&p)
		return p
	}
	setting := simulator.Setting{Name: "think_time"}
	for name, p := range map[string]simulator.Product{
		"API": two, "name": alarms(), "no name": {},
		"path":      other(func(p *simulator.Product) { p.Operations[0].Path = "/set" }),
		"setting":   other(func(p *simulator.Product) { p.Settings = []simulator.Setting{setting} }),
		"operation": other(func(p *simulator.Product) { p.Operations[0].Execute = nil }),
	} {
		if _, err := simulator.NewCatalogue(alarms(), p); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := simulator.NewCatalogue(alarms(), other(func(*simulator.Product) {})); err != nil {
		t.Error(err)
	}
}
