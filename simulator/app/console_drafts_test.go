package app_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"

	"github.com/darajabox/darajabox/simulator/app"
)

const (
	elsewhere = "name: elsewhere\nrules:\n  - then: {result: 17}\n"
	further   = editedRules + "# further\n"
)

// shop is a scenario's file on disk, with the console open on it.
type shop struct {
	*console
	file keptFile
}

// openShop opens the Scenario panel of a simulator that was started with a file.
func (t visitor) openShop() *shop {
	t.Helper()
	file := keptFile{filepath.Join(t.TempDir(), "shop.yaml")}
	if err := os.WriteFile(file.path, []byte(twoRules), 0o600); err != nil {
		t.Fatal(err)
	}
	c := t.open("/#scenario", app.Config{ScenarioName: "shop.yaml", ScenarioSource: []byte(twoRules), ScenarioStore: file})
	c.shows("active", "Loaded from shop.yaml.")
	return &shop{c, file}
}

// edit changes the file as another program does, and has it loaded.
func (s *shop) edit(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.file.path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := s.LoadScenario("shop.yaml", []byte(text)); err != nil {
		s.t.Fatal(err)
	}
}

// has sees what the file says.
func (s *shop) has(want string) {
	s.t.Helper()
	got, err := s.file.Read()
	if err != nil || string(got) != want {
		s.t.Errorf("the file has %q, not %q (%v)", got, want, err)
	}
}

// another opens a second page of the same simulator. It shares the storage of the
// first one, as tabs of a browser do.
func (c *console) another(path string) *console {
	c.t.Helper()
	ctx, cancel := chromedp.NewContext(c.tab)
	c.t.Cleanup(cancel)
	second := &console{sim: c.sim, t: c.t, tab: ctx, receiver: c.receiver, received: c.received}
	second.do(chromedp.EmulateViewport(1440, 900))
	second.failOnComplaints()
	second.visit(path)
	return second
}

// consoleSaveInConflict: after a change of the file, Save asks before it overwrites it.
func consoleSaveInConflict(t visitor) {
	s := t.openShop()
	s.write("source", editedRules)
	s.edit(elsewhere)
	s.do(chromedp.WaitVisible(chromedp.CSS("#conflict")))
	s.shows("verdict", "not applied yet")
	s.click("#scenario-save")
	s.answer("shop.yaml has changed on disk since your edit began", "#ask-no")
	s.has(elsewhere)
	if got := s.source(); got != editedRules {
		t.Errorf("the edit became %q", got)
	}
	s.click("#scenario-apply") // takes no file's place
	s.answer("Another scenario was loaded", "#ask-yes")
	s.shows("verdict", "Applied, but not saved")
	s.click("#scenario-save")
	s.answer("shop.yaml has changed on disk", "#ask-no")
	s.has(elsewhere)
	s.click("#scenario-save")
	s.answer("shop.yaml has changed on disk", "#ask-yes")
	s.shows("verdict", "Saved to shop.yaml")
	s.has(editedRules)

	s.write("source", further)
	s.edit(elsewhere)
	s.do(chromedp.WaitVisible(chromedp.CSS("#conflict")))
	s.shows("verdict", "not applied yet")
	s.click("#conflict-keep") // is the answer
	s.click("#scenario-save")
	s.shows("verdict", "Saved to shop.yaml")
	s.has(further)
}

// consoleSavedStaysShown: what was done with a text is shown until the text changes. The
// check of what was typed just before is late, and does not take its place.
func consoleSavedStaysShown(t visitor) {
	s := t.openShop()
	eval[int](s.console, `(() => {
		const set = window.setTimeout, clear = window.clearTimeout, held = new Map();
		let last = 1e9;
		window.setTimeout = (f, ms) => ms < 100 || ms > 1000 ? set(f, ms) : (held.set(++last, f), last);
		window.clearTimeout = (id) => held.delete(id) || clear(id);
		window.runHeld = async () => { const n = held.size; for (const f of held.values()) await f(); held.clear(); return n; };
		return 0;
	})()`)
	runHeld := func() {
		t.Helper()
		n, err := chromedp.Run(s.tab, chromedp.Evaluate[int](`window.runHeld()`, chromedp.EvalAwaitPromise))
		if err != nil || n == 0 {
			t.Fatalf("%d timers were held: %v", n, err)
		}
	}
	s.write("source", editedRules)
	s.click("#scenario-save")
	s.shows("verdict", "Saved to shop.yaml")
	runHeld()
	if got := s.text("verdict"); !strings.HasPrefix(got, "Saved to shop.yaml and applied: 1 rule") {
		t.Errorf("after the check of what was typed the page says %q", got)
	}
	s.write("source", further)
	runHeld()
	s.shows("verdict", "not applied yet")
	s.click("#scenario-unload")
	s.shows("active", "No scenario is loaded")
	s.shows("verdict", "not applied yet")
}

