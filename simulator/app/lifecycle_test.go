package app_test

import (
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/clock"
)

// counted is a clock that knows how many functions it was left with.
type counted struct {
	simulator.Clock
	left atomic.Int32
}

func (c *counted) AfterFunc(d time.Duration, f func()) func() bool {
	c.left.Add(1)
	stop := c.Clock.AfterFunc(d, f)
	return func() bool {
		stopped := stop()
		if stopped {
			c.left.Add(-1)
		}
		return stopped
	}
}

func TestStopWithPromptsOpen(t *testing.T) {
	plans := &counted{Clock: clock.NewManual(time.Date(2025, 7, 7, 18, 0, 34, 0, daraja.EAT()))}
	a, err := app.New(app.Config{Clock: plans})
	if err != nil {
		t.Fatal(err)
	}
	if a.URL() != "" || a.Stop(t.Context()) != nil {
		t.Error("an App that was not started has a URL or cannot be stopped")
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	url, received := merchant(t)
	s := &sim{App: a}
	s.accepted(t, "254708374149", url)
	s.accepted(t, "254700001037", url)
	silent, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(a.URL(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	began := time.Now()
	if err := a.Stop(t.Context()); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("stopping took %s", took)
	}
	if n := plans.left.Load(); n != 0 {
		t.Errorf("%d prompts are still planned to end", n)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Errorf("stopping again: %v", err)
	}
	if len(received) != 0 {
		t.Errorf("a prompt came to its end after Stop: %s", <-received)
	}
	if _, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(a.URL(), "http://")); err == nil {
		t.Error("the address still answers")
	}
	if err := a.Start(t.Context()); err == nil {
		t.Error("an App was started twice")
	}
}

func TestAddressInUse(t *testing.T) {
	first := start(t, app.Config{})
	a, err := app.New(app.Config{ControlAddr: strings.TrimPrefix(first.URL(), "http://")})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "starting simulator: control API: listen tcp") {
		t.Errorf("error %v", err)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestWrongConfig(t *testing.T) {
	for want, c := range map[string]app.Config{
		"simulator: speed is -1, it must be above 0":                             {Speed: -1},
		"simulator: speed is 1e+06, it must be above 0 and at most 10000":        {Speed: 1e6},
		`simulator: setting dialect: "english" is not one of daraja, malipo`:     {Dialect: "english"},
		`simulator: unknown setting "colour"; there are expires_in`:              {Settings: map[string]string{"colour": "red"}},
		`simulator: setting think_time: "soon" is not a duration from 0s to 10m`: {Settings: map[string]string{"think_time": "soon"}},
		`simulator: no ready scenario is called "cancelld"`:                      {Scenario: "cancelld"},
		`simulator: my.yaml:1:1: `:                                               {ScenarioName: "my.yaml", ScenarioSource: []byte("x"), Scenario: "paid"},
		`simulator: scenario.yaml:1:1: the scenario is empty`:                    {ScenarioSource: []byte{}},
	} {
		if _, err := app.New(c); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %q, want %q", err, want)
		}
	}
}
