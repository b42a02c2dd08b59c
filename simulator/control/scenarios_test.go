package control_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
)

func TestReadyScenarios(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"GET", "/scenarios", "", 200, `{"scenarios":[{"name":"cancelled","description":"The customer cancels.","preset":false,"rules":1},{"name":"hostile","description":"Everything goes wrong.","preset":true,"rules":2}]}`},
		{"GET", "/scenarios/cancelled", "", 200, "rules:\n  - then: {result: 1032}\n"},
		{"GET", "/scenarios/cancelled.yaml", "", 200, "rules:\n  - then: {result: 1032}\n"},
		{"GET", "/scenarios/canceled", "", 404, `…did you mean \"cancelled\"?"}`},
		{"GET", "/scenarios/schema.json", "", 200, `…"$schema": "https://json-schema.org/draft/2020-12/schema"`},
	})
}

func TestCheckScenario(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"POST", "/scenarios/check", mine, 200, `{"ok":true,"rules":1,"faults":[],"warnings":[]}`},
		{"POST", "/scenarios/check", "include: [hostile]\n" + mine, 200, `…{"ok":true,"rules":3,"faults":[],"warnings":[{"file":"scenario.yaml","line":5,"column":5,"message":"rule 1 of mine decides every request that 2 included rules below it match, so those never decide`},
		{"POST", "/scenarios/check", "rules:\n  - then: {result: 0}\n  - then: {result: 1}\n", 200, `…"faults":[],"warnings":[{"file":"scenario.yaml","line":3,"column":5,"message":"rule 2 of scenario never decides: `},
		{"POST", "/scenarios/check", "include: [hostil]\n" + mine, 200, `…did you mean`},
		{"POST", "/scenarios/check", "", 200, `…{"ok":false,"rules":0,"faults":[{"file":"scenario.yaml","line":1,"column":1,`},
		{"POST", "/scenarios/check", "rules:\n  - then: {reslt: 1}\n", 200, `…"line":2,"column":12,"message":"`},
		{"POST", "/scenarios/check", "rules:\n  - then: {reslt: 1}\n", 200, `…"text":"scenario.yaml:2:12: unknown key`},
		{"POST", "/scenarios/check", strings.Repeat("#", 256<<10+1), 413, `{"error":"the body is over 262144 bytes"}`},
	})
	if n := r.world().resets; n != 0 {
		t.Error("checking did something")
	}
}

func TestScenario(t *testing.T) {
	r := start(t, "shop")
	const view = `{"name":"mine","description":"what it does","source":"name: mine\ndescription: what it does\nrules:\n  - then: {result: 1032}\n","file":"scenario.yaml","fault":"","version":"69","writable":false,"file_changed":false,"saved":false}`
	r.steps([]step{
		{"GET", "/scenario", "", 404, `{"error":"no scenario is loaded"}`},
		{"PUT", "/scenario", mine, 200, view},
		{"GET", "/scenario", "", 200, view},
		{"GET", "/worlds/shop/scenario", "", 404, `{"error":"no scenario is loaded"}`},
		{"PUT", "/scenario", "rules:\n  - then: {reslt: 1}\n  - thenn: {}\n", 400, `…{"error":"scenario.yaml:2:12: `},
		{"PUT", "/scenario", "rules:\n  - then: {reslt: 1}\n  - thenn: {}\n", 400, `…"faults":[{"file":"scenario.yaml","line":2,"column":12,`},
		{"PUT", "/scenario", "rules:\n  - then: {reslt: 1}\n  - thenn: {}\n", 400, `…{"file":"scenario.yaml","line":3,`},
		{"GET", "/scenario", "", 200, view},
		{"PUT", "/scenario", "", 400, `{"error":"the scenario is empty; it must be YAML, or the name of a ready one"}`},
		{"PUT", "/scenario?name=none", "", 400, `…{"error":"no ready scenario is called \"none\"`},
		{"PUT", "/scenario?name=hostile", mine, 400, `{"error":"give either a scenario in the body or the name of a ready one, not both"}`},
		{"PUT", "/scenario", strings.Repeat("#", 256<<10+1), 413, `{"error":"the body is over 262144 bytes"}`},
		{"PUT", "/scenario?name=hostile", "", 200, `…{"name":"hostile"`},
		{"GET", "/worlds/default", "", 200, `…"scenario":"hostile"`},
		{"DELETE", "/scenario", "", 204, ``},
		{"GET", "/scenario", "", 404, `{"error":"no scenario is loaded"}`},
	})
	r.world().fault = "shop.yaml:1:1: this is wrong"
	r.steps([]step{{"GET", "/scenario", "", 200, `{"name":"","description":"","source":"","file":"","fault":"shop.yaml:1:1: this is wrong","version":"","writable":false,"file_changed":false,"saved":false}`}})
	r.world().broken = errBroken
	if w := serve(r, "DELETE", "/scenario"); w.Code != 500 || w.Body.String() != `{"error":"unloading the scenario: broken"}` {
		t.Errorf("HTTP %d %s", w.Code, w.Body)
	}
}

