package control_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/journal"
)

func TestPhones(t *testing.T) {
	r := start(t)
	const idle = `{"number":"254712345678","name":"Grace Mwende","pin":"4321","on":true,"registered":true,"attended":false,"balance_cents":100000,"prompt":null,"messages":[]}`
	r.steps([]step{
		{"GET", "/phones", "", 200, `{"phones":[]}`},
		{"GET", "/phones/254712345678", "", 200, idle},
		{"GET", "/phones/0712345678", "", 200, idle},
		{"GET", "/phones/+254%20712-345%20678", "", 200, idle},
		{"GET", "/phones", "", 200, `{"phones":[` + idle + `]}`},
		{"GET", "/phones/12", "", 400, `{"error":"\"12\" is not a phone number; it must be like 254712345678 or 0712345678"}`},
		{"POST", "/phones/12/cancel", "", 400, `{"error":"\"12\" is not a phone number; it must be like 254712345678 or 0712345678"}`},
		{"POST", "/phones/12/attend", "", 400, `{"error":"\"12\" is not a phone number; it must be like 254712345678 or 0712345678"}`},
	})
	id := r.world().push(t, phone)
	p := r.get(200, "GET", "/phones/0712345678", "")["prompt"].(map[string]any)
	if p["checkout_request_id"] != id || p["amount_cents"] != 15000.0 || p["reference"] != "INV-1" || p["shortcode"] != "174379" || p["opened_at"] != "2026-11-24T12:00:00+03:00" || p["text"] == "" {
		t.Errorf("the prompt is %v", p)
	}
}

// What each action of a person comes to.
func TestActions(t *testing.T) {
	for _, tt := range []struct {
		action, body string
		result       string // of the callback after a long time; "" is none
		reason       string
	}{
		{"pin", "", "0", "the customer entered a PIN"},
		{"pin", `{"pin": "4321"}`, "0", "the customer entered a PIN"},
		{"pin", `{"pin": "1111"}`, "2001", "the customer entered a PIN"}, // and then nothing: the prompt stays open
		{"wrong_pin", "", "2001", "the customer entered a wrong PIN"},
		{"cancel", "", "1032", "the customer cancelled"},
		{"ignore", "{}", "1037", "the customer ignores the prompt"},
		{"off", "", "1037", "the phone was switched off"},
		{"on", "", "1037", "the phone was switched on"},
	} {
		t.Run(tt.action+tt.body, func(t *testing.T) {
			r := start(t)
			r.get(200, "POST", "/phones/0712345678/attend", "")
			id := r.world().push(t, phone)
			if got := r.get(200, "POST", "/phones/0712345678/"+tt.action, tt.body); got["on"] != (tt.action != "off") || got["attended"] != true {
				t.Errorf("the phone is %v", got)
			}
			r.get(200, "POST", "/clock/advance", `{"by": "1h"}`)
			verdict := r.get(200, "POST", "/journal/verify", `{"match": {"kind": "callback", "payment": "`+id+`", "body": {"Body.stkCallback.ResultCode": "`+tt.result+`"}}}`)
			if verdict["ok"] != true {
				t.Errorf("%v", verdict["message"])
			}
			done := r.world().journal.Find(journal.Filter{Match: journal.MatchFields("kind", "action", "phone", phone)})
			if len(done.Records) != 2 && len(done.Records) != 1 || done.Records[len(done.Records)-1].Reason != tt.reason || done.Records[len(done.Records)-1].URL != "/phones/0712345678/"+tt.action {
				t.Errorf("on record: %+v", done.Records)
			}
			for _, rec := range done.Records {
				if strings.Contains(string(rec.Request), "4321") {
					t.Errorf("the PIN is on record: %s", rec.Request)
				}
			}
		})
	}
}

