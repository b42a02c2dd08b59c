package app_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/product/all"
)

const editedRules = "name: edited\nrules:\n  - then: {result: 1}\n"

// asks reports whether leaving the page would ask first.
func (c *console) asksBeforeLeaving() bool {
	c.t.Helper()
	return eval[bool](c, `!dispatchEvent(new Event("beforeunload", {cancelable: true}))`)
}

// answer chooses in the dialog that asks.
func (c *console) answer(text, button string) {
	c.t.Helper()
	c.do(chromedp.WaitVisible(chromedp.CSS("#ask")))
	c.shows("ask-text", text)
	c.click(button)
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#ask")))
}

func (c *console) source() string {
	c.t.Helper()
	return eval[string](c, `document.getElementById("source").value`)
}

// chooseReady picks a ready scenario.
func (c *console) chooseReady(name string) {
	c.t.Helper()
	c.until(`document.querySelectorAll("#ready optgroup").length === 2`)
	eval[bool](c, `(() => { const s = document.getElementById("ready"); s.value = "`+name+`"; return s.dispatchEvent(new Event("change")); })()`)
}

// consoleDraft: an edit that is not applied survives a reload, says so, and can be
// dropped.
func consoleDraft(t visitor) {
	c := t.open("/#scenario", app.Config{Scenario: "cancelled"})
	c.shows("verdict", "no mistakes")
	if c.asksBeforeLeaving() {
		t.Error("a page without an edit asks before it is left")
	}
	c.write("source", editedRules)
	if !c.asksBeforeLeaving() {
		t.Error("a page with an edit does not ask before it is left")
	}
	c.visit("/?again#scenario")
	c.do(chromedp.WaitVisible(chromedp.CSS("#draft")))
	c.shows("draft-text", "Restored your draft of")
	if got := c.source(); got != editedRules {
		t.Errorf("the editor has %q", got)
	}
	if got := c.active(); got != "cancelled" {
		t.Errorf("the draft was applied: %s is active", got)
	}
	c.click("#draft-drop")
	c.until(`document.getElementById("draft").hidden && document.getElementById("source").value.includes("name: cancelled")`)
	c.visit("/?anew#scenario")
	c.shows("verdict", "no mistakes")
	if !strings.Contains(c.source(), "name: cancelled") || c.asksBeforeLeaving() {
		t.Error("a draft that was discarded is back")
	}
}

// consoleConflict: nothing takes an edit's place without a question.
func consoleConflict(t visitor) {
	c := t.open("/#scenario", app.Config{Scenario: "cancelled"})
	c.shows("verdict", "no mistakes")
	c.write("source", editedRules)
	c.ask(t, http.MethodPut, "/scenario", twoRules) // by another client
	c.do(chromedp.WaitVisible(chromedp.CSS("#conflict")))
	c.shows("conflict-text", "Scenario mine was loaded while you were editing")
	if got := c.source(); got != editedRules {
		t.Errorf("the edit became %q", got)
	}
	c.shows("verdict", "not applied yet")
	c.click("#scenario-apply")
	c.answer("Another scenario was loaded", "#ask-no")
	if got := c.active(); got != "mine" {
		t.Errorf("%s is active though the question was answered with no", got)
	}
	c.click("#scenario-apply")
	c.answer("Another scenario was loaded", "#ask-yes")
	c.shows("active", "edited is active")

	c.write("source", editedRules+"# more\n")
	c.chooseReady("hostile")
	c.answer("Load hostile over your edit?", "#ask-no")
	if got := c.source(); got != editedRules+"# more\n" {
		t.Errorf("a ready scenario took the edit's place: %q", got)
	}
	c.click("#scenario-revert")
	c.answer("Discard your edit?", "#ask-no")
	if got := c.source(); got != editedRules+"# more\n" {
		t.Errorf("Revert took the edit away: %q", got)
	}

	c.create(t, `{"id":"other"}`)
	c.do(chromedp.Focus(chromedp.CSS("#world")))
	c.until(`[...document.getElementById("world").options].some((o) => o.value === "other")`)
	eval[bool](c, `(() => { const s = document.getElementById("world"); s.value = "other"; return s.dispatchEvent(new Event("change")); })()`)
	c.answer("not saved", "#ask-no")
	c.until(`document.getElementById("world").value === "default"`)
}

