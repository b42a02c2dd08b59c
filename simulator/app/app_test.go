package app_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/clock"
)

func TestPushToCallback(t *testing.T) {
	var log bytes.Buffer
	s := start(t, app.Config{
		Seed: 1, Speed: 1000, Settings: map[string]string{"think_time": "1s"},
		Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	url, received := merchant(t)
	ack := s.accepted(t, "254708374149", url)
	cb, err := daraja.DecodeSTKCallback([]byte(<-received))
	if err != nil {
		t.Fatal(err)
	}
	if cb.CheckoutRequestID != ack.CheckoutRequestID || cb.ResultCode != "0" || cb.Payment.Amount != 150*daraja.Shilling {
		t.Errorf("callback %+v", cb)
	}
	if err := s.Idle(t.Context()); err != nil { // the answer to the callback is on record, too
		t.Fatal(err)
	}
	_, ledger := s.control(t, http.MethodGet, "/ledger", "")
	if !strings.Contains(ledger, cb.Payment.Receipt) || !strings.Contains(ledger, `"amount_cents":15000,"account_reference":"INV-1"`) {
		t.Errorf("ledger %s", ledger)
	}
	if p := s.journal(t, "kind=callback"); len(p.Records) != 1 || p.Records[0].Payment != ack.CheckoutRequestID || p.Records[0].Status != 200 {
		t.Errorf("callbacks %+v", p)
	}
	if p := s.journal(t, "api=stkpush&kind=request"); len(p.Records) != 1 || p.Records[0].Phone != "254708374149" || p.Records[0].World != "default" {
		t.Errorf("requests %+v", p)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if log := log.String(); !strings.Contains(log, "msg=callback") || strings.Contains(log, "708374149") || strings.Contains(log, s.token) {
		t.Errorf("log %s", log)
	}
}

// Sixteen clients at once: every payment is called back once, and no identifier is
// given twice.
func TestManyClients(t *testing.T) {
	const clients, pushes = 16, 10
	s := start(t, app.Config{Settings: map[string]string{"think_time": "2ms"}}) // at a higher speed the token would not last
	c := make(chan string, clients*pushes*2)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c <- string(body)
	}))
	defer srv.Close()
	s.accepted(t, "254799999999", srv.URL) // draws the token that all share
	<-c
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for n := range pushes {
				if status, body := s.push(t, fmt.Sprintf("2547120%02d%03d", client, n), srv.URL); status != 200 {
					t.Errorf("HTTP %d %s", status, body)
				}
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow() // a callback would be waited for in vain
	}
	ids, receipts := map[string]bool{}, map[string]bool{}
	for range clients * pushes {
		cb, err := daraja.DecodeSTKCallback([]byte(<-c))
		if err != nil {
			t.Fatal(err)
		}
		ids[cb.CheckoutRequestID], receipts[cb.Payment.Receipt] = true, true
	}
	if err := s.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(ids) != clients*pushes || len(receipts) != clients*pushes || len(c) != 0 {
		t.Errorf("%d ids and %d receipts of %d payments, %d callbacks too many", len(ids), len(receipts), clients*pushes, len(c))
	}
}

