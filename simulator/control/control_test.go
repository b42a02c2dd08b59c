package control_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
)

// fake is everything that the control API is in front of.
type fake struct {
	*journal.Journal
	loaded *control.Scenario
	resets int
	broken error
}

func (f *fake) Settings() []simulator.SettingValue {
	var all []simulator.SettingValue
	for _, s := range simulator.Settings() {
		all = append(all, simulator.SettingValue{Setting: s, Value: s.Default})
	}
	return all
}

func (f *fake) Ledger() []simulator.Entry {
	return []simulator.Entry{{
		Receipt: "TG7007APNT", At: at(), Phone: "254708374149", Shortcode: "174379", Amount: 150 * daraja.Shilling,
		AccountReference: "INV-<1>", MerchantRequestID: "m-1", CheckoutRequestID: "ws_CO_1",
	}}
}

func (f *fake) Loaded() (control.Scenario, bool) {
	if f.loaded == nil {
		return control.Scenario{}, false
	}
	return *f.loaded, true
}

func (f *fake) Load(source []byte) (control.Scenario, error) {
	if strings.Contains(string(source), "wrong") {
		return control.Scenario{}, errors.New("scenario.yaml:1:2: wrong; expected right")
	}
	f.loaded = &control.Scenario{Name: "mine", Description: "what it does", Source: string(source)}
	return *f.loaded, nil
}

func (f *fake) LoadReady(name string) (control.Scenario, error) {
	if name != "paid" {
		return control.Scenario{}, errors.New(`no ready scenario is called "` + name + `"`)
	}
	f.loaded = &control.Scenario{Name: name}
	return *f.loaded, nil
}

func (f *fake) Unload() error               { f.loaded = nil; return nil }
func (f *fake) Reset(context.Context) error { f.resets++; return f.broken }

func at() time.Time { return time.Date(2025, 7, 7, 18, 0, 36, 153e6, daraja.EAT()) }

func start(t *testing.T) (*fake, http.Handler) {
	t.Helper()
	f := &fake{Journal: journal.New(0)}
	return f, control.New(control.Config{World: f, Journal: f, Scenarios: f, Resetter: f})
}

func ask(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

func TestShapes(t *testing.T) {
	f, h := start(t)
	f.AddRequest(journal.Request{
		At: at(), API: "stkpush", Method: "POST", Path: "/mpesa/stkpush/v1/processrequest", Status: 400, ErrorCode: "400.002.02",
		Reason: "Amount is \"0\"", Phone: "254708374149",
		Request: journal.Body([]byte(`{"Amount":0,"Password":"x"}`)), Response: journal.Body([]byte("")),
	})
	f.AddCallback(journal.Callback{At: at(), CheckoutRequestID: "ws_CO_1", URL: "http://127.0.0.1:1/?a=1&b=2", Copy: 1, Error: "refused", Body: journal.Body([]byte(`{"Body":{}}`))})
	for target, want := range map[string]string{
		"/health": `{"status":"ok"}`,
		"/requests": `{"requests":[{"seq":1,"at":"2025-07-07T18:00:36.153+03:00","api":"stkpush","method":"POST","path":"/mpesa/stkpush/v1/processrequest",` +
			`"status":400,"error_code":"400.002.02","reason":"Amount is \"0\"","phone":"254708374149","checkout_request_id":"",` +
			`"request":{"Amount":0,"Password":"[redacted]"},"response":""}]}`,
		"/callbacks": `{"callbacks":[{"seq":1,"at":"2025-07-07T18:00:36.153+03:00","checkout_request_id":"ws_CO_1","url":"http://127.0.0.1:1/?a=1&b=2",` +
			`"copy":1,"status":0,"error":"refused","dropped":false,"body":{"Body":{}}}]}`,
		"/ledger": `{"entries":[{"receipt":"TG7007APNT","at":"2025-07-07T18:00:36.153+03:00","phone":"254708374149","shortcode":"174379",` +
			`"amount_cents":15000,"account_reference":"INV-<1>","merchant_request_id":"m-1","checkout_request_id":"ws_CO_1"}]}`,
	} {
		w := ask(h, http.MethodGet, target, "")
		if w.Code != 200 || w.Body.String() != want || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("GET %s: HTTP %d, %s\n got %s\nwant %s", target, w.Code, w.Header(), w.Body, want)
		}
	}
	f.Journal.Reset()
	if got := ask(h, http.MethodGet, "/requests", "").Body.String(); got != `{"requests":[]}` {
		t.Error(got)
	}
}

func TestOutcomes(t *testing.T) {
	_, h := start(t)
	var list struct {
		Outcomes []map[string]any `json:"outcomes"`
	}
	if err := json.Unmarshal(ask(h, http.MethodGet, "/outcomes", "").Body.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Outcomes) != len(daraja.Results()) {
		t.Fatalf("%d outcomes", len(list.Outcomes))
	}
	for _, o := range list.Outcomes {
		_, magic := o["magic_phone"]
		if want := o["code"] != "4999" && o["code"] != "SFC_IC0003" && o["code"] != "E3008" && o["code"] != "100000100"; magic != want {
			t.Errorf("%s has magic_phone: %v", o["code"], magic)
		}
		if o["text"] == "" || o["meaning"] == "" || o["confidence"] == "" || o["variants"] == nil {
			t.Errorf("%v", o)
		}
		if o["code"] == "1032" && (o["malipo"] != "Invalid credentials" || o["magic_phone"] != "254700001032") {
			t.Errorf("%v", o)
		}
		if _, malipo := o["malipo"]; o["code"] == "0" && malipo {
			t.Errorf("%v", o)
		}
	}
}