// consoleApplyTells: without a file, Apply says that nothing is saved, and Download
// gives the text.
func consoleApplyTells(t visitor) {
	c := t.open("/#scenario", app.Config{})
	c.shows("active", "No scenario is loaded")
	c.write("source", editedRules)
	c.shows("verdict", "not applied yet")
	c.click("#scenario-apply")
	c.shows("verdict", "Applied, but not saved in a file")
	if !eval[bool](c, `document.getElementById("scenario-save").hidden`) {
		t.Error("there is a Save without a file")
	}
	eval[int](c, `(() => {
		const was = URL.createObjectURL;
		URL.createObjectURL = (blob) => { blob.text().then((text) => { window.downloaded = text; }); return was.call(URL, blob); };
		document.addEventListener("click", (e) => { if (e.target.download) window.downloadName = e.target.download; }, true);
		HTMLAnchorElement.prototype.click = function () { window.downloadName = this.download; };
		return 0;
	})()`)
	c.click("#scenario-download")
	c.until(`window.downloaded !== undefined`)
	if text, name := eval[string](c, `window.downloaded`), eval[string](c, `window.downloadName`); text != editedRules || name != "edited.yaml" {
		t.Errorf("%s was downloaded: %q", name, text)
	}
}

// consoleCustomers: customers are added, and what they have is changed.
func consoleCustomers(t visitor) {
	c := t.open("/#wallets", app.Config{})
	c.click("#customer-add")
	c.do(chromedp.WaitVisible(chromedp.CSS("#customer-dialog")))
	c.write("c-phone", "0799 000 111")
	c.write("c-name", "Asha Mwangi")
	c.write("c-pin", "12")
	c.click("#customer-form .main")
	c.shows("customer-error", "A PIN is four digits.")
	c.write("c-pin", "2580")
	c.write("c-balance", "500,001")
	c.click("#customer-form .main")
	c.shows("customer-error", "KES 500,000")
	c.write("c-balance", "1,250.50")
	c.click("#customer-form .main")
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#customer-dialog")))
	c.shows("wallet-table", "Asha Mwangi")
	c.shows("wallet-table", "KES 1,250.50")
	if got := c.phone("254799000111"); got.PIN != "2580" || got.Balance != 125050 || !got.On {
		t.Errorf("the customer is %+v", got)
	}

	c.click(`[aria-label="Edit 254799000111"]`)
	c.do(chromedp.WaitVisible(chromedp.CSS("#customer-dialog")))
	c.write("c-balance", "0")
	c.click("#c-on")
	c.click("#customer-form .main")
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#customer-dialog")))
	c.shows("wallet-table", "KES 0.00")
	if got := c.phone("254799000111"); got.PIN != "2580" || got.Balance != 0 || got.On {
		t.Errorf("after the edit the customer is %+v", got)
	}
}

// consoleSettings: settings are changed where they are read, and refusals are shown.
func consoleSettings(t visitor) {
	c := t.open("/#connect", app.Config{})
	c.until(`document.querySelector('[data-setting="pending_query"]')`)
	change := func(name, value string) {
		eval[bool](c, `(() => { const s = document.querySelector('[data-setting="`+name+`"]'); s.value = "`+value+`"; return s.dispatchEvent(new Event("change")); })()`)
	}
	change("pending_query", "500")
	c.shows("behaviour", "Changed; the default is 4999.")
	if got := c.ask(t, http.MethodGet, "/settings", ""); !strings.Contains(compact(t, got), `"name":"pending_query","value":"500"`) {
		t.Errorf("the settings are %s", got)
	}
	change("think_time", "soon")
	c.until(`document.querySelector('[data-setting="think_time"]').getAttribute("aria-invalid") === "true" && [...document.querySelectorAll("#behaviour .field-error")].some((e) => e.textContent.includes("think_time"))`)
	c.ask(t, http.MethodPut, "/settings", `{"think_time":"7s"}`) // by another client
	c.until(`document.querySelector('[data-setting="think_time"]').value === "7s"`)
}

// consoleActions: an action that a product declares is a form.
func consoleActions(t visitor) {
	c := t.open("/#wallets", app.Config{Products: append(all.Products(), simulator.Product{
		Name: "toy", Doc: "a product for a test",
		Actions: []simulator.Action{{
			Name: "wind_up", Doc: "winds the toy up",
			Fields: []simulator.Field{{Name: "phone", Check: simulator.MSISDN, Doc: "Whose."}, {Name: "turn_count", Doc: "How often."}},
			Run: func(_ *simulator.Locked, v simulator.Values) (any, error) {
				return map[string]string{"turns": string(v["turn_count"])}, nil
			},
		}},
	})})
	c.until(`document.getElementById("action-c2b-pay-shortcode")`)
	c.until(`document.getElementById("action-toy-wind_up-phone").value === "` + handset + `"`)
	const result = `form[aria-label="toy wind up"] `
	c.write("action-toy-wind_up-phone", "12")
	c.click(result + "button")
	c.until(`document.getElementById("action-toy-wind_up-phone").getAttribute("aria-invalid") === "true" && document.querySelector('` + result + `.field-error').textContent`)
	c.write("action-toy-wind_up-phone", handset)
	c.write("action-toy-wind_up-turn_count", "3")
	c.click(result + "button")
	c.until(`document.querySelector('` + result + `.action-result').textContent === 'Done: {"turns":"3"}'`)
}

