package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/darajabox/darajabox/simulator/control/client"
)

var update = flag.Bool("update", false, "write the golden files anew")

// answers are what a control port says to each request.
type answers map[string]string // "GET /worlds" -> "200 {…}"

// fakeControl is a control port with fixed answers, and keeps what it is
// asked.
type fakeControl struct {
	URL string

	mu    sync.Mutex
	asked []string
}

func newFakeControl(t *testing.T, a answers) *fakeControl {
	t.Helper()
	f := &fakeControl{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		line := r.Method + " " + r.URL.RequestURI()
		f.mu.Lock()
		f.asked = append(f.asked, strings.TrimSpace(fmt.Sprintf("%s %s %s", line, r.Header.Get("Content-Type"), body)))
		f.mu.Unlock()
		answer, ok := a[line]
		if !ok {
			answer, ok = a[r.Method+" "+r.URL.EscapedPath()]
		}
		if !ok {
			answer = `404 {"error":"there is no such thing here"}`
		}
		var status int
		code, text, _ := strings.Cut(answer, " ")
		if _, err := fmt.Sscan(code, &status); err != nil {
			t.Errorf("answer %q has no status", answer)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(server.Close)
	f.URL = server.URL
	return f
}

func (f *fakeControl) requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.asked...)
}

// outcome is what a command left behind.
type outcome struct {
	stdout, stderr string
	code           int
}

func darajabox(t *testing.T, args ...string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	code := run(env{ctx: t.Context(), stdout: &out, stderr: &err}, args)
	return outcome{out.String(), err.String(), code}
}

// transcript is a run of a command, for a golden file.
func transcript(f *fakeControl, args []string, o outcome) string {
	var b strings.Builder
	fmt.Fprintf(&b, "$ darajabox %s\n", strings.Join(args, " "))
	for _, r := range f.requests() {
		fmt.Fprintf(&b, "> %s\n", r)
	}
	fmt.Fprintf(&b, "exit %d\n", o.code)
	if o.stdout != "" {
		fmt.Fprintf(&b, "-- stdout\n%s", o.stdout)
	}
	if o.stderr != "" {
		fmt.Fprintf(&b, "-- stderr\n%s", o.stderr)
	}
	return strings.ReplaceAll(b.String(), f.URL, "http://control")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "client", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s (-update writes it anew):\n got:\n%s\nwant:\n%s", file, got, want)
	}
}

const (
	worldJSON = `{"id":"w-1","consumer_key":"KEY","consumer_secret":"SECRET","base_url":"http://127.0.0.1:7070","url":"http://127.0.0.1:7070/w/w-1",` +
		`"control_url":"http://127.0.0.1:7071/worlds/w-1","shortcode":"174379","passkey":"bfb2","seed":7,"scenario":"cancelled","created_at":"2026-11-24T12:00:00+03:00"}`
	clockJSON = `{"now":"2026-11-24T12:01:30+03:00","frozen":true,"speed":0,"next":"2026-11-24T12:02:00+03:00"}`
	phoneJSON = `{"number":"254708374149","name":"Jane Wanjiru","pin":"4271","on":true,"registered":true,"attended":true,"balance_cents":123450,` +
		`"prompt":{"checkout_request_id":"ws_CO_1","text":"Do you want to pay Ksh150.00 to SHOP?\nEnter PIN","organisation":"SHOP","shortcode":"174379",` +
		`"reference":"INV-1","amount_cents":15000,"opened_at":"2026-11-24T12:00:00+03:00","ends_at":"2026-11-24T12:01:00+03:00","tries":0},` +
		`"messages":[{"at":"2026-11-23T09:00:00+03:00","from":"MPESA","text":"UKN1 Confirmed."}]}`
	idlePhoneJSON = `{"number":"254712345678","name":"Otieno","pin":"1111","on":false,"registered":true,"attended":false,"balance_cents":0,"prompt":null,"messages":[]}`
	requestJSON   = `{"seq":1,"at":"2026-11-24T12:00:00.5+03:00","world":"default","kind":"request","api":"stkpush","payment":"","phone":"254708374149",` +
		`"reference":"INV-1","shortcode":"174379","amount":"0","method":"POST","url":"/mpesa/stkpush/v1/processrequest","status":400,"error_code":"400.002.02",` +
		`"reason":"Amount is 0","by":"","faults":[],"copy":0,"dropped":false,"error":"","request_header":{},"request":{"Amount":0},"response":{"errorCode":"400.002.02"}}`
	callbackJSON = `{"seq":2,"at":"2026-11-24T12:00:03+03:00","world":"default","kind":"callback","api":"stkpush","payment":"ws_CO_1","phone":"254708374149",` +
		`"reference":"INV-1","shortcode":"174379","amount":"150","method":"POST","url":"http://127.0.0.1:9/cb","status":0,"error_code":"","reason":"",` +
		`"by":"rule 1 of cancelled","faults":["copy 2 of 2"],"copy":2,"dropped":false,"error":"connection refused","request_header":{},` +
		`"request":{"Body":{"stkCallback":{"ResultCode":1032}}},"response":""}`
)