// advance moves a clock.
func advance(t testing.TB, c *clock.Clock, d time.Duration) {
	t.Helper()
	if err := c.Advance(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func TestHealth(t *testing.T) {
	s := start(t, app.Config{Addr: "127.0.0.1:0"})
	if status, body := s.control(t, http.MethodGet, "/health", ""); status != 200 || body != `{"status":"ok"}` {
		t.Errorf("HTTP %d %s", status, body)
	}
	if s.URL() == s.ControlURL() || strings.HasSuffix(s.URL(), ":0") {
		t.Errorf("%s, %s", s.URL(), s.ControlURL())
	}
}

// On a clock that stands still, a late and doubled callback takes no time.
func TestFrozenClock(t *testing.T) {
	c := frozen()
	s := start(t, app.Config{Clock: c, ScenarioSource: []byte("rules:\n  - then: {result: 1032, after: 1h, callback: {delay: 1h, copies: 2, gap: 1h}}\n")})
	url, received := merchant(t)
	s.accepted(t, "254708374149", url)
	for hours, want := range []int{0, 0, 1, 2, 2} {
		if err := s.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(received) != want {
			t.Errorf("after %d hours %d callbacks, want %d", hours, len(received), want)
		}
		advance(t, c, time.Hour)
	}
}

func TestScenarioByControl(t *testing.T) {
	s := start(t, app.Config{Speed: 1000, Scenario: "cancelled"})
	url, received := merchant(t)
	result := func() string {
		t.Helper()
		s.accepted(t, "254708374149", url)
		cb, err := daraja.DecodeSTKCallback([]byte(<-received))
		if err != nil {
			t.Fatal(err)
		}
		return string(cb.ResultCode)
	}
	if got := result(); got != "1032" {
		t.Errorf("from the start: %s", got)
	}
	status, body := s.control(t, http.MethodPut, "/scenario", "name: mine\ndescription: what it does\nrules:\n  - then: {result: 2001}\n")
	if status != 200 || !strings.HasPrefix(body, `{"name":"mine","description":"what it does","source":"name: mine\n`) {
		t.Errorf("HTTP %d %s", status, body)
	}
	if got := result(); got != "2001" {
		t.Errorf("by PUT: %s", got)
	}
	status, body = s.control(t, http.MethodPut, "/scenario", "rules:\n  - then: {result: 9}\n")
	if status != 400 || !strings.HasPrefix(body, `{"error":"scenario.yaml:2:`) {
		t.Errorf("HTTP %d %s", status, body)
	}
	if got := result(); got != "2001" {
		t.Errorf("after a mistake: %s", got)
	}
	if status, body := s.control(t, http.MethodPut, "/scenario?name=wrong-pin", ""); status != 200 || !strings.HasPrefix(body, `{"name":"wrong-pin"`) {
		t.Errorf("HTTP %d %s", status, body)
	}
	if status, body := s.control(t, http.MethodPut, "/scenario?name=wrong-pinn", ""); status != 400 || !strings.Contains(body, "wrong-pin") {
		t.Errorf("HTTP %d %s", status, body)
	}
	if status, _ := s.control(t, http.MethodDelete, "/scenario", ""); status != 204 {
		t.Errorf("HTTP %d", status)
	}
	if got := result(); got != "0" {
		t.Errorf("without a scenario: %s", got)
	}
}

func TestReset(t *testing.T) {
	c := frozen()
	s := start(t, app.Config{Seed: 7, Clock: c, Scenario: "paid", Settings: map[string]string{"think_time": "1s"}})
	url, received := merchant(t)
	run := func() string {
		s.accepted(t, "254708374149", url)
		advance(t, c, time.Minute)
		cb := <-received
		if err := s.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		return cb
	}
	run()
	s.accepted(t, "254712345678", url) // stays open, and must never end
	if status, body := s.control(t, http.MethodPost, "/reset", ""); status != 204 {
		t.Fatalf("HTTP %d %s", status, body)
	}
	advance(t, c, 10*time.Minute)
	if err := s.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/journal": `"records":[]`, "/callbacks": `"callbacks":[]`, "/ledger": `"entries":[]`, "/scenario": `"name":"paid"`} {
		if _, body := s.control(t, http.MethodGet, path, ""); !strings.Contains(body, want) {
			t.Errorf("%s after reset: %s", path, body)
		}
	}
	if len(received) != 0 {
		t.Errorf("after reset: %s", <-received)
	}
	if cb := run(); !strings.Contains(cb, `"ResultCode":0`) {
		t.Error(cb)
	}
	if p := s.journal(t, "kind=request"); len(p.Records) != 1 { // the push alone: the token stayed good
		t.Error(p)
	}
}

func TestNamedSettings(t *testing.T) {
	s := start(t, app.Config{Dialect: "malipo", StrictCallbacks: true, Settings: map[string]string{"callback_copies": "2"}})
	_, body := s.control(t, http.MethodGet, "/settings", "")
	for _, want := range []string{`"name":"dialect","value":"malipo"`, `"name":"strict_callbacks","value":"on"`, `"name":"callback_copies","value":"2"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s\nhas no %s", body, want)
		}
	}
	if status, body := s.push(t, "254708374149", "http://merchant.example/stk"); status != 400 || !strings.Contains(body, "Invalid CallBackURL") {
		t.Errorf("HTTP %d %s", status, body)
	}
}

// What runs beside the simulator is linked to as soon as it is known.
func TestLinks(t *testing.T) {
	s := start(t, app.Config{Clock: frozen()})
	if body := s.ask(t, http.MethodGet, "/addresses", ""); strings.Contains(body, "Inbox") || !strings.Contains(body, `{"name":"Daraja API","url":"`+s.URL()+`"`) {
		t.Errorf("the addresses are %s", body)
	}
	s.SetLinks(func(host string) []app.Address {
		return []app.Address{{Name: "Inbox", URL: "http://" + host + ":8090", Note: "webhooks"}}
	})
	if body := s.ask(t, http.MethodGet, "/addresses", ""); !strings.Contains(body, `{"name":"Inbox","url":"http://127.0.0.1:8090","note":"webhooks"}`) {
		t.Errorf("the addresses are %s", body)
	}
}

// A browser gets a page at / of Daraja's port, and leaves no trace in the journal; an
// app gets what Daraja says to an unknown path.
func TestFrontPage(t *testing.T) {
	s := start(t, app.Config{Clock: frozen()})
	status, body := call(t, http.MethodGet, s.URL()+"/", "", "Accept", "text/html,*/*;q=0.8")
	for _, want := range []string{s.URL() + "<", `<a href="` + s.ControlURL() + `/">Console</a>`, daraja.STKPushPath, "174379"} {
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("HTTP %d, no %s in %s", status, want, body)
		}
	}
	if n := s.journal(t, "").Total; n != 0 {
		t.Errorf("%d records of a browser", n)
	}
	if status, body := call(t, http.MethodGet, s.URL()+"/", "", "Accept", "application/json"); status != http.StatusNotFound || body != "" {
		t.Errorf("an app gets HTTP %d %s", status, body)
	}
	if n := s.journal(t, "").Total; n != 1 {
		t.Errorf("%d records of an app's request", n)
	}
}
