package control_test

import (
	"testing"

	"github.com/darajabox/darajabox/simulator/journal"
)

func TestClock(t *testing.T) {
	r := start(t)
	const running = `{"error":"the clock is running; freeze it first","code":"clock_running"}`
	r.world().push(t, phone)
	r.steps([]step{
		{"GET", "/clock", "", 200, `{"now":"2026-11-24T12:00:00+03:00","frozen":true,"speed":0,"next":"2026-11-24T12:00:02+03:00"}`},
		{"POST", "/clock/advance", `{"by": "1s"}`, 200, `{"now":"2026-11-24T12:00:01+03:00","frozen":true,"speed":0,"next":"2026-11-24T12:00:02+03:00"}`},
		{"POST", "/clock/advance", `{"by": "0s"}`, 200, `…"now":"2026-11-24T12:00:01+03:00"`},
		{"POST", "/clock/advance", `{"to": "2026-11-24T10:00:00Z"}`, 200, `{"now":"2026-11-24T13:00:00+03:00","frozen":true,"speed":0,"next":null}`},
		{"POST", "/clock/advance", `{"to": "2026-11-24T12:59:59+03:00"}`, 400, `{"error":"the clock shows 2026-11-24T13:00:00+03:00 already; time only goes forward, and snapshots go back"}`},
		{"POST", "/clock/advance", `{"by": "8784h"}`, 200, `…"now":"2027-11-25T13:00:00+03:00"`},
		{"POST", "/clock/advance", `{"by": "8784h1ns"}`, 400, `{"error":"the clock is advanced by at most 366 days (8784h0m0s) at once"}`},
		{"POST", "/clock/advance", `{"to": "9999-11-24T12:59:59+03:00"}`, 400, `…at most 366 days`},
		{"POST", "/clock/advance", `{"by": "-1s"}`, 400, `{"error":"\"-1s\" is not a duration such as \"90s\", \"1h30m\" or \"500ms\""}`},
		{"POST", "/clock/advance", `{"by": "90"}`, 400, `{"error":"the duration \"90\" has no unit; did you mean \"90s\"?"}`},
		{"POST", "/clock/advance", `{"by": 90}`, 400, `{"error":"90 is not a duration; it must be a text with a unit, such as \"90s\" or \"1h30m\""}`},
		{"POST", "/clock/advance", `{"to": 90}`, 400, `{"error":"a time must be a text like \"2026-11-24T12:00:00+03:00\""}`},
		{"POST", "/clock/advance", `{"fro": "90s"}`, 400, `…{"error":"unknown key \"fro\"; there are by, to`},
		{"POST", "/clock/advance", ``, 400, `…{"error":"give either by`},
		{"POST", "/clock/advance", `{"by": "1s", "to": "2026-11-24T12:59:59+03:00"}`, 400, `…{"error":"give either by`},
		{"POST", "/clock/advance", long(), 413, `{"error":"the body is over 262144 bytes"}`},
		{"POST", "/clock/run", `{"speed": 0}`, 400, `{"error":"speed is 0; it must be over 0 and at most 10000 times real time","field":"speed"}`},
		{"POST", "/clock/run", `{"speed": -1}`, 400, `…speed is -1`},
		{"POST", "/clock/run", `{"speed": 10001}`, 400, `…speed is 10001`},
		{"POST", "/clock/run", `{"speed": "fast"}`, 400, `{"error":"speed is a JSON string; it must be a number"}`},
		{"POST", "/clock/run", `{"sped": 2}`, 400, `{"error":"unknown key \"sped\"; there are speed; did you mean speed?"}`},
		{"POST", "/clock/run", `{"speed": 60}`, 200, `…"frozen":false,"speed":60`},
		{"POST", "/clock/advance", `{"by": "1s"}`, 409, running},
		{"POST", "/clock/run", "", 200, `…"frozen":false,"speed":1`},
		{"POST", "/clock/freeze", "", 200, `…"frozen":true,"speed":0`},
		{"POST", "/clock/advance", `{"by": "1s"}`, 200, `…"frozen":true`},
	})
	actions := r.world().journal.Find(journal.Filter{Match: journal.MatchFields("kind", "action")})
	if first := actions.Records[0]; first.Reason != "the clock was advanced by 1s" || first.URL != "/clock/advance" || !first.At.Equal(at()) {
		t.Errorf("the first action on record is %+v", first)
	}
	if n := len(actions.Records); n != 8 { // those that were taken
		t.Errorf("%d actions on record", n)
	}
}

// What falls due has happened when advance answers.
func TestAdvanceDelivers(t *testing.T) {
	r := start(t)
	id := r.world().push(t, phone)
	r.get(200, "POST", "/clock/advance", `{"by": "1m"}`)
	page := r.get(200, "GET", "/journal?kind=callback&payment="+id, "")
	if records := page["records"].([]any); len(records) != 1 || records[0].(map[string]any)["at"] != "2026-11-24T12:00:02+03:00" {
		t.Errorf("callbacks on record: %v", page)
	}
}
