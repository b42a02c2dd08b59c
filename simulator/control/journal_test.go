package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/journal"
)

func TestJournal(t *testing.T) {
	r := start(t, "shop")
	id := r.world().push(t, phone)
	r.get(200, "POST", "/clock/advance", `{"by": "1m"}`) // record 2, and by it the callback
	r.steps([]step{
		{"GET", "/journal", "", 200, `…"next":0,"total":3,"lost":0}`},
		{"GET", "/journal?kind=callback", "", 200, `…"total":1`},
		{"GET", "/journal?phone=0712345678&limit=1", "", 200, `…"next":1,"total":2`},
		{"GET", "/journal?after=1&limit=1", "", 200, `…{"records":[{"seq":2,`},
		{"GET", "/journal?newest=1&limit=1", "", 200, `…{"records":[{"seq":3,`},
		{"GET", "/journal?payment=" + id + "&status=2xx&text=ResultCode", "", 200, `…"total":1`},
		{"GET", "/worlds/shop/journal", "", 200, `{"records":[],"next":0,"total":0,"lost":0}`},
		{"GET", "/journal?limit=0", "", 400, `{"error":"limit is a number from 1 to 1000, not \"0\"","field":"limit"}`},
		{"GET", "/journal?limit=1001", "", 400, `…from 1 to 1000`},
		{"GET", "/journal?pone=1", "", 400, `…did you mean \"phone\"?`},
		{"GET", "/journal.jsonl?pone=1", "", 400, `…did you mean \"phone\"?`},
		{"GET", "/journal.har?pone=1", "", 400, `…did you mean \"phone\"?`},
		{"GET", "/journal/1", "", 200, `…{"seq":1,"at":"2026-11-24T12:00:00+03:00","world":"default","kind":"request","api":"stkpush","payment":"` + id + `"`},
		{"GET", "/journal/2", "", 200, `…"kind":"action"`},
		{"GET", "/journal/9", "", 404, `{"error":"the journal has no record 9, or has it no more"}`},
		{"GET", "/journal/0", "", 404, `{"error":"the journal has no record 0, or has it no more"}`},
		{"GET", "/journal/99999999999999999999", "", 400, `{"error":"\"99999999999999999999\" is not the number of a record"}`},
		{"DELETE", "/journal", "", 204, ``},
		{"GET", "/journal", "", 200, `{"records":[],"next":0,"total":0,"lost":0}`},
	})
}

