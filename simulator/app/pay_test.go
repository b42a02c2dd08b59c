package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
)

// pay makes a payment by the control API and returns its id.
func (w *world) pay(t *testing.T, body string) string {
	t.Helper()
	status, answer := w.control(t, http.MethodPost, "/payments", body)
	var made struct{ ID string }
	if err := json.Unmarshal([]byte(answer), &made); err != nil || status != http.StatusCreated || !daraja.ValidCheckoutRequestID(made.ID) {
		t.Fatalf("paying: HTTP %d %s", status, answer)
	}
	return made.ID
}

// A payment that is made at the control port is an app's push: it is in the journal
// with its token, and its callback comes to the simulator's own receiver.
func TestPay(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", ":0"} {
		s := start(t, app.Config{Clock: frozen(), ControlAddr: addr})
		id := s.pay(t, `{"phone": "0708374149", "amount": 150, "reference": "INV-1"}`)
		s.advance(t, "5s")
		list := s.journal(t, "")
		var got []string
		for _, r := range list.Records {
			got = append(got, fmt.Sprint(r.Kind, " ", r.API, " ", r.Status, " ", r.Payment == id))
		}
		want := []string{"request oauth 200 false", "request stkpush 200 true", "action  0 false", "callback stkpush 200 true"}
		if fmt.Sprint(got) != fmt.Sprint(want) || !strings.HasSuffix(list.Records[3].URL, "/receiver") {
			t.Errorf("on record are %q, want %q", got, want)
		}
		detail := s.ask(t, http.MethodGet, "/payments/"+id, "")
		if !strings.Contains(detail, `"status":"paid"`) || !strings.Contains(detail, `"amount_cents":15000,"reference":"INV-1"`) || !strings.Contains(detail, "/receiver answered with HTTP 200") {
			t.Errorf("the payment is %s", detail)
		}
	}
}

// The same from a seed is the same payment, however it is made.
func TestPayIsDeterministic(t *testing.T) {
	one, two := start(t, app.Config{Clock: frozen()}), start(t, app.Config{Clock: frozen()})
	url, _ := merchant(t)
	pushed := two.accepted(t, "254708374149", url)
	if id := one.pay(t, `{"phone": "0708374149", "amount": 150, "reference": "INV-1"}`); id != pushed.CheckoutRequestID {
		t.Errorf("the payment is %s, the push was %s", id, pushed.CheckoutRequestID)
	}
}

// A world's payment is made in that world, for a paybill or a till.
func TestPayInAWorld(t *testing.T) {
	s := start(t, app.Config{Clock: frozen()})
	w := s.create(t, `{"id": "shop", "clock": {"frozen": true}}`)
	url, received := merchant(t)
	for _, shortcode := range []string{"174379", "174381", "174380"} {
		w.pay(t, fmt.Sprintf(`{"phone": "0708374149", "amount": 1, "shortcode": %q, "callback_url": %q}`, shortcode, url))
		w.advance(t, "5s")
		if body := <-received; !strings.Contains(body, `"ResultCode":0`) {
			t.Errorf("shortcode %s: the callback is %s", shortcode, body)
		}
	}
	w.ask(t, http.MethodPost, "/queue", `{"api": "oauth", "then": {"reply": {"revoke_token": true}}}`)
	if status, answer := w.control(t, http.MethodPost, "/payments", `{"phone": "0708374149", "amount": 1}`); status != 422 || !strings.Contains(answer, "this token was not given out here") {
		t.Errorf("with a token that is not good: HTTP %d %s", status, answer)
	}
	if n := s.journal(t, "").Total; n != 0 {
		t.Errorf("%d records in the default world", n)
	}
}