// consoleAddresses: every address that runs with the simulator is a link.
func consoleAddresses(t visitor) {
	c := t.open("/#connect", app.Config{})
	c.shows("addresses", "Daraja API")
	for _, url := range []string{c.URL(), c.ControlURL() + "/docs"} {
		if !eval[bool](c, `[...document.querySelectorAll("#addresses a")].some((a) => a.href.replace(/\/$/, "") === "`+url+`")`) {
			t.Errorf("no link leads to %s", url)
		}
	}
	c.clipboard()
	c.click(`#addresses [aria-label="Copy the address of Daraja API"]`)
	if got := c.copied(); got != c.URL() {
		t.Errorf("the address on the clipboard is %s", got)
	}
}

// keptFile is a scenario's file on disk.
type keptFile struct{ path string }

func (keptFile) Include(from, name string) (string, []byte, error) { return scenarios.Load(from, name) }

func (f keptFile) Read() ([]byte, error) { return os.ReadFile(f.path) }

func (f keptFile) Writable() bool {
	_, err := os.Stat(f.path)
	return err == nil
}

func (f keptFile) Replace(source []byte, check func([]byte, error) error, load func() error) error {
	if err := check(f.Read()); err != nil {
		return err
	}
	if err := os.WriteFile(f.path, source, 0o600); err != nil {
		return err
	}
	return load()
}

// consoleSaves: with a file, Save writes it; what was changed on disk is replaced only
// after a question.
func consoleSaves(t visitor) {
	file := keptFile{filepath.Join(t.TempDir(), "shop.yaml")}
	if err := os.WriteFile(file.path, []byte(twoRules), 0o600); err != nil {
		t.Fatal(err)
	}
	c := t.open("/#scenario", app.Config{ScenarioName: "shop.yaml", ScenarioSource: []byte(twoRules), ScenarioStore: file})
	c.shows("scenario-save", "Save to shop.yaml")
	c.shows("active", "Loaded from shop.yaml.")
	onDisk := func() string {
		b, err := file.Read()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	c.write("source", editedRules)
	c.shows("verdict", "not applied yet")
	c.click("#scenario-save")
	c.shows("verdict", "Saved to shop.yaml and applied")
	if onDisk() != editedRules || c.active() != "edited" || c.asksBeforeLeaving() {
		t.Errorf("the file has %q, %s is active", onDisk(), c.active())
	}

	c.write("source", further)
	c.shows("verdict", "not applied yet")
	c.click("#scenario-apply")
	c.shows("verdict", "Applied, but not saved to shop.yaml")
	c.shows("active", "It is not saved")
	if onDisk() != editedRules {
		t.Errorf("Apply without saving wrote %q", onDisk())
	}

	if err := os.WriteFile(file.path, []byte(elsewhere), 0o600); err != nil {
		t.Fatal(err)
	}
	c.write("source", further+"# and further\n")
	c.shows("verdict", "not applied yet")
	c.click("#scenario-save")
	c.answer("shop.yaml has changed on disk", "#ask-no")
	if onDisk() != elsewhere {
		t.Errorf("the file was overwritten: %q", onDisk())
	}
	c.click("#scenario-save")
	c.answer("shop.yaml has changed on disk", "#ask-yes")
	c.shows("verdict", "Saved to shop.yaml")
	if onDisk() != further+"# and further\n" {
		t.Errorf("the file has %q", onDisk())
	}
}

// consoleWarnings: what the check warns of is listed, and leads to its line; it does
// not keep the scenario from being applied.
func consoleWarnings(t visitor) {
	c := t.open("/#scenario", app.Config{Scenario: "cancelled"})
	c.shows("verdict", "no mistakes")
	eval[int](c, `(() => {
		const real = window.fetch;
		window.fetch = async (url, options) => String(url).endsWith("scenarios/check")
			? new Response(JSON.stringify({ok: true, rules: 2, faults: [], warnings: [{line: 5, column: 5, message: "rule 2 never decides"}]}), {headers: {"Content-Type": "application/json"}})
			: real(url, options);
		return 0;
	})()`)
	c.write("source", twoRules)
	c.shows("warnings", "rule 2 never decides")
	c.shows("verdict", "2 rules, 1 warning, not applied yet")
	if eval[bool](c, `document.getElementById("scenario-apply").disabled`) {
		t.Error("a warning keeps the scenario from being applied")
	}
	c.click("#warnings button")
	if got := eval[int](c, `(() => { const f = document.activeElement; return f.value.slice(0, f.selectionStart).split("\n").length; })()`); got != 5 {
		t.Errorf("the warning leads to line %d", got)
	}
}
