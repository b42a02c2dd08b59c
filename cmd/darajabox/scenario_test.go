package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/product/all"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// typed runs a command line.
func typed(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(env{ctx: t.Context(), stdout: &out, stderr: &errs}, args)
	return code, out.String(), errs.String()
}

func writeScenario(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestScenarioValidate(t *testing.T) {
	t.Chdir(t.TempDir())
	writeScenario(t, "good.yaml", "include: [sub/more.yaml, kind, paid.yaml]\nrules: [{when: {amount: 5}, then: {result: 0}}]\n")
	writeScenario(t, "sub/more.yaml", "include: ../last.yaml\nrules: [{when: {amount: 6}, then: {result: 1}}]\n")
	writeScenario(t, "last.yaml", "rules: [{when: {amount: 7}, then: {result: 1032}}]\n")
	writeScenario(t, "bad.yaml", "naem: x\nrules:\n  - then: {result: 1033}\n")
	writeScenario(t, "lost.yaml", "include: ./nowhere.yaml\n")
	for _, c := range []struct {
		args           []string
		code           int
		stdout, stderr string // what is in them
	}{
		{[]string{"good.yaml"}, 0, "good.yaml: ok, 4 rules\n", ""},
		{[]string{"good"}, 0, "good: ok, 4 rules\n", ""},
		{[]string{"hostile", "good.yaml"}, 0, "hostile: ok, 33 rules\ngood.yaml: ok, 4 rules\n", ""},
		{[]string{"bad.yaml", "good.yaml"}, 1, "good.yaml: ok", "bad.yaml:1:1: unknown key \"naem\""},
		{[]string{"bad.yaml"}, 1, "", "\nbad.yaml:3:20: result \"1033\""},
		{[]string{"lost.yaml"}, 1, "", `lost.yaml:1:10: "./nowhere.yaml" cannot be included`},
		{[]string{"hostle"}, 1, "", `hostle: reading scenario: no ready scenario is called "hostle"; did you mean "hostile"?`},
		{[]string{"nowhere.yaml"}, 1, "", "nowhere.yaml: reading scenario: open nowhere.yaml: no such file"},
	} {
		code, stdout, stderr := typed(t, append([]string{"scenario", "validate"}, c.args...)...)
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) || c.code == 0 && stderr != "" {
			t.Errorf("validate %v: %d\n%s%s", c.args, code, stdout, stderr)
		}
	}
	code, stdout, _ := typed(t, "scenario", "validate", "-o", "json", "bad.yaml", "good.yaml")
	var all []validation
	if err := json.Unmarshal([]byte(stdout), &all); err != nil || code != 1 || len(all) != 2 {
		t.Fatalf("%d, %v: %s", code, err, stdout)
	}
	if f := all[0].Faults; all[0].OK || len(f) != 2 || f[0].Line != 1 || f[0].Nearest != `"name"` || f[1].Column != 20 || f[1].Nearest != "1032" || !strings.HasPrefix(f[1].Expected, "one of 0, 1") {
		t.Errorf("%+v", all[0])
	}
	if !all[1].OK || all[1].Rules != 4 || !strings.Contains(stdout, `"faults": []`) {
		t.Errorf("%+v", all[1])
	}
}

func TestScenarioList(t *testing.T) {
	code, stdout, _ := typed(t, "scenario", "list")
	for _, want := range append(scenarios.Names(), "Presets", "--preset", "--scenario", "The customer reads the prompt and presses cancel.") {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%d: %q is not in the list", code, want)
		}
	}
	_, stdout, _ = typed(t, "scenario", "list", "--output", "json")
	var all []scenarios.Ready
	if err := json.Unmarshal([]byte(stdout), &all); err != nil || len(all) != len(scenarios.Names()) {
		t.Errorf("%v, %d of them", err, len(all))
	}
}

