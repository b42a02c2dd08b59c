package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A printed command works on the simulator, and in the world, that the command before
// it worked on, wherever those came from.
func TestHintsReachTheSameWorld(t *testing.T) {
	const (
		running   = `409 {"error":"the clock is running; freeze it first","code":"clock_running"}`
		isDefault = `409 {"error":"the default world cannot be deleted; reset it instead","code":"default_world"}`
		isOff     = `409 {"error":"254708374149: this phone is switched off; switch it on first","code":"phone_off"}`
		none      = `200 {"payments":[],"next":""}`
	)
	f := newFakeControl(t, answers{
		"POST /worlds/default/clock/advance": running, "POST /worlds/w-1/clock/advance": running, "DELETE /worlds/default": isDefault,
		"POST /worlds/w-1/phones/254708374149/cancel": isOff, "GET /worlds/default/payments": none, "GET /worlds/w-1/payments": none,
	})
	elsewhere := "http://127.0.0.1:1"
	for _, test := range []struct {
		line, control, world string // the last two are variables; - is not set
		want                 string
	}{
		{"clock advance 1s", f.URL, "-", "darajabox clock freeze"},
		{"clock advance 1s", f.URL, "w-1", "darajabox clock freeze"},
		{"clock advance 1s --world w-1", f.URL, "-", "darajabox clock freeze --world w-1"},
		{"clock advance 1s --world w-1", f.URL, "w-2", "darajabox clock freeze --world w-1"},
		{"clock advance 1s --world w-1", f.URL, "w-1", "darajabox clock freeze"},
		{"clock advance 1s --world default", f.URL, "w-1", "darajabox clock freeze --world default"},
		{"clock advance 1s --control " + f.URL, "-", "-", "darajabox clock freeze --control " + f.URL},
		{"clock advance 1s --control " + f.URL, elsewhere, "-", "darajabox clock freeze --control " + f.URL},
		{"clock advance 1s --world w-1 --control " + f.URL, elsewhere, "w-2", "darajabox clock freeze --control " + f.URL + " --world w-1"},
		{"world delete default", f.URL, "-", "darajabox world reset"},
		{"world delete default", f.URL, "w-1", "darajabox world reset --world default"},
		{"world delete --world default", f.URL, "w-1", "darajabox world reset --world default"},
		{"phone cancel 0708374149 --world w-1", f.URL, "-", "darajabox phone on 254708374149 --world w-1"},
		{"payments --world w-1", f.URL, "w-2", "darajabox pay 0708374149 150 --world w-1"},
		{"payments --control " + f.URL, elsewhere, "-", "darajabox pay 0708374149 150 --control " + f.URL},
	} {
		for name, value := range map[string]string{"DARAJABOX_CONTROL": test.control, "DARAJABOX_WORLD": test.world} {
			t.Setenv(name, value)
			if value == "-" {
				_ = os.Unsetenv(name)
			}
		}
		o := darajabox(t, strings.Fields(test.line)...)
		if got := o.stdout + o.stderr; !strings.HasSuffix(got, ": "+test.want+"\n") {
			t.Errorf("%s with %s and %s: printed %swant %s", test.line, test.control, test.world, got, test.want)
		}
	}
}

