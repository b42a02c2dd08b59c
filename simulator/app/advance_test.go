package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
)

// A timeout of ninety seconds is a test of a moment: when the advance returns, the
// callback has been delivered.
func TestNinetySecondsInAMoment(t *testing.T) {
	s := start(t, app.Config{Frozen: true, StartAt: noon(), ScenarioSource: []byte("rules:\n  - then: {result: 1037, after: 90s}\n")})
	url, received := merchant(t)
	ack := s.accepted(t, "254712345678", url)
	s.advance(t, "89999ms")
	if len(received) != 0 {
		t.Fatalf("called back before the time: %s", <-received)
	}
	s.advance(t, "1ms")
	if len(received) != 1 {
		t.Fatal("the advance returned before the callback was delivered")
	}
	if cb := <-received; !strings.Contains(cb, ack.CheckoutRequestID) || !strings.Contains(cb, `"ResultCode":1037`) {
		t.Error(cb)
	}
	p := s.journal(t, "kind=callback")
	if len(p.Records) != 1 || p.Records[0].Status != 200 || !p.Records[0].At.Equal(noon().Add(90*time.Second)) {
		t.Errorf("record %+v", p.Records)
	}
}

// Everything that falls due within one advance is delivered, in the order in which it
// falls due, each at its time.
func TestAdvanceDeliversInOrder(t *testing.T) {
	s := start(t, app.Config{Frozen: true, StartAt: noon(), ScenarioSource: []byte(`rules:
  - {when: {phone: 254712000001}, then: {result: 0, after: 40s}}
  - {when: {phone: 254712000002}, then: {result: 0, after: 10s, callback: {delay: 20s}}}
  - {when: {phone: 254712000003}, then: {result: 0, after: 10s, callback: {copies: 3, gap: 25s}}}
  - {then: {result: 0, after: 20s}}
`)})
	url, received := merchant(t)
	for _, n := range []int{1, 2, 3, 9, 5, 7} {
		s.accepted(t, fmt.Sprintf("25471200000%d", n), url)
	}
	s.advance(t, "2m")
	var got []string
	for len(received) > 0 {
		cb, err := daraja.DecodeSTKCallback([]byte(<-received))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, cb.CheckoutRequestID[len(cb.CheckoutRequestID)-1:])
	}
	if want := "3 5 7 9 2 3 1 3"; strings.Join(got, " ") != want {
		t.Errorf("order %v, want %s", got, want)
	}
	at := ""
	for _, r := range s.journal(t, "kind=callback").Records {
		at += fmt.Sprintf(" %s:%.0f", r.Payment[len(r.Payment)-1:], r.At.Sub(noon()).Seconds())
	}
	if want := " 3:10 5:20 7:20 9:20 2:30 3:35 1:40 3:60"; at != want {
		t.Errorf("times%s, want%s", at, want)
	}
}

// An answer with latency comes when its time has come, and not before.
func TestAnswersWaitForTheClock(t *testing.T) {
	s := start(t, app.Config{Frozen: true, ScenarioSource: []byte("rules:\n  - then: {result: 0, reply: {latency: 5m, slow_body: 5m}}\n")})
	if status, body := s.login(t); status != 200 {
		t.Fatalf("HTTP %d %s", status, body)
	} else if err := json.Unmarshal([]byte(body), &struct {
		Token *string `json:"access_token"`
	}{&s.token}); err != nil {
		t.Fatal(err)
	}
	done := make(chan string, 1)
	go func() {
		_, body := s.push(t, "254712345678", "https://merchant.example/stk")
		done <- body
	}()
	if v := s.ask(t, http.MethodPost, "/journal/wait", `{"match":{"api":"stkpush"},"count":1,"timeout":"10s"}`); !strings.Contains(v, `"ok":true`) {
		t.Fatalf("the push did not come: %s", v)
	}
	s.advance(t, "5m")
	s.advance(t, "299s")
	select {
	case body := <-done:
		t.Fatalf("answered before the time: %s", body)
	default:
	}
	s.advance(t, "1s")
	if body := <-done; !strings.Contains(body, `"ResponseCode":"0"`) {
		t.Errorf("answer %s", body)
	}
}

// What an advance cannot do it says.
func TestAdvanceOfAClockThatRuns(t *testing.T) {
	s := start(t, app.Config{})
	if status, body := s.control(t, http.MethodPost, "/clock/advance", `{"by":"90s"}`); status != 409 || !strings.Contains(body, "freeze") {
		t.Errorf("HTTP %d %s", status, body)
	}
	s.ask(t, http.MethodPost, "/clock/freeze", "")
	s.advance(t, "90s")
	if body := s.ask(t, http.MethodPost, "/clock/run", `{"speed":50}`); !strings.Contains(body, `"frozen":false,"speed":50`) {
		t.Errorf("clock %s", body)
	}
}

// A clock that runs faster brings callbacks sooner; frozen in between, it stands.
func TestSpeedByControl(t *testing.T) {
	s := start(t, app.Config{Frozen: true, ScenarioSource: []byte("rules:\n  - then: {result: 0, after: 1h}\n")})
	url, received := merchant(t)
	s.accepted(t, "254712345678", url)
	s.ask(t, http.MethodPost, "/clock/run", `{"speed":10000}`)
	<-received
	s.ask(t, http.MethodPost, "/clock/freeze", "")
	s.token = "" // the one from before has expired by now
	s.accepted(t, "254712345679", url)
	s.advance(t, "59m")
	if len(received) != 0 {
		t.Error("a frozen clock went on")
	}
	s.advance(t, "1m")
	if len(received) != 1 {
		t.Error("no callback after an hour")
	}
}
