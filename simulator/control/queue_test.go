package control_test

import "testing"

func TestQueue(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"GET", "/queue", "", 200, `{"queue":[]}`},
		{"POST", "/queue", `{"then": {"result": 1032, "after": "3s"}}`, 201, `{"id":1,"api":"stkpush","phone":"","reference":"","times":1,"then":{"result":1032,"after":"3s"}}`},
		{"POST", "/queue", `{"api": "stkquery", "phone": "+254 712 345 678", "reference": "INV-1", "times": 3, "then": {"reply": {"page": "waf_403"}}}`, 201,
			`{"id":2,"api":"stkquery","phone":"254712345678","reference":"INV-1","times":3,"then":{"reply":{"page":"waf_403"}}}`},
		{"GET", "/queue", "", 200, `…{"queue":[{"id":1,`},
		{"POST", "/queue", `{"api": "stkpsh", "then": {"result": 0}}`, 400, `{"error":"api \"stkpsh\" is not one of oauth, stkpush, stkquery; did you mean stkpush?","field":"api"}`},
		{"POST", "/queue", `{"phone": "1", "then": {"result": 0}}`, 400, `{"error":"phone is a Kenyan mobile number such as \"254708374149\" or \"0708374149\", or with * for any digits such as \"2547001*\", not \"1\"","field":"phone"}`},
		{"POST", "/queue", `{"phone": ["0712345678", "07113*"], "reference": null, "amount": ">= 1000", "not": {"attempt": 1}, "then": {"result": 1}}`, 201,
			`{"id":3,"api":"stkpush","phone":"254712345678, 2547113*","reference":"","when":"amount >= 1000 and not (attempt 1)","times":1,"then":{"result":1}}`},
		{"POST", "/queue", `{"where": "time.hour == 25", "then": {"result": 1}}`, 400,
			`{"error":"where has time.hour == 25, which never holds: it is from 0 to 23 (at character 1)","field":"where"}`},
		{"POST", "/queue", `{"not": {"phon": "1"}, "then": {"result": 1}}`, 400, `…not: a condition has no \"phon\"; did you mean \"phone\"?`},
		{"POST", "/queue", `{"times": 0, "then": {"result": 0}}`, 400, `{"error":"times is 0; it must be from 1 to 1000","field":"times"}`},
		{"POST", "/queue", `{"times": 1001, "then": {"result": 0}}`, 400, `{"error":"times is 1001; it must be from 1 to 1000","field":"times"}`},
		{"POST", "/queue", `{"times": 1000, "then": {"result": 0}}`, 201, `…"times":1000`},
		{"POST", "/queue", `{"then": {"reslt": 0}}`, 400, `…then:1:2: unknown key`},
		{"POST", "/queue", `{"thenn": {"result": 0}}`, 400, `…did you mean then?`},
		{"POST", "/queue", ``, 400, `{"error":"then is missing; it says what happens, as in a scenario, such as {\"result\": 1032}","field":"then"}`},
		{"POST", "/queue", `{"api": "oauth", "phone": "0712345678", "then": {"reply": {"latency": "1s"}}}`, 400, `…a request to oauth has no phone`},
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

// What the queue shows is what was sent: it can be queued as it is.
func TestQueueShowsWhatWasSent(t *testing.T) {
	r := start(t)
	for _, then := range []string{
		`{"result":0,"after":"90s","callback":{"delay":"1m","copies":3,"gap":"500ms"}}`,
		`{"reply":{"error":"500.001.1001","accepted":true,"latency":"3s"}}`,
		`{"reply":{"damage":"truncated","slow_body":"2s"}}`,
	} {
		r.steps([]step{
			{"POST", "/queue", `{"then": ` + then + `}`, 201, `…"then":` + then + `}`},
			{"GET", "/queue", "", 200, `…"then":` + then + `}]}`},
			{"DELETE", "/queue", "", 204, ""},
		})
	}
}