// A scenario without a name of its own has that of the file that it was sent from.
func TestScenarioSentFromAFile(t *testing.T) {
	const unnamed, wrong = "rules:\n  - then: {result: 0}\n", "rules:\n  - then: {reslt: 0}\n"
	r := start(t)
	r.steps([]step{
		{"PUT", "/scenario?file=08.yaml", unnamed, 200, `…"name":"08","description":"","source":"rules:\n  - then: {result: 0}\n","file":"08.yaml"`},
		{"PUT", "/scenario?file=08.yaml", mine, 200, `…"name":"mine"`},
		{"PUT", "/scenario?file=", unnamed, 200, `…"name":"scenario"`},
		{"PUT", "/scenario?file=08.yaml", wrong, 400, `…{"error":"08.yaml:2:12: `},
		{"PUT", "/scenario?file=08.yaml", wrong, 400, `…"faults":[{"file":"08.yaml","line":2,`},
		{"PUT", "/scenario?file=" + strings.Repeat("a", 255), unnamed, 200, `…"name":"aaa`},
		{"POST", "/scenarios/check?file=08.yaml", wrong, 200, `…"faults":[{"file":"08.yaml","line":2,`},
		{"POST", "/scenarios/check?file=08.yaml", unnamed + "  - then: {result: 1}\n", 200, `…"warnings":[{"file":"08.yaml","line":3,"column":5,"message":"rule 2 of 08 never decides`},
	})
	for _, name := range []string{"..", ".", "m/08.yaml", "..%2f08.yaml", `m\08.yaml`, "a%0ab.yaml", "%ff.yaml", strings.Repeat("a", 256)} {
		r.steps([]step{
			{"PUT", "/scenario?file=" + name, unnamed, 400, `…it must be the name of a file without its folder, at most 255 bytes"}`},
			{"POST", "/scenarios/check?file=" + name, unnamed, 400, `…it must be the name of a file without its folder, at most 255 bytes"}`},
		})
	}
}

func TestScenarioFile(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"PUT", "/scenario/file?version=1", mine, 404, `…this world has no scenario file; start the simulator with --scenario FILE`},
	})
	w := r.world()
	w.file, w.onDisk = control.FileState{Name: "shop.yaml", Writable: true}, "1"
	r.steps([]step{
		{"GET", "/scenario", "", 200, `{"name":"","description":"","source":"","file":"shop.yaml","fault":"","version":"1","writable":true,"file_changed":false,"saved":false}`},
		{"PUT", "/scenario/file?version=2", mine, 409, `…has changed on disk`},
		{"PUT", "/scenario/file", mine, 400, `…version is missing`},
		{"PUT", "/scenario/file?version=1", " \n", 400, `…the body is empty`},
		{"PUT", "/scenario/file?version=1", "rules:\n  - then: {reslt: 1}\n", 400, `…"faults":[{"file":"shop.yaml","line":2,"column":12,`},
		{"PUT", "/scenario/file?version=1&overwrite=2", mine, 400, `…overwrite is \"2\"; it must be 1 or 0`},
		{"PUT", "/scenario/file?version=1", strings.Repeat("#", 256<<10+1), 413, `{"error":"the body is over 262144 bytes"}`},
		{"PUT", "/scenario/file?version=1", mine, 200, `…"file":"shop.yaml","fault":"","version":"69","writable":true,"file_changed":false,"saved":true}`},
		{"PUT", "/scenario/file?overwrite=1", mine, 200, `…"saved":true}`},
	})
	if page := w.journal.Find(journal.Filter{Match: journal.MatchFields("kind", "action")}); page.Total != 2 || page.Records[0].Reason != "the scenario mine was saved to shop.yaml and loaded" {
		t.Errorf("on record: %+v", page.Records)
	}
	w.meanwhile = func() { // another text comes between the two looks
		w.meanwhile = nil
		if _, err := w.SaveScenario([]byte(mine+"# more\n"), "", true); err != nil {
			t.Error(err)
		}
	}
	r.steps([]step{
		{"GET", "/scenario", "", 200, `…"version":"69","writable":true,"file_changed":true,"saved":false}`},
		{"GET", "/scenario", "", 200, `…"version":"76","writable":true,"file_changed":false,"saved":true}`},
	})
	w.onDisk = "2"
	r.steps([]step{{"GET", "/scenario", "", 200, `…"file_changed":true,"saved":false}`}})
	w.file.Gone = true
	r.steps([]step{{"GET", "/scenario", "", 200, `…"saved":false,"file_gone":true}`}})
	w.broken = errBroken
	r.steps([]step{{"PUT", "/scenario/file?version=69", mine, 500, `{"error":"broken"}`}})
}