func TestCommands(t *testing.T) {
	scenario := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(scenario, []byte("rules: [{then: {result: 0}}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const w = "/worlds/default"
	for _, test := range []struct {
		name string
		args []string
		says answers
	}{
		{"world-create", []string{
			"world", "create", "--id", "w-1", "--scenario", "cancelled", "--preset", "hostile", "--seed", "0", "--frozen",
			"--at", "2026-11-24 12:00", "--set", "callback_copies=2",
		}, answers{"POST /worlds": "201 " + worldJSON}},
		{"world-create-file", []string{"world", "create", "--scenario", scenario, "--speed", "60"}, answers{"POST /worlds": "201 " + worldJSON}},
		{"world-create-plain", []string{"world", "create"}, answers{"POST /worlds": "201 " + worldJSON}},
		{"world-list", []string{"world", "list"}, answers{"GET /worlds": `200 {"worlds":[` + worldJSON + `]}`}},
		{"world-show", []string{"world", "show", "--world", "w-1"}, answers{"GET /worlds/w-1": "200 " + worldJSON}},
		{"world-show-argument", []string{"world", "show", "w-1"}, answers{"GET /worlds/w-1": "200 " + worldJSON}},
		{"world-show-unknown", []string{"world", "show", "--world", "a/b"}, answers{"GET /worlds/a%2Fb": `404 {"error":"there is no world \"a/b\"; there are default"}`}},
		{"world-load", []string{"world", "load", "cancelled"}, answers{"PUT " + w + "/scenario": `200 {"name":"cancelled","description":"The customer\ncancels."}`}},
		{"world-load-file", []string{"world", "load", scenario}, answers{"PUT " + w + "/scenario": `200 {"name":"mine","description":""}`}},
		{"world-load-refused", []string{"world", "load", "canceled"}, answers{"PUT " + w + "/scenario": `400 {"error":"no ready scenario is called \"canceled\"; did you mean \"cancelled\"?","faults":[]}`}},
		{"world-unload", []string{"world", "unload"}, answers{"DELETE " + w + "/scenario": "204 "}},
		{"world-reset", []string{"world", "reset"}, answers{"POST " + w + "/reset": "204 "}},
		{"world-snapshot", []string{"world", "snapshot", "--name", "funded"}, answers{"POST " + w + "/snapshots": `201 {"id":"s1","name":"funded","at":"2026-11-24T12:00:00+03:00"}`}},
		{"world-restore", []string{"world", "restore", "funded"}, answers{
			"GET " + w + "/snapshots":             `200 {"snapshots":[{"id":"s1","name":"funded","at":"2026-11-24T12:00:00+03:00"},{"id":"s2","name":"funded","at":"2026-11-24T13:00:00+03:00"}]}`,
			"POST " + w + "/snapshots/s2/restore": "204 ",
		}},
		{"world-restore-list", []string{"world", "restore"}, answers{"GET " + w + "/snapshots": `200 {"snapshots":[{"id":"s1","name":"","at":"2026-11-24T12:00:00+03:00"}]}`}},
		{"world-delete", []string{"world", "delete", "w-1"}, answers{"DELETE /worlds/w-1": "204 "}},
		{"world-delete-flag", []string{"world", "delete", "--world", "w-1"}, answers{"DELETE /worlds/w-1": "204 "}},
		{"clock", []string{"clock"}, answers{"GET " + w + "/clock": "200 " + clockJSON}},
		{"clock-freeze", []string{"clock", "freeze"}, answers{"POST " + w + "/clock/freeze": "200 " + clockJSON}},
		{"clock-run", []string{"clock", "run", "--speed", "60"}, answers{"POST " + w + "/clock/run": `200 {"now":"2026-11-24T12:01:30+03:00","frozen":false,"speed":60,"next":null}`}},
		{"clock-advance", []string{"clock", "advance", "90s"}, answers{"POST " + w + "/clock/advance": "200 " + clockJSON}},
		{"clock-advance-to", []string{"clock", "advance", "--to", "2026-11-24T09:01:30Z"}, answers{"POST " + w + "/clock/advance": "200 " + clockJSON}},
		{"clock-advance-to-time", []string{"clock", "advance", "--to", "18:00"}, answers{"GET " + w + "/clock": "200 " + clockJSON, "POST " + w + "/clock/advance": "200 " + clockJSON}},
		{"clock-advance-to-tomorrow", []string{"clock", "advance", "--to", "12:01:30"}, answers{"GET " + w + "/clock": "200 " + clockJSON, "POST " + w + "/clock/advance": "200 " + clockJSON}},
		{"clock-advance-running", []string{"clock", "advance", "1s"}, answers{"POST " + w + "/clock/advance": `409 {"error":"the clock is running; freeze it first","code":"clock_running"}`}},
		{"phone-list", []string{"phone"}, answers{"GET " + w + "/phones": `200 {"phones":[` + phoneJSON + `,` + idlePhoneJSON + `]}`}},
		{"phone-list-none", []string{"phone", "list"}, answers{"GET " + w + "/phones": `200 {"phones":[]}`}},
		{"phone-show", []string{"phone", "show", "0708 374149"}, answers{"GET " + w + "/phones/254708374149": "200 " + phoneJSON}},
		{"phone-pin", []string{"phone", "pin", "0708374149", "--wait", "5s"}, answers{"POST " + w + "/phones/254708374149/pin": "200 " + idlePhoneJSON}},
		{"phone-pin-given", []string{"phone", "pin", "+254708374149", "0000"}, answers{"POST " + w + "/phones/254708374149/pin": "200 " + idlePhoneJSON}},
		{"phone-wrong-pin", []string{"phone", "wrong-pin", "0708374149"}, answers{"POST " + w + "/phones/254708374149/wrong_pin": "200 " + phoneJSON}},
		{"phone-cancel", []string{"phone", "cancel", "0708374149", "-o", "json"}, answers{"POST " + w + "/phones/254708374149/cancel": "200 " + idlePhoneJSON}},
		{"phone-cancel-none", []string{"phone", "cancel", "0708374149"}, answers{"POST " + w + "/phones/254708374149/cancel": `409 {"error":"254708374149: no prompt is open on this phone","code":"no_prompt"}`}},
		{"phone-ignore", []string{"phone", "ignore", "0708374149"}, answers{"POST " + w + "/phones/254708374149/ignore": "200 " + phoneJSON}},
		{"phone-off", []string{"phone", "off", "0708374149"}, answers{"POST " + w + "/phones/254708374149/off": "200 " + idlePhoneJSON}},
		{"phone-on", []string{"phone", "on", "0708374149"}, answers{"POST " + w + "/phones/254708374149/on": "200 " + idlePhoneJSON}},
		{"phone-attend", []string{"phone", "attend", "0708374149"}, answers{"POST " + w + "/phones/254708374149/attend": "200 " + phoneJSON}},
		{"phone-leave", []string{"phone", "leave", "0708374149"}, answers{"POST " + w + "/phones/254708374149/attend": "200 " + phoneJSON}},
		{"queue-list", []string{"queue"}, answers{"GET " + w + "/queue": `200 {"queue":[{"id":1,"api":"","phone":"","reference":"INV-1","times":0,"then":{"result":1032}}]}`}},
		{"queue-add-result", []string{"queue", "add", "--phone", "0708374149", "--result", "1032", "--times", "3"}, answers{
			"POST " + w + "/queue": `201 {"id":1,"api":"","phone":"254708374149","reference":"","times":3,"then":{"result":1032}}`,
		}},
		{"queue-add-then", []string{"queue", "add", "--api", "stkpush", "--then", "{result: 0, callback: {copies: 2, gap: 1s}}"}, answers{
			"POST " + w + "/queue": `201 {"id":2,"api":"stkpush","phone":"","reference":"","times":1,"then":{}}`,
		}},
		{"queue-add-raw", []string{"queue", "add", "--then", `{raw_result: {code: 0011, desc: "12"}, sequence: [1.00, 2026-11-24, true]}`}, answers{
			"POST " + w + "/queue": `201 {"id":2,"api":"stkpush","phone":"","reference":"","times":1,"then":{}}`,
		}},
		{"queue-clear", []string{"queue", "clear"}, answers{"DELETE " + w + "/queue": "204 "}},
		{"callback-list", []string{"callback"}, answers{"GET " + w + "/callbacks": `200 {"callbacks":[` +
			`{"id":"ws_CO_1","checkout_request_id":"ws_CO_1","url":"http://127.0.0.1:9/cb","phone":"254708374149","status":"failed","due_at":"2026-11-24T12:00:03+03:00","attempts":1,"last_status":0,"last_error":"connection refused","body":{}},` +
			`{"id":"ws_CO_2","checkout_request_id":"ws_CO_2","url":"http://127.0.0.1:8/cb","phone":"254708374149","status":"delivered","due_at":"2026-11-24T12:00:04+03:00","attempts":2,"last_status":200,"last_error":"","body":{}}],"holding":true}`}},
		{"callback-resend", []string{"callback", "resend", "ws_CO_1"}, answers{"POST " + w + "/callbacks/ws_CO_1/resend": "202 "}},
		{"callback-hold", []string{"callback", "hold"}, answers{"POST " + w + "/callbacks/hold": "204 "}},
		{"callback-release", []string{"callback", "release", "-o", "json"}, answers{"POST " + w + "/callbacks/release": "204 "}},
		{"journal", []string{"journal"}, answers{"GET " + w + "/journal": `200 {"records":[` + callbackJSON + `,` + requestJSON + `],"next":0,"total":7,"lost":5}`}},
		{"journal-none", []string{"journal", "show", "--kind", "action"}, answers{"GET " + w + "/journal": `200 {"records":[],"next":0,"total":0,"lost":0}`}},
		{"journal-filter", []string{
			"journal", "show", "--phone", "0708374149", "--status", "4xx", "--text", "a b", "--after", "3", "--limit", "2", "-o", "json",
		}, answers{"GET " + w + "/journal": `200 {"records":[],"next":0,"total":0,"lost":0}`}},
		{"journal-one", []string{"journal", "show", "1"}, answers{"GET " + w + "/journal/1": "200 " + requestJSON}},
		{"journal-verify", []string{
			"journal", "verify", "--kind", "callback", "--phone", "0708374149", "--count", "1", "--body", "Body.stkCallback.ResultCode=1032",
			"--body", "Body.stkCallback.MerchantRequestID=a=b", "--response", `ResultCode="0"`, "--status", "200", "--no-dropped", "--copy", "2",
		}, answers{"POST " + w + "/journal/verify": `200 {"ok":true,"found":1,"expected":"exactly 1","message":"","records":[` + callbackJSON + `],"near_misses":[]}`}},
		{"journal-verify-failed", []string{"journal", "verify", "--phone", "2547*", "--at-least", "1", "--at-most", "3"}, answers{
			"POST " + w + "/journal/verify": `200 {"ok":false,"found":0,"expected":"from 1 to 3","message":"found 0, expected from 1 to 3\n  near: record 2","records":[],"near_misses":[]}`,
		}},
		{"journal-verify-failed-json", []string{"journal", "verify", "--api", "stkpush", "-o", "json"}, answers{
			"POST " + w + "/journal/verify": `200 {"ok":false,"found":0,"expected":"at least 1","message":"none","records":[],"near_misses":[]}`,
		}},
		{"journal-wait", []string{"journal", "wait", "--timeout", "2s", "--kind", "callback", "--count", "0"}, answers{
			"POST " + w + "/journal/wait": `200 {"ok":true,"found":0,"expected":"exactly 0","message":"","records":[],"near_misses":[]}`,
		}},
		{"journal-wait-failed", []string{"journal", "wait", "--kind", "callback"}, answers{
			"POST " + w + "/journal/wait": `408 {"ok":false,"found":0,"expected":"at least 1","message":"found 0","records":[],"near_misses":[]}`,
		}},
		{"journal-export", []string{"journal", "export", "--kind", "request"}, answers{"GET " + w + "/journal.jsonl": "200 {\"seq\":1}\n{\"seq\":2}\n"}},
		{"journal-export-har", []string{"journal", "export", "--format", "har"}, answers{"GET " + w + "/journal.har": `200 {"log":{}}`}},
		{"journal-clear", []string{"journal", "clear", "--world", "w-1"}, answers{"DELETE /worlds/w-1/journal": "204 "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFakeControl(t, test.says)
			args := slices.Concat(test.args, []string{"--control", f.URL})
			shown := slices.Clone(test.args)
			for i, arg := range shown {
				if arg == scenario {
					shown[i] = "mine.yaml"
				}
			}
			golden(t, test.name, transcript(f, shown, darajabox(t, args...)))
		})
	}
}

// Mistakes on the command line are reported before any call, with code 2.
func TestUsage(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no phone":       {[]string{"phone", "cancel"}, `phone is missing: darajabox phone cancel <phone>`},
		"no number":      {[]string{"phone", "cancel", "12"}, `"12" is not a Kenyan mobile number; write 0708374149 or 254708374149`},
		"no distance":    {[]string{"clock", "advance"}, "give a duration, as in 'clock advance 90s', or a time with --to"},
		"two distances":  {[]string{"clock", "advance", "90s", "--to", "2026-11-24"}, "give either a duration or --to, not both"},
		"backwards":      {[]string{"clock", "advance", "--", "-1s"}, "a clock goes forward only"},
		"no time":        {[]string{"clock", "advance", "--to", "noon"}, `"noon" is not a time; write 18:00, 2030-01-01T18:00 (EAT)`},
		"no world":       {[]string{"world", "delete"}, "name the world, as in 'world delete w-1'"},
		"two worlds":     {[]string{"world", "delete", "w1", "--world", "w2"}, "give either a world or --world, not both"},
		"no outcome":     {[]string{"queue", "add"}, "give an outcome: --result 1032"},
		"two outcomes":   {[]string{"queue", "add", "--result", "0", "--then", "{result: 0}"}, "--result and --then can't be used together"},
		"no mapping":     {[]string{"queue", "add", "--then", "1032"}, `"1032" is no outcome; write it as in a scenario file`},
		"two counts":     {[]string{"journal", "verify", "--count", "1", "--at-least", "1"}, "give either --count, or --at-least and --at-most"},
		"contradiction":  {[]string{"journal", "verify", "--at-least", "3", "--at-most", "2"}, "--at-least 3 is more than --at-most 2"},
		"negative count": {[]string{"journal", "verify", "--count=-1"}, "a count is 0 or more"},
		"no records":     {[]string{"journal", "show", "--limit", "0"}, "--limit must be 1 or more; 'journal export' writes everything"},
		"follow one":     {[]string{"journal", "show", "3", "--follow"}, "one record does not change"},
		"format":         {[]string{"journal", "export", "--format", "xml"}, "--format is one of jsonl, har; got \"xml\""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeControl(t, nil)
			t.Setenv("DARAJABOX_CONTROL", f.URL)
			o := darajabox(t, test.args...)
			if o.code != exitUsage || !strings.Contains(o.stderr, test.want) || len(f.requests()) != 0 {
				t.Errorf("exit %d, asked %v, stderr: %s\nwant exit %d and %q", o.code, f.requests(), o.stderr, exitUsage, test.want)
			}
		})
	}
}