func TestActionsThatCannotBe(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"POST", "/phones/0712345678/cancel", "", 409, `{"error":"254712345678: no prompt is open on this phone","code":"no_prompt"}`},
		{"POST", "/phones/0712345678/cancel?wait=1ms", "", 409, `{"error":"254712345678: no prompt is open on this phone, and none came within 1ms"}`},
		{"POST", "/phones/0712345678/cancel?wait=", "", 400, `{"error":"wait: \"\" is not a duration such as \"90s\", \"1h30m\" or \"500ms\"","field":"wait"}`},
		{"POST", "/phones/0712345678/cancel?wait=5", "", 400, `{"error":"wait: the duration \"5\" has no unit; did you mean \"5s\"?","field":"wait"}`},
		{"POST", "/phones/0712345678/cancel?wait=61s", "", 400, `{"error":"wait is 1m1s; it must be at most 1m0s","field":"wait"}`},
		{"POST", "/phones/0712345678/pin", `{"pin": "12"}`, 400, `{"error":"a PIN is four digits"}`},
		{"POST", "/phones/0712345678/pin", `{"pin": 1234}`, 400, `{"error":"pin is a JSON number; it must be a text in quotes"}`},
		{"POST", "/phones/0712345678/pin", `{"pni": "1234"}`, 400, `{"error":"unknown key \"pni\"; there are pin; did you mean pin?"}`},
		{"POST", "/phones/0712345678/pin", long(), 413, `{"error":"the body is over 262144 bytes"}`},
		{"POST", "/phones/0712345678/cancel", `{"pin": "1234"}`, 400, `{"error":"unknown key \"pin\"; this takes none"}`},
		{"POST", "/phones/0712345678/attend", `{"atend": true}`, 400, `{"error":"unknown key \"atend\"; there are attend; did you mean attend?"}`},
		{"POST", "/phones/0712345678/attend", `{"attend": "yes"}`, 400, `{"error":"attend is a JSON string; it must be true or false"}`},
		{"POST", "/phones/0712345678/attend", long(), 413, `{"error":"the body is over 262144 bytes"}`},
		{"POST", "/phones/0712345678/off", "", 200, `…"on":false`},
		{"POST", "/phones/0712345678/cancel", "", 409, `{"error":"254712345678: this phone is switched off; switch it on first","code":"phone_off"}`},
	})
	if n := r.world().journal.Find(journal.Filter{Match: journal.MatchFields("kind", "action")}).Total; n != 1 {
		t.Errorf("%d actions on record, want that which was done", n)
	}
	if p := r.world().domain.Phone(phone); p.Attended {
		t.Error("the phone is attended when the wait is over")
	}
}

// An action waits for the prompt, and the customer does not answer first.
func TestActionsWait(t *testing.T) {
	r := start(t)
	events, _ := r.world().Subscribe()
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() { done <- serve(r, http.MethodPost, "/phones/0712345678/cancel?wait=60s") }()
	<-events // the phone is attended, so it waits
	id := r.world().push(t, phone)
	if w := <-done; w.Code != 200 {
		t.Fatalf("HTTP %d %s", w.Code, w.Body)
	}
	r.get(200, "POST", "/clock/advance", `{"by": "1h"}`)
	verdict := r.get(200, "POST", "/journal/verify", `{"match": {"kind": "callback", "payment": "`+id+`", "body": {"Body.stkCallback.ResultCode": 1032}}}`)
	if verdict["ok"] != true {
		t.Errorf("%v", verdict["message"])
	}
	if r.world().listeners() != 1 {
		t.Error("the wait still listens")
	}
}

// A world that is deleted ends the waits in it.
func TestWaitEndsWithItsWorld(t *testing.T) {
	r := start(t, "shop")
	events, _ := r.worlds.all[1].Subscribe()
	done := make(chan *httptest.ResponseRecorder, 1)
	go func() { done <- serve(r, http.MethodPost, "/worlds/shop/phones/0712345678/cancel?wait=60s") }()
	<-events
	r.get(204, "DELETE", "/worlds/shop", "")
	if w := <-done; w.Code != 404 || w.Body.String() != `{"error":"the world is gone: not found"}` {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
}

func TestAttend(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"POST", "/phones/0712345678/attend", `{"attend": false}`, 200, `…"attended":false`},
		{"POST", "/phones/0712345678/attend", "", 200, `…"attended":true`},
		{"POST", "/phones/0712345678/attend", `{"attend": true}`, 200, `…"attended":true`},
	})
	leave := r.world().domain.Attend(phone) // another caller, too
	r.steps([]step{{"POST", "/phones/0712345678/attend", `{"attend": false}`, 200, `…"attended":true`}})
	leave()
	r.steps([]step{
		{"GET", "/phones/0712345678", "", 200, `…"attended":false`},
		{"POST", "/phones/0712345678/attend", `{"attend": false}`, 200, `…"attended":false`},
	})
}

// Messages and times are as the API promises.
func TestMessages(t *testing.T) {
	r := start(t)
	r.world().push(t, phone)
	r.get(200, "POST", "/clock/advance", `{"by": "10s"}`)
	messages := r.get(200, "GET", "/phones/0712345678", "")["messages"].([]any)
	if len(messages) == 0 {
		t.Fatal("no SMS")
	}
	if m := messages[0].(map[string]any); m["from"] != "MPESA" || m["at"] != "2026-11-24T12:00:02+03:00" || !strings.Contains(m["text"].(string), "150") {
		t.Errorf("the SMS is %v", m)
	}
	entries := r.get(200, "GET", "/ledger", "")["entries"].([]any)
	if e := entries[0].(map[string]any); len(entries) != 1 || e["amount_cents"] != 15000.0 || e["phone"] != phone || e["at"] != "2026-11-24T12:00:02+03:00" {
		t.Errorf("the ledger is %v", entries)
	}
	r.steps([]step{{"GET", "/organisations", "", 200, `…"shortcode":"174379","name":"Daraja-Sandbox","till":"","nominated_number":"254708374149","balance_cents":15000,`}})
}