func TestSettings(t *testing.T) {
	_, h := start(t)
	body := ask(h, http.MethodGet, "/settings", "").Body.String()
	for _, want := range []string{
		`{"settings":[{"name":"expires_in","value":"string","default":"string","allowed":["string","number"],"doc":"type of expires_in in a token's JSON"}`,
		`{"name":"callback_copies","value":"1","default":"1","allowed":["a number from 1 to 50"],`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s\nhas no %s", body, want)
		}
	}
}

func TestLimit(t *testing.T) {
	f, h := start(t)
	for range 150 {
		f.AddRequest(journal.Request{Request: journal.Body(nil), Response: journal.Body(nil)})
	}
	for target, want := range map[string]int{"/requests": 100, "/requests?limit=1": 1, "/requests?limit=9999": 150} {
		body := ask(h, http.MethodGet, target, "").Body.String()
		if n := strings.Count(body, `"seq"`); n != want || !strings.Contains(body, `"seq":150,`) {
			t.Errorf("%s: %d requests, want the newest %d", target, n, want)
		}
	}
	for _, wrong := range []string{"0", "-1", "10001", "x", ""} {
		w := ask(h, http.MethodGet, "/callbacks?limit="+wrong, "")
		if w.Code != 400 || w.Body.String() != `{"error":"limit must be a number from 1 to 10000"}` {
			t.Errorf("limit=%s: HTTP %d %s", wrong, w.Code, w.Body)
		}
	}
}

func TestScenario(t *testing.T) {
	f, h := start(t)
	const mine = `{"name":"mine","description":"what it does","source":"rules: []\n"}`
	for _, step := range []struct {
		method, target, body string
		status               int
		want                 string
	}{
		{"GET", "/scenario", "", 404, `{"error":"no scenario is loaded"}`},
		{"PUT", "/scenario", "rules: []\n", 200, mine},
		{"GET", "/scenario", "", 200, mine},
		{"PUT", "/scenario", "wrong", 400, `{"error":"scenario.yaml:1:2: wrong; expected right"}`},
		{"GET", "/scenario", "", 200, mine},
		{"PUT", "/scenario", "", 400, `{"error":"the body is empty; it must be a scenario in YAML, unless ?name= names a ready one"}`},
		{"PUT", "/scenario?name=none", "", 400, `{"error":"no ready scenario is called \"none\""}`},
		{"PUT", "/scenario?name=paid", "rules: []", 400, `{"error":"give either a scenario in the body or the name of a ready one, not both"}`},
		{"PUT", "/scenario?name=paid", "", 200, `{"name":"paid","description":"","source":""}`},
		{"PUT", "/scenario", strings.Repeat("#", 256<<10+1), 413, `{"error":"the scenario is over 262144 bytes"}`},
		{"DELETE", "/scenario", "", 204, ``},
		{"GET", "/scenario", "", 404, `{"error":"no scenario is loaded"}`},
		{"POST", "/scenario", "", 405, `{"error":"POST is not a verb of \"/scenario\""}`},
		{"GET", "/nothing", "", 404, `{"error":"there is no \"/nothing\" here"}`},
		{"POST", "/reset", "", 204, ``},
		{"GET", "/reset", "", 405, `{"error":"GET is not a verb of \"/reset\""}`},
	} {
		w := ask(h, step.method, step.target, step.body)
		if w.Code != step.status || w.Body.String() != step.want {
			t.Errorf("%s %s: HTTP %d %s, want %d %s", step.method, step.target, w.Code, w.Body, step.status, step.want)
		}
	}
	if f.resets != 1 {
		t.Errorf("%d resets", f.resets)
	}
	f.broken = errors.New("broken")
	if w := ask(h, http.MethodPost, "/reset", ""); w.Code != 500 || w.Body.String() != `{"error":"resetting: broken"}` {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
}

// A page of another site, open in a browser beside the simulator, gets nothing.
func TestForeignOrigins(t *testing.T) {
	f, h := start(t)
	for origin, status := range map[string]int{
		"http://127.0.0.1:7071": 204,
		"http://127.0.0.1:7070": 403,
		"http://127.0.0.1":      403,
		"https://evil.example":  403,
		"null":                  403,
		"":                      403,
		"http://[::1":           403,
	} {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:7071/reset", nil)
		r.Header.Set("Origin", origin)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != status {
			t.Errorf("Origin %q: HTTP %d %s", origin, w.Code, w.Body)
		}
	}
	if f.resets != 1 {
		t.Errorf("%d resets, want that of the same origin only", f.resets)
	}
}
