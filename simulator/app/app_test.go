package app_test

import (
	"bytes"
	"context"
	"encoding/json"
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

// sim is a running simulator and a client of it.
type sim struct {
	*app.App
	token string
}

func start(t *testing.T, c app.Config) *sim {
	t.Helper()
	a, err := app.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := a.Stop(ctx); err != nil {
			t.Errorf("stopping: %v", err)
		}
	})
	return &sim{App: a}
}

// call makes a request and returns the status and body of the answer.
func call(t *testing.T, method, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// push asks number for KES 150 and returns the answer.
func (s *sim) push(t *testing.T, number, url string) (int, string) {
	t.Helper()
	if s.token == "" {
		_, body := call(t, http.MethodGet, s.URL()+daraja.TokenPath+"?grant_type=client_credentials", "", "Authorization", "Basic c2FuZGJveDpzYW5kYm94")
		var token daraja.TokenResponse
		if err := json.Unmarshal([]byte(body), &token); err != nil {
			t.Fatal(err)
		}
		s.token = token.AccessToken
	}
	const stamp = "20250707180034"
	return call(t, http.MethodPost, s.URL()+daraja.STKPushPath, fmt.Sprintf(
		`{"BusinessShortCode":174379,"Password":%q,"Timestamp":%q,"TransactionType":"CustomerPayBillOnline","Amount":150,"PartyA":%s,"PartyB":174379,"PhoneNumber":%s,"CallBackURL":%q,"AccountReference":"INV-1","TransactionDesc":"x"}`,
		daraja.Password("174379", daraja.SandboxPasskey, stamp), stamp, number, number, url,
	), "Content-Type", "application/json", "Authorization", "Bearer "+s.token)
}

func (s *sim) accepted(t *testing.T, number, url string) daraja.STKPushAck {
	t.Helper()
	status, body := s.push(t, number, url)
	var ack daraja.STKPushAck
	if err := json.Unmarshal([]byte(body), &ack); err != nil || status != 200 {
		t.Fatalf("push: HTTP %d %s", status, body)
	}
	return ack
}

// control asks the control API.
func (s *sim) control(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	return call(t, method, s.ControlURL()+path, body)
}

// merchant receives callbacks.
func merchant(t *testing.T) (url string, received <-chan string) {
	t.Helper()
	c := make(chan string, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c <- string(body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL, c
}

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
	_, callbacks := s.control(t, http.MethodGet, "/callbacks", "")
	if !strings.Contains(callbacks, ack.CheckoutRequestID) || !strings.Contains(callbacks, `"copy":1,"status":200,"error":"","dropped":false`) {
		t.Errorf("callbacks %s", callbacks)
	}
	_, requests := s.control(t, http.MethodGet, "/requests?limit=1", "")
	if !strings.Contains(requests, `"api":"stkpush"`) || !strings.Contains(requests, `"phone":"254708374149"`) {
		t.Errorf("requests %s", requests)
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
	s := start(t, app.Config{Speed: 1000})
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

func TestHealth(t *testing.T) {
	s := start(t, app.Config{Addr: "127.0.0.1:0"})
	if status, body := s.control(t, http.MethodGet, "/health", ""); status != 200 || body != `{"status":"ok"}` {
		t.Errorf("HTTP %d %s", status, body)
	}
	if s.URL() == s.ControlURL() || strings.HasSuffix(s.URL(), ":0") {
		t.Errorf("%s, %s", s.URL(), s.ControlURL())
	}
}

// On a clock that is moved by hand, a late and doubled callback takes no time.
func TestManualClock(t *testing.T) {
	c := clock.NewManual(time.Date(2025, 7, 7, 18, 0, 34, 0, daraja.EAT()))
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
		c.Advance(time.Hour)
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
	c := clock.NewManual(time.Date(2025, 7, 7, 18, 0, 34, 0, daraja.EAT()))
	s := start(t, app.Config{Seed: 7, Clock: c, Scenario: "paid", Settings: map[string]string{"think_time": "1s"}})
	url, received := merchant(t)
	run := func() string {
		s.accepted(t, "254708374149", url)
		c.Advance(time.Minute)
		cb := <-received
		if err := s.Idle(t.Context()); err != nil {
			t.Fatal(err)
		}
		return cb
	}
	run()
	s.accepted(t, "254712345678", url) // stays open, and must come to nothing
	if status, body := s.control(t, http.MethodPost, "/reset", ""); status != 204 {
		t.Fatalf("HTTP %d %s", status, body)
	}
	c.Advance(10 * time.Minute)
	if err := s.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/requests": `{"requests":[]}`, "/callbacks": `{"callbacks":[]}`, "/ledger": `{"entries":[]}`, "/scenario": `{"error":"no scenario is loaded"}`} {
		if _, body := s.control(t, http.MethodGet, path, ""); body != want {
			t.Errorf("%s after reset: %s", path, body)
		}
	}
	if len(received) != 0 {
		t.Errorf("after reset: %s", <-received)
	}
	if cb := run(); !strings.Contains(cb, `"ResultCode":0`) {
		t.Error(cb)
	}
	if _, body := s.control(t, http.MethodGet, "/requests", ""); strings.Count(body, `"seq"`) != 1 { // the push alone: the token stayed good
		t.Error(body)
	}
}

// The same seed on the same clock gives the same record, to the byte.
func TestSameSeedSameJournal(t *testing.T) {
	url, _ := merchant(t)
	run := func() string {
		c := clock.NewManual(time.Date(2025, 7, 7, 18, 0, 34, 0, daraja.EAT()))
		s := start(t, app.Config{Seed: 3, Clock: c})
		for _, number := range []string{"254708374149", "254700001032", "254712345678"} {
			s.accepted(t, number, url)
			c.Advance(5 * time.Second)
			if err := s.Idle(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		_, requests := s.control(t, http.MethodGet, "/requests", "")
		_, callbacks := s.control(t, http.MethodGet, "/callbacks", "")
		return requests + callbacks
	}
	if first, second := run(), run(); first != second {
		t.Errorf("two runs differ:\n%s\n%s", first, second)
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