func TestExports(t *testing.T) {
	r := start(t)
	for range 150 { // more than a page
		r.world().journal.Add(journal.Record{At: at(), Kind: journal.KindRequest, API: "stkpush", Phone: phone, Method: "POST", URL: "/x", Status: 200, Request: []byte(`{}`), Response: []byte(`{}`)})
	}
	w := r.ask(http.MethodGet, "/journal.jsonl", "")
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="journal.jsonl"` || w.Header().Get("Content-Type") != "application/jsonl" {
		t.Errorf("header %v", w.Header())
	}
	n := 0
	for lines := bufio.NewScanner(w.Body); lines.Scan(); n++ {
		var rec journal.Record
		if err := json.Unmarshal(lines.Bytes(), &rec); err != nil || rec.Seq != uint64(n+1) {
			t.Fatalf("line %d: %v, %s", n, err, lines.Text())
		}
	}
	if n != 150 {
		t.Errorf("%d lines", n)
	}
	w = r.ask(http.MethodGet, "/journal.har?limit=2", "")
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="journal.har"` {
		t.Errorf("header %v", w.Header())
	}
	var har struct {
		Log struct {
			Version string
			Entries []any
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &har); err != nil || har.Log.Version != "1.2" || len(har.Log.Entries) != 2 {
		t.Errorf("%v, version %q, %d entries", err, har.Log.Version, len(har.Log.Entries))
	}
}

func TestVerify(t *testing.T) {
	r := start(t)
	r.world().push(t, phone)
	r.steps([]step{
		{"POST", "/journal/verify", `{"match": {"api": "stkpush", "phone": "2547*"}}`, 200, `…{"ok":true,"found":1,`},
		{"POST", "/journal/verify", `{"match": {}, "count": {"at_least": 1, "at_most": 3}}`, 200, `…{"ok":true,"found":1,`},
		{"POST", "/journal/verify", `{"match": {"phone": "2547*"}, "count": 2}`, 200, `…{"ok":false,"found":1,`},
		{"POST", "/journal/verify", `{"match": {"reference": "INV-2"}}`, 200, `…"near_misses":[{"record":{"seq":1,`},
		{"POST", "/journal/verify", `{"match": {"pone": "2547*"}}`, 400, `…did you mean \"phone\"?`},
		{"POST", "/journal/verify", `{"match": [1]}`, 400, `…{"error":"match: `},
		{"POST", "/journal/verify", `{"match": {}, "count": -1}`, 400, `…{"error":"count: `},
		{"POST", "/journal/verify", `{"match": {}, "count": {"atleast": 1}}`, 400, `…{"error":"count: `},
		{"POST", "/journal/verify", `{"mach": {}}`, 400, `{"error":"unknown key \"mach\"; there are match, count; did you mean match?"}`},
		{"POST", "/journal/verify", `{"match": {}, "timeout": "1s"}`, 400, `{"error":"unknown key \"timeout\"; there are match, count"}`},
		{"POST", "/journal/verify", ``, 400, `…{"error":"match is missing;`},
		{"POST", "/journal/verify", long(), 413, `{"error":"the body is over 262144 bytes"}`},
	})
}

func TestWait(t *testing.T) {
	r := start(t)
	r.world().push(t, phone)
	r.steps([]step{
		{"POST", "/journal/wait", `{"match": {"phone": "2547*"}, "count": 1, "timeout": "60s"}`, 200, `…{"ok":true,"found":1,`},
		{"POST", "/journal/wait", `{"match": {"reference": "INV-2"}, "timeout": "1ms"}`, 408, `…{"ok":false,"found":0,`},
		{"POST", "/journal/wait", `{"match": {"reference": "INV-2"}, "timeout": "0s"}`, 408, `…"near_misses":[{"record":{"seq":1,`},
		{"POST", "/journal/wait", `{"match": {}, "timeout": "60001ms"}`, 400, `{"error":"timeout is 1m0.001s; it must be at most 1m0s","field":"timeout"}`},
		{"POST", "/journal/wait", `{"match": {}, "timeout": 10}`, 400, `{"error":"10 is not a duration; it must be a text with a unit, such as \"90s\" or \"1h30m\""}`},
		{"POST", "/journal/wait", `{"match": {}, "timout": "1s"}`, 400, `{"error":"unknown key \"timout\"; there are match, count, timeout; did you mean timeout?"}`},
		{"POST", "/journal/wait", `{"count": 1}`, 400, `…{"error":"match is missing;`},
		{"POST", "/journal/wait", `{"match": {}, "count": "many"}`, 400, `…{"error":"count: `},
		{"POST", "/journal/wait", long(), 413, `{"error":"the body is over 262144 bytes"}`},
	})
}

// A wait ends as soon as what it waits for has happened.
func TestWaitForWhatComes(t *testing.T) {
	r := start(t)
	done := make(chan string, 1)
	go func() {
		w := r.ask(http.MethodPost, "/journal/wait", `{"match": {"kind": "callback"}, "timeout": "60s"}`)
		done <- w.Body.String()
	}()
	r.world().push(t, phone)
	r.get(200, "POST", "/clock/advance", `{"by": "1m"}`)
	if got := <-done; !strings.HasPrefix(got, `{"ok":true,"found":1,`) {
		t.Error(got)
	}
}

// A simulator that stops ends what waits. The check was not made, so the answer is not
// that it does not hold.
func TestWaitsOfASimulatorThatStops(t *testing.T) {
	for _, s := range []struct{ name, target, body string }{
		{"for the journal", "/journal/wait", `{"match": {"kind": "callback"}, "timeout": "60s"}`},
		{"for a prompt", "/phones/254712345678/cancel?wait=60s", "{}"},
		{"for the clock", "/clock/advance", `{"by": "1m"}`},
	} {
		t.Run(s.name, func(t *testing.T) {
			r := start(t)
			stopped, stop := context.WithCancel(t.Context())
			stop()
			w := httptest.NewRecorder()
			req := httptest.NewRequestWithContext(stopped, http.MethodPost, "http://127.0.0.1:7071"+s.target, strings.NewReader(s.body))
			r.ServeHTTP(w, req)
			if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "the simulator is stopping") {
				t.Errorf("HTTP %d %s", w.Code, w.Body)
			}
			r.spec.check(t, req, s.body, w.Result())
		})
	}
}
