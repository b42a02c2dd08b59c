package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const twoMistakes = "rules:\n  - when: {amont: 5}\n    then: {result: 77}\n"

// Whichever command takes a scenario's file shows every mistake in it under its own
// name, as `scenario validate` does, and does nothing else.
func TestMistakesInAFile(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	writeFile(t, "shop.yaml", twoMistakes)
	want := []string{`shop.yaml:2:12: unknown key "amont" in when`, `shop.yaml:3:20: result "77" is not a result code`}
	f := newFakeControl(t, nil)
	t.Setenv("DARAJABOX_CONTROL", f.URL)
	for _, line := range []string{
		"scenario validate shop.yaml", "world load shop.yaml", "world create --scenario shop.yaml",
		"simulator --addr 127.0.0.1:0 --control-addr 127.0.0.1:0 --scenario shop.yaml",
		"up --scenario shop.yaml --simulator-addr 127.0.0.1:0 --control-addr 127.0.0.1:0 --gateway-addr 127.0.0.1:0 --admin-addr 127.0.0.1:0 --inbox-addr 127.0.0.1:0",
	} {
		o := darajabox(t, strings.Fields(line)...)
		lines := strings.Split(o.stderr, "\n")
		if o.code != exitFailed || len(f.requests()) != 0 || len(lines) < 2 || !strings.HasPrefix(lines[0], want[0]) || !strings.HasPrefix(lines[1], want[1]) {
			t.Errorf("%s: exit %d, asked %v\n%s", line, o.code, f.requests(), o.stderr)
		}
	}
}

// What the simulator finds in a file, it finds in a text without a name.
func TestMistakesThatTheSimulatorFinds(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "shop.yaml", "rules: [{then: {result: 0}}]\n")
	const refused = `400 {"error":"scenario.yaml:1:9: old","faults":[` +
		`{"file":"scenario.yaml","line":1,"column":9,"message":"old","text":"scenario.yaml:1:9: old"},{"file":"scenario.yaml","line":1,"column":17,"message":"older","text":"scenario.yaml:1:17: older"}]}`
	f := newFakeControl(t, answers{"PUT /worlds/default/scenario": refused, "POST /worlds": refused})
	for _, line := range []string{"world load shop.yaml", "world create --scenario shop.yaml"} {
		o := darajabox(t, append(strings.Fields(line), "--control", f.URL)...)
		want := "shop.yaml:1:9: old\nshop.yaml:1:17: older\ndarajabox: shop.yaml has 2 mistakes and was not loaded\n"
		if o.code != exitFailed || o.stderr != want {
			t.Errorf("%s: exit %d\n%s", line, o.code, o.stderr)
		}
	}
}

func TestLoadSendsOneFileOnly(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "base.yaml", "rules: [{then: {result: 0}}]\n")
	writeFile(t, "shop.yaml", "include: [./base.yaml]\n")
	f := newFakeControl(t, nil)
	o := darajabox(t, "world", "load", "shop.yaml", "--control", f.URL)
	if o.code != exitFailed || !strings.Contains(o.stderr, "shop.yaml includes base.yaml, and a running simulator is sent one file only") {
		t.Errorf("exit %d: %s", o.code, o.stderr)
	}
}

// A rule that can never decide is a warning, and --strict makes it a failure.
func TestWarningsInAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	writeFile(t, "shop.yaml", "rules:\n  - then: {result: 0}\n  - then: {result: 1}\n")
	const want = "warning: shop.yaml:3:5: rule 2 of shop never decides: "
	f := newFakeControl(t, answers{"PUT /worlds/default/scenario": `200 {"name":"shop"}`, "POST /worlds": "201 " + worldJSON})
	t.Setenv("DARAJABOX_CONTROL", f.URL)
	for line, code := range map[string]int{
		"scenario validate shop.yaml": exitOK, "scenario validate --strict shop.yaml": exitFailed,
		"world load shop.yaml": exitOK, "world create --scenario shop.yaml": exitOK,
	} {
		if o := darajabox(t, strings.Fields(line)...); o.code != code || !strings.HasPrefix(o.stderr, want) {
			t.Errorf("%s: exit %d\n%s", line, o.code, o.stderr)
		}
	}
	if o := darajabox(t, "scenario", "validate", "-o", "json", "shop.yaml"); o.code != exitOK || !strings.Contains(o.stdout, `"message": "rule 2 of shop never decides`) || o.stderr != "" {
		t.Errorf("exit %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
