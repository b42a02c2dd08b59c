package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// errands is a product that exists in this file only: an order is acknowledged, the
// merchant is asked whether it is right, and a callback with the result follows.
func errands() simulator.Product {
	const api simulator.API = "errand"
	type order struct {
		phone daraja.MSISDN
		id    string
		url   string
		code  daraja.ResultCode
		plan  simulator.CallbackPlan
		by    string
	}
	callback := func(o order, id, body string) simulator.Callback {
		return simulator.Callback{API: api, ID: id, Payment: o.id, URL: o.url, Phone: o.phone, Body: []byte(body), By: o.by}
	}
	return simulator.Product{
		Name: "errands", Doc: "errands",
		Operations: []simulator.Operation{{
			API: api, Synonyms: []string{"task"}, Doc: "an errand", Method: http.MethodPost, Path: "/mpesa/errands/v1/run", StartsPayment: true,
			Fields: []simulator.Field{
				{Name: "Msisdn", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "Who runs."},
				{Name: "Url", URL: true, Doc: "Where the result goes."},
			},
			InvalidToken: func() daraja.Error {
				return daraja.Error{Status: http.StatusUnauthorized, Code: "401.001.01", Message: "No errand without a token"}
			},
			Execute: func(l *simulator.Locked, x *simulator.Exchange) (any, error) {
				state, _ := l.StateOf("errands").(*errandState)
				state.ordered++
				x.ID = fmt.Sprintf("errand-%d", state.ordered)
				o := order{x.Phone, x.ID, x.Text("Url"), x.Result(daraja.ResultSuccess), x.Outcome.Callback, x.Outcome.By}
				l.Ask(callback(o, x.ID+"-question", `{"right":"?"}`), "errands", "answered", 8*time.Second, o)
				return map[string]string{"Errand": x.ID, "Words": l.Setting("errand_words")}, nil
			},
		}},
		Results:  []daraja.Result{{Code: daraja.ResultSuccess, Text: "Done.", Short: "done"}, {Code: "77", Text: "Lost the way.", Short: "lost the way", Meaning: "The runner is lost."}},
		Faults:   []simulator.Fault{{Name: "detour", Takes: simulator.TakesPhone, Example: "254711000111", Doc: "The runner meets another one.", Record: "met {}"}},
		Errors:   []simulator.Refusal{{Error: daraja.Error{Status: http.StatusTeapot, Code: "418.001.01", Message: "No errand today"}}},
		Settings: []simulator.Setting{{Name: "errand_words", Default: "few", Allowed: []string{"few", "many"}, Doc: "how much the runner says"}},
		NewState: func() simulator.State { return &errandState{} },
		Jobs: map[string]simulator.Job{"answered": func(l *simulator.Locked, due simulator.Due) {
			o, _ := due.Data.(order)
			said := "no answer"
			if due.Answer != nil {
				said = string(due.Answer.Body)
			}
			c := callback(o, o.id, fmt.Sprintf(`{"Result":{"ResultCode":%s,"ResultDesc":%q,"Merchant":%q}}`, o.code, l.ResultText(api, o.code), said))
			c.Plan = o.plan
			l.Send(c)
		}},
		Actions: []simulator.Action{{
			Name: "praise", Doc: "praises a runner", Fields: []simulator.Field{{Name: "phone", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "Whom."}},
			Run: func(l *simulator.Locked, _ simulator.Values) (any, error) {
				state, _ := l.StateOf("errands").(*errandState)
				state.praised++
				return state.praised, nil
			},
		}},
	}
}

type errandState struct{ ordered, praised int }

func (s *errandState) Clone() simulator.State { c := *s; return &c }

func withErrands(c app.Config) app.Config {
	c.Products = append(all.Products(), errands())
	return c
}

func (w *world) errand(t *testing.T, number, url string) (int, string) {
	t.Helper()
	if w.token == "" {
		_, body := w.login(t)
		var token daraja.TokenResponse
		if err := json.Unmarshal([]byte(body), &token); err != nil {
			t.Fatal(err)
		}
		w.token = token.AccessToken
	}
	return call(t, http.MethodPost, w.Base+"/mpesa/errands/v1/run", fmt.Sprintf(`{"Msisdn":%q,"Url":%q}`, number, url),
		"Content-Type", "application/json", "Authorization", "Bearer "+w.token)
}

