package app_test

import (
	"bufio"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
	controlclient "github.com/darajabox/darajabox/simulator/control/client"
)

func TestStopWithPromptsOpen(t *testing.T) {
	plans := frozen()
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
	s := &world{Base: a.URL(), Control: a.ControlURL(), Key: "sandbox", Secret: "sandbox"}
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
	if elapsed := time.Since(began); elapsed > 4*time.Second { // http.Server's own timeout for silent connections is 5 s
		t.Errorf("stopping took %s", elapsed)
	}
	if at, ok := plans.Next(); ok {
		t.Errorf("something is still planned, for %s", at)
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
	if err := a.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "is in use, possibly by another darajabox, so the simulator's control port cannot start") {
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
		`simulator: unknown setting "colour"; there are wrong_method`:            {Settings: map[string]string{"colour": "red"}},
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

// Streams, long waits and answers that wait for a clock that stands still do not hold
// up the end of the simulator.
func TestStopWithCallersWaiting(t *testing.T) {
	a, err := app.New(app.Config{Frozen: true, ScenarioSource: []byte("rules:\n  - then: {result: 0, reply: {latency: 1m}}\n")})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &world{Base: a.URL(), Control: a.ControlURL(), Key: "sandbox", Secret: "sandbox"}
	var ended sync.WaitGroup
	stream := s.stream(t, &ended, "/events?attend=254712345678")
	ended.Go(func() { // has no answer, or a 408
		_, _, _ = try(t.Context(), http.MethodPost, a.ControlURL()+"/journal/wait", `{"match":{"reference":"never"},"count":1,"timeout":"60s"}`, "Content-Type", "application/json")
	})
	if status, body := s.login(t); status != 200 {
		t.Fatalf("HTTP %d %s", status, body)
	} else {
		s.token = strings.Split(body, `"`)[3]
	}
	ended.Go(func() { // has no answer
		_, _, _ = try(t.Context(), http.MethodPost, a.URL()+daraja.STKPushPath, pushBody("254712345678", "INV-1", "https://merchant.example/stk"), "Content-Type", "application/json", "Authorization", "Bearer "+s.token)
	})
	for line := range stream { // until the push is on record, and so waits
		if strings.Contains(line, "stkpush") {
			break
		}
	}
	began := time.Now()
	if err := a.Stop(t.Context()); err != nil {
		t.Errorf("stopping: %v", err)
	}
	if took := time.Since(began); took > 20*time.Second { // less than a client waits
		t.Errorf("stopping took %s", took)
	}
	for range stream { // to its end
	}
	ended.Wait()
}

// A world that is deleted ends its streams, and lets go those who wait for its clock.
func TestDeleteWithCallersWaiting(t *testing.T) {
	s := start(t, app.Config{Frozen: true})
	w := s.create(t, `{"scenario_source":"rules:\n  - then: {result: 0, reply: {latency: 1m}}\n"}`)
	var ended sync.WaitGroup
	stream := w.stream(t, &ended, "/events")
	if status, body := w.login(t); status != 200 {
		t.Fatalf("HTTP %d %s", status, body)
	} else {
		w.token = strings.Split(body, `"`)[3]
	}
	ended.Go(func() {
		if status, body := w.push(t, "254712345678", "https://merchant.example/stk"); status != 200 {
			t.Errorf("HTTP %d %s", status, body)
		}
	})
	for line := range stream {
		if strings.Contains(line, "stkpush") {
			break
		}
	}
	if status, body := s.control(t, http.MethodDelete, "/worlds/"+w.ID, ""); status != 204 {
		t.Fatalf("HTTP %d %s", status, body)
	}
	for range stream { // to its end
	}
	ended.Wait()
}

// stream reads a stream of events, line by line, until its end.
func (w *world) stream(t *testing.T, ended *sync.WaitGroup, path string) <-chan string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.Control+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	lines := make(chan string, 1000)
	ended.Go(func() {
		defer close(lines)
		defer res.Body.Close()
		for scan := bufio.NewScanner(res.Body); scan.Scan(); {
			lines <- scan.Text()
		}
	})
	return lines
}

// Idle worlds cost no goroutine, and a stopped simulator leaves none.
func TestGoroutines(t *testing.T) {
	client.CloseIdleConnections()
	before := runtime.NumGoroutine()
	a, err := app.New(app.Config{Speed: 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	running := runtime.NumGoroutine()
	for range 100 {
		if _, err := a.Worlds().Create(t.Context(), controlclient.NewWorld{Scenario: "cancelled"}); err != nil {
			t.Fatal(err)
		}
	}
	if n := runtime.NumGoroutine(); n > running {
		t.Errorf("100 worlds cost %d goroutines", n-running)
	}
	if err := a.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() { // the last are on their last line
		if time.Now().After(end) {
			t.Fatalf("%d goroutines are left over", runtime.NumGoroutine()-before)
		}
	}
}