// consoleLateAnswer: an answer that another one has overtaken changes nothing.
func consoleLateAnswer(t visitor) {
	s := t.openShop()
	eval[int](s.console, `(() => {
		const real = window.fetch;
		window.fetch = async (url, options) => {
			const answer = await real(url, options);
			if (window.heldAnswer || !String(url).endsWith("/scenario") || options.method !== "GET") return answer;
			const text = await answer.text();
			await new Promise((done) => { window.heldAnswer = () => { window.heldAnswer = () => {}; done(); }; });
			return new Response(text, {headers: answer.headers});
		};
		return 0;
	})()`)
	s.write("source", editedRules)
	s.until(`window.heldAnswer !== undefined`) // the page asks every two seconds
	s.edit(elsewhere)
	s.do(chromedp.WaitVisible(chromedp.CSS("#conflict")))
	eval[int](s.console, `window.heldAnswer(), 0`)
	s.frame()
	if !eval[bool](s.console, `document.getElementById("conflict").checkVisibility()`) {
		t.Fatal("the answer from before the change hides the conflict")
	}
	s.click("#scenario-save")
	s.answer("shop.yaml has changed on disk since your edit began", "#ask-no")
	s.has(elsewhere)
}

// consoleTwoSave: of two pages with an edit of one file, the second asks.
func consoleTwoSave(t visitor) {
	s := t.openShop()
	b := s.another("/#scenario")
	b.shows("active", "Loaded from shop.yaml.")
	s.write("source", editedRules)
	b.write("source", elsewhere)
	b.click("#scenario-save")
	b.shows("verdict", "Saved to shop.yaml")
	s.do(chromedp.WaitVisible(chromedp.CSS("#conflict")))
	s.click("#scenario-save")
	s.answer("shop.yaml has changed on disk", "#ask-no")
	s.has(elsewhere)
}

// consoleSaveDraft: a draft knows the file that it began from.
func consoleSaveDraft(t visitor) {
	s := t.openShop()
	s.write("source", editedRules)
	s.do(chromedp.Navigate("about:blank"))
	s.edit(elsewhere)
	s.visit("/#scenario")
	s.do(chromedp.WaitVisible(chromedp.CSS("#conflict")))
	s.shows("conflict-text", "Restored your draft of")
	s.shows("conflict-text", "shop.yaml has changed since then")
	if got := s.source(); got != editedRules {
		t.Errorf("the draft became %q", got)
	}
	s.click("#scenario-save")
	s.answer("shop.yaml has changed on disk", "#ask-no")
	s.has(elsewhere)
	s.click("#conflict-take")
	s.until(`document.getElementById("conflict").hidden && document.getElementById("source").value.includes("name: elsewhere")`)
}

// consoleAppliedStays: a text that was applied and not saved is an edit like any other.
func consoleAppliedStays(t visitor) {
	s := t.openShop()
	apply := func(text string) {
		t.Helper()
		s.write("source", text)
		s.shows("verdict", "not applied yet")
		s.click("#scenario-apply")
		s.shows("verdict", "Applied, but not saved")
	}
	stays := func(text string) {
		t.Helper()
		if got := s.source(); got != text {
			t.Errorf("the editor has %q, not %q", got, text)
		}
	}
	apply(editedRules)
	if !s.asksBeforeLeaving() {
		t.Error("a text that is not saved may be left without a question")
	}
	s.visit("/?again#scenario")
	s.shows("active", "It is not saved")
	s.edit(elsewhere)
	s.do(chromedp.WaitVisible(chromedp.CSS("#conflict")))
	stays(editedRules)
	s.click("#scenario-apply")
	s.answer("Another scenario was loaded", "#ask-yes")
	s.shows("active", "edited is active")
	s.click("#scenario-unload")
	s.shows("active", "No scenario is loaded")
	s.shows("verdict", "not applied yet")
	stays(editedRules)
	s.visit("/?anew#scenario")
	s.shows("draft-text", "Restored your draft of")
	stays(editedRules)
	s.click("#scenario-save")
	s.answer("shop.yaml has changed on disk", "#ask-yes")
	s.shows("verdict", "Saved to shop.yaml")
	if s.asksBeforeLeaving() {
		t.Error("a text that is saved asks before the page is left")
	}
	s.edit(elsewhere) // nothing is lost: the edit was in the file
	s.until(`document.getElementById("source").value.includes("name: elsewhere")`)
}

// consoleAppliedWithoutFile: without a file, an applied text stays until the person
// lets another take its place.
func consoleAppliedWithoutFile(t visitor) {
	c := t.open("/#scenario", app.Config{Scenario: "cancelled"})
	c.shows("verdict", "no mistakes")
	c.write("source", editedRules)
	c.shows("verdict", "not applied yet")
	c.click("#scenario-apply")
	c.shows("verdict", "Applied, but not saved in a file")
	if c.asksBeforeLeaving() {
		t.Error("a text that is active and has no file asks before the page is left")
	}
	c.visit("/?again#scenario")
	c.shows("active", "edited is active")
	c.ask(t, http.MethodPut, "/scenario?name=cancelled", "") // as a restart does
	c.do(chromedp.WaitVisible(chromedp.CSS("#conflict")))
	if got := c.source(); got != editedRules {
		t.Errorf("the text became %q", got)
	}
	c.click("#conflict-take")
	c.until(`document.getElementById("source").value.includes("name: cancelled")`)
}