func TestScenarioShow(t *testing.T) {
	source, err := scenarios.Read("hostile")
	if err != nil {
		t.Fatal(err)
	}
	if code, stdout, _ := typed(t, "scenario", "show", "hostile"); code != 0 || stdout != string(source) {
		t.Errorf("%d, not the file as it is", code)
	}
	code, stdout, _ := typed(t, "scenario", "show", "-o", "json", "hostile")
	var got struct {
		Name, Source string
		Rules        int
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil || code != 0 || got.Name != "hostile" || got.Rules != 33 || got.Source != string(source) {
		t.Errorf("%d, %v: %s", code, err, stdout)
	}
	if code, _, stderr := typed(t, "scenario", "show", "nothing like it at all"); code != 1 || !strings.Contains(stderr, "there are broken-callback, busy") {
		t.Errorf("%d: %s", code, stderr)
	}
}

func TestScenarioSchema(t *testing.T) {
	if code, stdout, _ := typed(t, "scenario", "schema"); code != 0 || stdout != string(scenario.For(all.Catalogue()).Schema()) {
		t.Errorf("%d, not the schema", code)
	}
}

func TestScenarioNew(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		args       []string
		file, name string
	}{
		{[]string{"mine"}, "mine.yaml", "mine"},
		{[]string{"two.yml"}, "two.yml", "two"},
		{[]string{"odd: one"}, "odd: one.yaml", "odd: one"},
		{[]string{"true"}, "true.yaml", "true"},
		{[]string{"127"}, "127.yaml", "127"},
		{[]string{"copy", "--from", "outage"}, "copy.yaml", "copy"},
		{[]string{"rough", "--from", "hostile"}, "rough.yaml", "rough"},
	} {
		code, stdout, stderr := typed(t, append([]string{"scenario", "new"}, c.args...)...)
		if code != 0 || !strings.Contains(stdout, c.file+" is written") {
			t.Errorf("new %v: %d\n%s%s", c.args, code, stdout, stderr)
			continue
		}
		source, err := os.ReadFile(c.file)
		if err != nil {
			t.Fatal(err)
		}
		s, err := scenario.For(all.Catalogue()).Parse(c.file, source, scenarios.Load)
		if err != nil || s.Name != c.name || s.Rules() == 0 {
			t.Errorf("new %v writes %q with %v", c.args, s.Name, err)
		}
		code, _, stderr = typed(t, append([]string{"scenario", "new"}, c.args...)...)
		if again, err := os.ReadFile(c.file); code != 1 || !strings.Contains(stderr, c.file+" is there already") || err != nil || !bytes.Equal(again, source) {
			t.Errorf("new %v over the file: %d %s", c.args, code, stderr)
		}
	}
	for _, args := range [][]string{{"x", "--from", "hostle"}, {"no/such/folder"}, {strings.Repeat("x", 101)}} {
		code, _, stderr := typed(t, append([]string{"scenario", "new"}, args...)...)
		if code != 1 || stderr == "" {
			t.Errorf("new %v: %d %s", args, code, stderr)
		}
	}
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 8 { // with the schema
		t.Errorf("%v, %d files", err, len(entries))
	}
}

// The first line of a new file leads an editor to a schema that is there and that the
// file keeps.
func TestScenarioNewLeadsToItsSchema(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("tests", 0o750); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"shop"}, {"tests/shop"}, {"tests/rough", "--from", "hostile"}} {
		code, stdout, stderr := typed(t, append([]string{"scenario", "new"}, args...)...)
		if code != 0 || !strings.Contains(stdout, "scenario.schema.json") {
			t.Fatalf("new %v: %d\n%s%s", args, code, stdout, stderr)
		}
		source, err := os.ReadFile(args[0] + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(source), "\n")
		name, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
		if !ok {
			t.Fatalf("the first line is %q", first)
		}
		schema, err := jsonschema.NewCompiler().Compile(filepath.Join(filepath.Dir(args[0]), name))
		if err != nil {
			t.Fatal(err)
		}
		var document any
		if err := yaml.Unmarshal(source, &document); err != nil {
			t.Fatal(err)
		}
		asJSON, err := json.Marshal(document)
		if err != nil {
			t.Fatal(err)
		}
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(instance); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	// One of another version is left, and said.
	writeScenario(t, "scenario.schema.json", "{}")
	if _, stdout, _ := typed(t, "scenario", "new", "other"); !strings.Contains(stdout, "scenario.schema.json is of another version; `darajabox scenario schema > scenario.schema.json` renews it.") {
		t.Errorf("it says %s", stdout)
	}
	if b, err := os.ReadFile("scenario.schema.json"); err != nil || string(b) != "{}" {
		t.Errorf("%v, the schema is now %.50s", err, b)
	}
}

// TestStarterUsesWhatItExplains: every line of the hints is language that there is.
func TestStarterUsesWhatItExplains(t *testing.T) {
	for _, src := range []string{
		`rules: [{when: {api: stkquery, phone: "2547001*", header: {User-Agent: "*curl*"}, rate: "> 5/s", where: 'time.hour >= 22 && amount > 100', not: {reference: "TEST-*"}}, then: {reply: {latency: 1s}}}]`,
		`rules: [{from: 30s, until: 2m, state: start, goto: outage, then: {sequence: [1032, 2001, 0]}}]`,
		`rules: [{then: {reply: {error: 500.003.02, latency: {normal: {mean: 3s, deviation: 1s}}}}}, {then: {reply: {damage: reset}}}]`,
		`include: [hostile]`,
	} {
		if _, err := scenario.For(all.Catalogue()).Parse("x.yaml", []byte(src), scenarios.Load); err != nil {
			t.Error(err)
		}
	}
}

func TestFirstSentence(t *testing.T) {
	for s, want := range map[string]string{
		"One. Two.": "One.", "One": "One", "3.5 s late. Yes": "3.5 s late.",
		strings.Repeat("abc ", 40): strings.TrimSuffix(strings.Repeat("abc ", 25), " ") + " …",
	} {
		if got := firstSentence(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