// What Daraja refuses is refused in its own words with the reason.
func TestPaymentsThatAreRefused(t *testing.T) {
	s := start(t, app.Config{Clock: frozen()})
	for _, tt := range []struct {
		body   string
		status int
		want   string
	}{
		{`{}`, 400, "give at least a phone and an amount"},
		{`{"phone": "12", "amount": 1}`, 400, "is not a phone number"},
		{`{"phone": "0708374149", "amount": 1.5}`, 400, "amount is a JSON number"},
		{`{"phone": "0708374149", "amount": 0}`, 422, `"status":400,"error_code":"400.002.02"}`},
		{`{"phone": "0708374149", "amount": 250001}`, 422, "it must be a whole number from 1 to 250000"},
		{`{"phone": "0708374149", "amount": 1, "shortcode": "600999"}`, 422, "no organisation here has shortcode 600999"},
		{`{"phone": "0708374149", "amount": 1, "callback_url": "ftp://x"}`, 422, "Invalid CallBackURL"},
	} {
		if status, answer := s.control(t, http.MethodPost, "/payments", tt.body); status != tt.status || !strings.Contains(answer, tt.want) {
			t.Errorf("%s: HTTP %d %s, want %d %s", tt.body, status, answer, tt.status, tt.want)
		}
	}
	s.ask(t, http.MethodPut, "/settings", `{"strict_callbacks": "on"}`)
	if status, answer := s.control(t, http.MethodPost, "/payments", `{"phone": "0708374149", "amount": 1}`); status != 422 || !strings.Contains(answer, "give a public https callback URL, or switch strict_callbacks off") {
		t.Errorf("HTTP %d %s", status, answer)
	}
	if status, answer := s.control(t, http.MethodPost, "/payments", `{"phone": "0708374149", "amount": 0}`); status != 422 || strings.Contains(answer, "strict_callbacks") {
		t.Errorf("HTTP %d %s", status, answer)
	}
	list := s.ask(t, http.MethodGet, "/payments?status=refused", "")
	if n := strings.Count(list, `"status":"refused"`); n != 6 {
		t.Errorf("%d refused pushes are listed in %s", n, list)
	}
}

// Of payments that are refused at the same time each gets its own reason.
func TestPaymentsThatAreRefusedAtOnce(t *testing.T) {
	s := start(t, app.Config{Clock: frozen()})
	const payments = 100
	var all sync.WaitGroup
	for n := range payments {
		all.Go(func() {
			amount := strconv.Itoa(300_000 + n)
			status, answer := s.control(t, http.MethodPost, "/payments", `{"phone": "0708374149", "amount": `+amount+`}`)
			if status != 422 || !strings.Contains(answer, amount) {
				t.Errorf("%s: HTTP %d %s", amount, status, answer)
			}
		})
	}
	all.Wait()
}

// Rules and queued outcomes do to it what they do to an app's push, and the answer
// says what happened.
func TestPayMeetsRules(t *testing.T) {
	s := start(t, app.Config{Clock: frozen()})
	for then, want := range map[string]string{
		`{"reply": {"damage": "reset"}}`:                         "cut off on purpose",
		`{"reply": {"damage": "truncated"}}`:                     "cut off on purpose",
		`{"reply": {"damage": "malformed"}}`:                     "is not JSON, on purpose",
		`{"reply": {"page": "waf_403"}}`:                         "Daraja refused the push with HTTP 403",
		`{"reply": {"error": "500.001.1001"}}`:                   `Daraja refused the push with HTTP 500 500.001.1001`,
		`{"reply": {"error": "500.001.1001", "accepted": true}}`: "the prompt is on the phone all the same, as ws_CO_",
		`{"reply": {"page": "empty_400"}}`:                       "Daraja refused the push with HTTP 400",
		`{"reply": {"page": "spike_arrest", "accepted": true}}`:  "HTTP 429",
		`{"reply": {"revoke_token": true}}`:                      "404.001.03",
		`{"result": 1032, "callback": {"before_ack": true}}`:     "",
	} {
		s.ask(t, http.MethodDelete, "/queue", "")
		s.advance(t, "5m")
		status, answer := s.control(t, http.MethodPost, "/queue", `{"api": "stkpush", "then": `+then+`}`)
		if status != http.StatusCreated {
			t.Errorf("%s: HTTP %d %s", then, status, answer)
			continue
		}
		status, answer = s.control(t, http.MethodPost, "/payments", `{"phone": "0708374149", "amount": 1}`)
		if (status == http.StatusCreated) != (want == "") || !strings.Contains(answer, want) {
			t.Errorf("%s: HTTP %d %s, want %s", then, status, answer, want)
		}
	}
}