// consoleTabsDrafts: tabs of a world have drafts of their own; that of a tab that was
// closed is offered.
func consoleTabsDrafts(t visitor) {
	a := t.open("/#scenario", app.Config{Scenario: "cancelled"})
	a.shows("verdict", "no mistakes")
	b := a.another("/#scenario")
	b.shows("verdict", "no mistakes")
	a.write("source", editedRules)
	b.write("source", further)
	b.shows("verdict", "not applied yet")
	b.click("#scenario-apply")
	b.shows("active", "edited is active")
	a.visit("/?again#scenario")
	a.until(`document.getElementById("source").value === ` + fmt.Sprintf("%q", editedRules))
	if eval[bool](a, `document.getElementById("orphan").checkVisibility()`) {
		t.Error("the draft of a tab that is open is offered")
	}

	// A tab that was duplicated begins with the session's storage of the first one.
	eval[int](b, fmt.Sprintf(`sessionStorage.setItem("darajabox.tab", %q), 0`, eval[string](a, `sessionStorage.getItem("darajabox.tab")`)))
	b.visit("/?copy#scenario")
	b.shows("verdict", "no mistakes")
	b.write("source", elsewhere)
	a.visit("/?third#scenario")
	a.until(`document.getElementById("source").value === ` + fmt.Sprintf("%q", editedRules))
}

// consoleOrphans: drafts of tabs that were closed are offered, the newest first, and
// few are kept.
func consoleOrphans(t visitor) {
	c := t.open("/#scenario", app.Config{Scenario: "cancelled"})
	c.shows("verdict", "no mistakes")
	eval[int](c, `(() => {
		const base = document.getElementById("source").value;
		for (let i = 0; i < 20; i++) localStorage.setItem("darajabox.draft/default/closed" + i, JSON.stringify({text: "name: closed" + i + "\n", base, version: "", at: Date.now() - 100000 + i}));
		return 0;
	})()`)
	c.visit("/?again#scenario")
	c.do(chromedp.WaitVisible(chromedp.CSS("#orphan")))
	if got := c.source(); !strings.Contains(got, "name: cancelled") {
		t.Errorf("a draft is in the editor without being asked for: %q", got)
	}
	c.click("#orphan-drop") // closed19
	c.until(`localStorage.getItem("darajabox.draft/default/closed19") === null`)
	c.click("#orphan-take")
	c.until(`document.getElementById("source").value === "name: closed18\n" && document.getElementById("orphan").hidden`)
	c.do(chromedp.WaitVisible(chromedp.CSS("#draft")))
	if kept := eval[int](c, `Object.keys(localStorage).filter((k) => k.startsWith("darajabox.draft/")).length`); kept > 8 {
		t.Errorf("%d drafts are kept", kept)
	}
	c.visit("/?anew#scenario")
	c.until(`document.getElementById("source").value === "name: closed18\n"`)
}

// consoleReturns: when the simulator is back, the console can be used at once.
func consoleReturns(t visitor) {
	c := t.open("/#scenario", app.Config{Scenario: "cancelled"})
	c.shows("verdict", "no mistakes")
	eval[int](c, `window.realFetch = window.fetch, window.fetch = () => Promise.reject(new TypeError("down")), 0`)
	c.write("source", editedRules)
	c.shows("verdict", "The simulator does not answer")
	eval[int](c, `window.fetch = window.realFetch, 0`)
	c.shows("verdict", "not applied yet")
	c.click("#scenario-apply")
	c.shows("active", "edited is active")
}

// consoleFileGone: that the file is gone is said, and it can be written again.
func consoleFileGone(t visitor) {
	s := t.openShop()
	s.edit(editedRules)
	if err := s.LoadScenario("shop.yaml", []byte("rules:\n  - then: {resutl: 1}\n")); err == nil {
		t.Fatal("a scenario with a mistake was taken")
	}
	s.do(chromedp.WaitVisible(chromedp.CSS("#file-fault")))
	if err := os.Remove(s.file.path); err != nil {
		t.Fatal(err)
	}
	s.do(chromedp.WaitVisible(chromedp.CSS("#gone")), chromedp.WaitNotVisible(chromedp.CSS("#file-fault")), chromedp.WaitNotVisible(chromedp.CSS("#scenario-save")))
	s.shows("gone-text", "shop.yaml is gone from disk")
	s.click("#gone-write")
	s.shows("verdict", "Saved to shop.yaml")
	s.has(editedRules)
	s.do(chromedp.WaitNotVisible(chromedp.CSS("#gone")), chromedp.WaitVisible(chromedp.CSS("#scenario-save")))
}