// A product is one value: routes, settings, rules, schema, journal, matcher, queue,
// control API, front page and docs know it.
func TestProductIsKnownEverywhere(t *testing.T) {
	s := start(t, withErrands(app.Config{Clock: frozen()}))
	shop := listenRaw(t)
	contains := func(what, text, want string) {
		t.Helper()
		if !strings.Contains(text, want) {
			t.Errorf("%s: %s\nhas no %s", what, text, want)
		}
	}

	status, body := call(t, http.MethodPost, s.Base+"/mpesa/errands/v1/run", "{}", "Content-Type", "application/json")
	contains("without a token", fmt.Sprint(status, body), `401{"requestId":`)
	contains("without a token", body, `"errorCode":"401.001.01"`)
	_, body = s.errand(t, "254712345678", shop.url)
	contains("route", body, `{"Errand":"errand-1","Words":"few"}`)
	_, body = s.errand(t, "0712", shop.url)
	contains("field", body, "Bad Request - Invalid Msisdn")
	call(t, http.MethodPost, s.Base+"/mpesa/errands/v1/runs", "{}")
	contains("path", s.ask(t, "GET", "/journal?api=unknown", ""), "did you mean /mpesa/errands/v1/run?")
	contains("front page", func() string { _, page := call(t, "GET", s.Base+"/", "", "Accept", "text/html"); return page }(), "/mpesa/errands/v1/run")

	s.ask(t, "PUT", "/settings", `{"errand_words": "many"}`)
	s.ask(t, "PUT", "/scenario", "world: {settings: {errand_words: many}}\nrules:\n  - {when: {api: errand, phone: '254712*'}, then: {result: 77, callback: {copies: 2, detour: 0711000111}}}\n")
	_, body = s.control(t, "PUT", "/scenario", "rules: [{when: {api: task}, then: {result: 77}}]")
	contains("synonym", body, "did you mean errand?")
	_, body = s.control(t, "PUT", "/scenario", "rules: [{when: {api: errand, amount: 5}, then: {result: 77}}]")
	contains("rule key", body, "a request to errand has no amount")
	_, body = s.control(t, "PUT", "/scenario", "rules: [{when: {api: errand}, then: {result: 1032}}]")
	contains("result of another product", body, "is not a result code of errand")
	contains("schema", s.ask(t, "GET", "/scenarios/schema.json", ""), `"errand_words"`)
	contains("outcomes", s.ask(t, "GET", "/outcomes", ""), "lost the way")
	_, body = s.errand(t, "254712345678", shop.url)
	contains("setting", body, `"Words":"many"`)
	s.advance(t, "1s")
	s.ask(t, "POST", "/journal/verify", `{"match":{"kind":"callback","api":"errand","body":{"Result.ResultCode":77}},"count":2}`)
	contains("matcher", s.ask(t, "POST", "/journal/verify", `{"match":{"kind":"callback","api":"errand","body":{"Result.ResultCode":77}},"count":2}`), `"ok":true`)
	contains("fault", s.ask(t, "GET", "/journal?api=errand&kind=callback", ""), `"met 254711000111"`)
	contains("error", s.ask(t, "GET", "/errors", ""), `"No errand today"`)
	_, body = s.control(t, "POST", "/journal/verify", `{"match":{"api":"erand"},"count":2}`)
	contains("matcher", body, `did you mean \"errand\"?`)
	contains("filter", s.ask(t, "GET", "/journal?api=errand&kind=request", ""), `"payment":"errand-2"`)

	s.ask(t, "DELETE", "/scenario", "")
	s.ask(t, "POST", "/queue", `{"api": "errand", "phone": "254712345678", "then": {"result": 77}}`)
	contains("products", s.ask(t, "GET", "/products", ""), `{"name":"praise","doc":"praises a runner"`)
	contains("action", s.ask(t, "POST", "/products/errands/praise", `{"phone": "254712345678"}`), `{"result":1}`)
	contains("reference", string(scenario.For(catalogue(t)).Reference(nil)), "errand asks for an errand")
	contains("coverage", string(all.Coverage(catalogue(t), nil)), "`/mpesa/errands/v1/run`")
}

func catalogue(t *testing.T) *simulator.Catalogue {
	t.Helper()
	c, err := simulator.NewCatalogue(append(all.Products(), errands())...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The answer to a callback decides, or else its deadline on the world's clock.
func TestCallbackWhoseAnswerMatters(t *testing.T) {
	s := start(t, withErrands(app.Config{Clock: frozen()}))
	shop := listenRaw(t)
	s.errand(t, "254712345678", shop.url)
	s.advance(t, "1ms")
	var last string
	for _, body := range shop.all() {
		if strings.Contains(body, `"Result":`) {
			last = body
		}
	}
	if !strings.Contains(last, `"Merchant":`) || strings.Contains(last, "no answer") {
		t.Fatalf("the merchant got %q", shop.all())
	}
	s.ask(t, "POST", "/callbacks/hold", "")
	s.errand(t, "254712345678", shop.url)
	s.advance(t, "7s")
	if n := strings.Count(s.ask(t, "GET", "/callbacks", ""), `"status":"held"`); n != 1 {
		t.Errorf("%d callbacks are held before the deadline, want the question alone", n)
	}
	s.advance(t, "1s")
	if held := s.ask(t, "GET", "/callbacks", ""); strings.Count(held, `"status":"held"`) != 2 || !strings.Contains(held, "no answer") {
		t.Errorf("after the deadline: %s", held)
	}
}

// A snapshot keeps pending work and the product's state; reset and another restore
// leave neither behind.
func TestPendingWorkAndSnapshots(t *testing.T) {
	s := start(t, withErrands(app.Config{Clock: frozen()}))
	shop := listenRaw(t)
	s.ask(t, "POST", "/callbacks/hold", "")
	s.errand(t, "254712345678", shop.url)
	s.advance(t, "3s")
	var taken struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(s.ask(t, "POST", "/snapshots", `{"name":"pending"}`)), &taken); err != nil {
		t.Fatal(err)
	}
	results := func() int { return strings.Count(s.ask(t, "GET", "/callbacks", ""), "no answer") }
	s.ask(t, "POST", "/reset", "")
	s.advance(t, "1m")
	if n := results(); n != 0 {
		t.Errorf("%d results after the reset", n)
	}
	for range 2 {
		s.ask(t, "POST", "/snapshots/"+taken.ID+"/restore", "")
		s.advance(t, "4s")
		if n := results(); n != 0 {
			t.Errorf("%d results before the deadline", n)
		}
		s.advance(t, "1s")
		if n := results(); n != 1 {
			t.Errorf("%d results after the deadline, want 1", n)
		}
		if _, body := s.errand(t, "254712345678", shop.url); !strings.Contains(body, "errand-2") {
			t.Errorf("the state was not restored: %s", body)
		}
	}
}
