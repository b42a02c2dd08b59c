package control_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/scenario"
)

func TestQueue(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"GET", "/queue", "", 200, `{"queue":[]}`},
		{"POST", "/queue", `{"then": {"result": 1032, "after": "3s"}}`, 201, `{"id":1,"api":"stkpush","phone":"","reference":"","times":1,"then":{"result":"1032","after":"3s"}}`},
		{"POST", "/queue", `{"api": "stkquery", "phone": "+254 712 345 678", "reference": "INV-1", "times": 3, "then": {"reply": {"page": "waf_403"}}}`, 201,
			`{"id":2,"api":"stkquery","phone":"254712345678","reference":"INV-1","times":3,"then":{"reply":{"page":"waf_403"}}}`},
		{"GET", "/queue", "", 200, `…{"queue":[{"id":1,`},
		{"POST", "/queue", `{"api": "stkpsh", "then": {"result": 0}}`, 400, `{"error":"api \"stkpsh\" is not one of oauth, stkpush, stkquery; did you mean stkpush?","field":"api"}`},
		{"POST", "/queue", `{"phone": "1", "then": {"result": 0}}`, 400, `{"error":"\"1\" is not a phone number; it must be like 254712345678 or 0712345678"}`},
		{"POST", "/queue", `{"times": 0, "then": {"result": 0}}`, 400, `{"error":"times is 0; it must be from 1 to 1000","field":"times"}`},
		{"POST", "/queue", `{"times": 1001, "then": {"result": 0}}`, 400, `{"error":"times is 1001; it must be from 1 to 1000","field":"times"}`},
		{"POST", "/queue", `{"times": 1000, "then": {"result": 0}}`, 201, `…"times":1000`},
		{"POST", "/queue", `{"then": {"reslt": 0}}`, 400, `…then:1:2: unknown key`},
		{"POST", "/queue", `{"thenn": {"result": 0}}`, 400, `…did you mean then?`},
		{"POST", "/queue", ``, 400, `{"error":"then is missing; it says what happens, as in a scenario, such as {\"result\": 1032}","field":"then"}`},
		{"POST", "/queue", `{"api": "oauth", "phone": "0712345678", "then": {"reply": {"latency": "1s"}}}`, 400, `…a request for a token has no phone`},
		{"POST", "/queue", long(), 413, `{"error":"the body is over 262144 bytes"}`},
		{"DELETE", "/queue", "", 204, ""},
		{"GET", "/queue", "", 200, `{"queue":[]}`},
	})
}

// A queued outcome decides the next push, and is gone.
func TestQueueDecides(t *testing.T) {
	r := start(t)
	r.get(201, "POST", "/queue", `{"phone": "0712345678", "then": {"result": 2001}}`)
	first := r.world().push(t, phone)
	r.get(200, "POST", "/clock/advance", `{"by": "1m"}`)
	verdict := r.get(200, "POST", "/journal/verify", `{"match": {"payment": "`+first+`", "kind": "callback", "body": {"Body.stkCallback.ResultCode": 2001}}}`)
	if verdict["ok"] != true {
		t.Error(verdict["message"])
	}
	r.steps([]step{{"GET", "/queue", "", 200, `{"queue":[]}`}})
}

// What the queue shows is the language again: it can be queued as it is.
func TestQueueSpeaksTheLanguage(t *testing.T) {
	w := newFakeWorld(control.NewWorld{})
	for _, then := range []string{
		`{result: 1032}`,
		`{result: 0, after: 90s, callback: {delay: 1m, copies: 3, gap: 500ms}}`,
		`{result: 0, callback: {drop: true}}`,
		`{result: 0, callback: {reuse_receipt_of: previous}}`,
		`{result: 0, callback: {amount: 20.50}}`,
		`{result: 0, callback: {phone: "254700000001", unknown_id: true}}`,
		`{result: 0, callback: {malformed: true}}`,
		`{result: 0, callback: {reset: true}}`,
		`{result: 0, callback: {slow_body: 5s}}`,
		`{result: 0, callback: {reorder: 2}}`,
		`{result: 0, callback: {before_ack: true}}`,
		`{reply: {error: 500.003.1001}}`,
		`{reply: {error: 500.001.1001, accepted: true, latency: 3s}}`,
		`{reply: {page: spike_arrest}}`,
		`{reply: {revoke_token: true}}`,
		`{reply: {damage: truncated, slow_body: 2s}}`,
		`{reply: {damage: reset}}`,
		`{reply: {damage: reset, accepted: false}}`,
	} {
		shown, err := control.Understood(w, then)
		if err != nil {
			t.Errorf("%s: %v", then, err)
			continue
		}
		want, _ := scenario.ParseThen([]byte(then))
		got, err := scenario.ParseThen(shown)
		if err != nil || !reflect.DeepEqual(got, want) {
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(want)
			t.Errorf("%s is shown as %s: %v\n got %s\nwant %s", then, shown, err, a, b)
		}
	}
}