func TestNoAnswer(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	text := newFakeControl(t, answers{"GET /worlds/default/clock": "200 <html>"})
	for control, want := range map[string]string{
		closed.URL:       "no simulator answers at " + closed.URL + "; start one with `darajabox simulator`, or set --control URL",
		other.URL:        other.URL + " answers 404 Not Found and may not be a simulator's control port; set --control URL",
		text.URL:         "the answer of " + text.URL + " is not that of a simulator's control port; set --control URL",
		"127.0.0.1:7071": `--control "127.0.0.1:7071" is not a URL; write one such as http://127.0.0.1:7071`,
		"ftp://host":     `--control "ftp://host" is not a URL; write one such as http://127.0.0.1:7071`,
	} {
		o := darajabox(t, "clock", "--control", control)
		code := exitUnreachable
		if strings.Contains(want, "is not a URL") {
			code = exitUsage
		}
		if o.code != code || !strings.HasPrefix(o.stderr, "darajabox: "+want) || o.stdout != "" {
			t.Errorf("--control %s: exit %d, %s%s\nwant %s", control, o.code, o.stdout, o.stderr, want)
		}
	}
}

// A simulator that stops has not made a check that was waited for.
func TestSimulatorThatStops(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"error":"the simulator is stopping"}`)
	}))
	t.Cleanup(server.Close)
	for _, command := range []string{"journal wait --kind callback", "phone cancel 0708374149 --wait 5s", "clock advance 5s"} {
		o := darajabox(t, append(strings.Fields(command), "--control", server.URL)...)
		if o.code != exitUnreachable || o.stderr != "darajabox: the simulator is stopping\n" {
			t.Errorf("%s: exit %d, %s", command, o.code, o.stderr)
		}
	}
}

// The environment names the simulator and the world once for a whole shell.
func TestEnvironment(t *testing.T) {
	f := newFakeControl(t, answers{"GET /worlds/w-1/clock": "200 " + clockJSON, "GET /worlds/w-1": "200 {}", "GET /worlds/w-2": "200 {}"})
	t.Setenv("DARAJABOX_CONTROL", f.URL+"/")
	t.Setenv("DARAJABOX_WORLD", "w-1")
	t.Setenv("DARAJABOX_OUTPUT", "json")
	if o := darajabox(t, "clock"); o.code != exitOK || o.stdout != clockJSON+"\n" {
		t.Errorf("exit %d: %s%s", o.code, o.stdout, o.stderr)
	}
	darajabox(t, "world", "show")
	darajabox(t, "world", "show", "w-2")
	if o := darajabox(t, "world", "delete"); o.code != exitUsage { // nothing is deleted that is not named
		t.Errorf("exit %d: %s%s", o.code, o.stdout, o.stderr)
	}
	if got := f.requests(); !slices.Equal(got, []string{"GET /worlds/w-1/clock", "GET /worlds/w-1", "GET /worlds/w-2"}) {
		t.Errorf("it asked %v", got)
	}
}

func TestExportToFile(t *testing.T) {
	f := newFakeControl(t, answers{"GET /worlds/default/journal.jsonl": "200 {\"seq\":1}\n"})
	file := filepath.Join(t.TempDir(), "run.jsonl")
	o := darajabox(t, "journal", "export", "--out", file, "--control", f.URL)
	got, err := os.ReadFile(file)
	if err != nil || o.code != exitOK || o.stdout != "" || string(got) != "{\"seq\":1}\n" {
		t.Errorf("exit %d: %q %v, %s%s", o.code, got, err, o.stdout, o.stderr)
	}
	o = darajabox(t, "journal", "export", "--out", filepath.Join(file, "no"), "--control", f.URL)
	if o.code != exitFailed || !strings.Contains(o.stderr, "exporting the journal: ") {
		t.Errorf("exit %d: %s", o.code, o.stderr)
	}
}

// A refused export does not empty the file that is there.
func TestRefusedExportKeepsTheFile(t *testing.T) {
	f := newFakeControl(t, nil)
	file := filepath.Join(t.TempDir(), "run.jsonl")
	if err := os.WriteFile(file, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := darajabox(t, "journal", "export", "--out", file, "--control", f.URL)
	if got, _ := os.ReadFile(file); o.code != exitFailed || string(got) != "before" {
		t.Errorf("exit %d, %q", o.code, got)
	}
}

// followed is a journal that grows while it is followed.
type followed struct {
	t       *testing.T
	written chan string // lines that the command has printed
	rest    string
}

// Write implements io.Writer.
func (f *followed) Write(b []byte) (int, error) {
	f.rest += string(b)
	for {
		line, rest, whole := strings.Cut(f.rest, "\n")
		if !whole {
			return len(b), nil
		}
		f.rest = rest
		f.written <- line
	}
}

func (f *followed) next() string {
	f.t.Helper()
	select {
	case line := <-f.written:
		return line
	case <-f.t.Context().Done():
		f.t.Fatal("no line")
		return ""
	}
}

// Following asks the journal whenever an event says that there is more, so that
// records which the stream has lost are shown all the same.
func TestFollow(t *testing.T) {
	events := make(chan string)
	var mu sync.Mutex
	records := []string{`{"seq":1,"kind":"request"}`}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/worlds/default/events" {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			for {
				select {
				case e := <-events:
					_, _ = io.WriteString(w, e)
					_ = http.NewResponseController(w).Flush()
				case <-r.Context().Done():
					return
				}
			}
		}
		var after int
		_, _ = fmt.Sscan(r.URL.Query().Get("after"), &after)
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Query().Get("limit") == "1" {
			after = len(records) - 1
		}
		fmt.Fprintf(w, `{"records":[%s],"next":0}`, strings.Join(records[min(after, len(records)):], ","))
	}))
	t.Cleanup(server.Close)
	add := func(event string, more ...string) {
		mu.Lock()
		records = append(records, more...)
		mu.Unlock()
		events <- event
	}
	ctx, stop := context.WithCancel(t.Context())
	out := &followed{t: t, written: make(chan string, 100)}
	ended := make(chan int)
	go func() {
		ended <- run(env{ctx: ctx, stdout: out, stderr: io.Discard}, []string{"journal", "show", "-f", "-o", "json", "--control", server.URL})
	}()
	next := func() string { // number and kind of the next record
		var r client.Record
		if line := out.next(); json.Unmarshal([]byte(line), &r) != nil {
			t.Errorf("no record: %s", line)
		}
		return fmt.Sprint(r.Seq, " ", r.Kind)
	}
	if got := next(); got != "1 request" {
		t.Errorf("first: %s", got)
	}
	events <- ": ping\n\n"
	add("id: 3\nevent: record\ndata: {\"seq\":3}\n\n", `{"seq":2}`, `{"seq":3}`)
	add("event: prompt\ndata: {}\n\n", `{"seq":4}`)
	add("event: record\ndata: {\"seq\":3}\n\n")
	add("event: lost\ndata: {}\n\n")
	for _, want := range []string{"2 ", "3 ", "4 "} {
		if got := next(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	mu.Lock()
	records = nil // the journal was emptied
	mu.Unlock()
	add("event: record\ndata: {\"seq\":1}\n\n", `{"seq":1,"kind":"callback"}`)
	if got := next(); got != "1 callback" {
		t.Errorf("after it was emptied: %s", got)
	}
	stop()
	if code := <-ended; code != exitOK {
		t.Errorf("exit %d", code)
	}
}

// Every group teaches by example.
func TestHelpHasExamples(t *testing.T) {
	for _, group := range []string{"world", "clock", "phone", "queue", "journal", "callback"} {
		o := darajabox(t, group, "--help")
		if o.code != exitOK || !strings.Contains(o.stdout, "    darajabox "+group+" ") {
			t.Errorf("%s --help: exit %d\n%s", group, o.code, o.stdout)
		}
	}
}