// The banner's commands do so too.
func TestHintsOfTheBanner(t *testing.T) {
	t.Setenv("DARAJABOX_WORLD", "w-1")
	t.Setenv("DARAJABOX_ADMIN_URL", "http://127.0.0.1:1")
	t.Setenv("DARAJABOX_DATA", "/tmp/darajabox-3141592653")
	b := plainUp()
	b.Frozen = true
	text := b.String()
	for _, want := range []string{"clock advance 5s --world default\n", "gateway partner list --admin-url http://127.0.0.1:8081\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}

// Whatever message names a command, the command begins as the program was started.
func TestCommandsInMessages(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "old/scenario.schema.json", "{}")
	writeFile(t, filepath.Join("data", "admin.token"), "secret")
	const w = "/worlds/default"
	f := newFakeControl(t, answers{
		"POST /worlds": "201 " + worldJSON, "POST " + w + "/clock/advance": `409 {"error":"it runs","code":"clock_running"}`,
		"POST " + w + "/phones/254708374149/cancel": `409 {"error":"it is off","code":"phone_off"}`,
		"DELETE /worlds/default":                    `409 {"error":"not this one","code":"default_world"}`,
		"POST " + w + "/payments":                   `201 {"id":"ws_CO_1"}`, "GET " + w + "/payments": `200 {"payments":[],"next":""}`,
		"GET " + w + "/payments?limit=1": `200 {"payments":[` + paymentJSON + `}],"next":"7.9"}`,
		"POST " + w + "/snapshots":       `201 {"id":"s1","name":"","at":"2026-11-24T12:00:00+03:00"}`, "GET " + w + "/snapshots": `200 {"snapshots":[]}`,
		"GET " + w + "/callbacks": `200 {"callbacks":[],"holding":true}`, "POST " + w + "/callbacks/hold": "204 ", "GET " + w + "/phones": `200 {"phones":[]}`,
		"GET /admin/v1/partners": `200 {"partners":[]}`,
	})
	t.Setenv("DARAJABOX_CONTROL", f.URL)
	plain := regexp.MustCompile("(^|[^/])darajabox [a-z-]")
	for line, commands := range map[string]int{
		"scenario new shop": 2, "scenario new old/shop": 3, "world": 1, "world lod": 1, "world load": 2, "phone cancel": 2, "wurld": 1,
		"journal show --limit 0": 1, "world delete": 1, "clock advance -- -1s": 1, "world list --control http://127.0.0.1:1": 1,
		"gateway partner list --data data --admin-url http://127.0.0.1:1": 1, "gateway partner list --data data --admin-url " + f.URL: 1,
		"clock advance 1s": 1, "phone cancel 0708374149": 1, "world delete default": 1, "pay 0708374149 150": 1, "payments": 1, "payments --limit 1": 1,
		"world snapshot": 1, "world restore": 1, "callback": 1, "callback hold": 1, "phone list": 1,
	} {
		var out strings.Builder
		run(env{ctx: t.Context(), stdout: &out, stderr: &out, program: "build/darajabox"}, strings.Fields(line))
		if found := plain.FindString(out.String()); found != "" {
			t.Errorf("%s prints %q:\n%s", line, found, out.String())
		}
		if n := strings.Count(out.String(), "build/darajabox "); n < commands {
			t.Errorf("%s prints %d commands, want %d:\n%s", line, n, commands, out.String())
		}
	}
}

// The command below a page of payments lists the next one.
func TestNextPageOfPayments(t *testing.T) {
	f := newFakeControl(t, answers{
		"GET /worlds/w-1/payments?limit=1&phone=254708374149&status=wrong_pin":            `200 {"payments":[` + paymentJSON + `}],"next":"7.9"}`,
		"GET /worlds/w-1/payments?before=7.9&limit=1&phone=254708374149&status=wrong_pin": `200 {"payments":[],"next":""}`,
	})
	flags := " --limit 1 --before 7.9 --control " + f.URL + " --world w-1"
	o := darajabox(t, strings.Fields("payments --status wrong_pin --phone 0708374149 --limit 1 --world w-1 --control "+f.URL)...)
	want := fmt.Sprintf("There are older ones: darajabox payments --status wrong_pin --phone 254708374149%s\n", flags)
	if !strings.HasSuffix(o.stdout, want) {
		t.Fatalf("printed\n%swant %s", o.stdout, want)
	}
	_, next, _ := strings.Cut(o.stdout, ": darajabox ")
	if o := darajabox(t, strings.Fields(next)...); o.code != exitOK || o.stdout != "No payment matches.\n" {
		t.Errorf("exit %d: %s%s", o.code, o.stdout, o.stderr)
	}
}
