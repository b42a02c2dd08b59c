package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/darajabox/darajabox/simulator/app"
)

// The console in a real browser, in front of a real simulator.
func TestConsole(t *testing.T) {
	browser := chromium(t)
	for _, tt := range []struct {
		name string
		test func(visitor)
	}{
		{"a payment is approved on the phone", consolePays},
		{"a wrong PIN, and a cancel", consoleCancels},
		{"an ignored prompt times out when the clock is advanced", consoleIgnores},
		{"the phone is switched off", consoleSwitchesOff},
		{"a prompt that a rule decides is not the person's", consoleRuleDecides},
		{"another customer rings", consoleOtherCustomer},
		{"a scenario is edited with a mistake, and mended", consoleScenario},
		{"an edit of the file that is not taken is shown", consoleFileFault},
		{"a ready scenario is chosen", consoleReadyScenario},
		{"the clock is run and frozen", consoleClock},
		{"the journal is filtered", consoleJournal},
		{"the journal is paused", consoleJournalPause},
		{"a busy journal keeps few rows", consoleBusyJournal},
		{"callbacks are held, released and sent again", consoleCallbacks},
		{"the commands to paste are those of an app", consoleConnect},
		{"worlds are kept apart", consoleWorlds},
		{"the world is reset", consoleReset},
		{"what comes from outside stays text", consoleText},
		{"the keyboard is enough", consoleKeyboard},
		{"every stop of the tab key can be seen", consoleFocus},
		{"light and dark", consoleThemes},
		{"a narrow screen", consoleNarrow},
		{"it is accessible", consoleAccessible},
		{"opening the console changes no payment", consoleChangesNothing},
		{"that prompts wait for a person is seen everywhere", consoleAttendsVisibly},
		{"an open prompt is seen from every panel and answered there", consolePromptEverywhere},
		{"prompts of phones that are not shown", consolePromptsOfOthers},
		{"send is on a small screen", consoleSendOnScreen},
		{"payments have a status in words", consolePayments},
		{"a payment opens to its timeline", consoleTimeline},
		{"a payment is made with a button", consolePay},
		{"callbacks have a reference and a result in words", consoleCallbackWords},
		{"the journal is in the order of its times", consoleNewestFirst},
		{"a draft survives a reload", consoleDraft},
		{"an edit is not overwritten", consoleConflict},
		{"apply tells that nothing is saved", consoleApplyTells},
		{"warnings of the check are listed", consoleWarnings},
		{"an edit is saved to its file", consoleSaves},
		{"save asks after a change of the file", consoleSaveInConflict},
		{"what was saved is shown until the text changes", consoleSavedStaysShown},
		{"an answer that was overtaken changes nothing", consoleLateAnswer},
		{"of two pages that save the second asks", consoleTwoSave},
		{"a draft is saved over a change of the file only after a question", consoleSaveDraft},
		{"what is applied and not saved stays", consoleAppliedStays},
		{"what is applied without a file stays", consoleAppliedWithoutFile},
		{"each tab has a draft of its own", consoleTabsDrafts},
		{"drafts of closed tabs are offered", consoleOrphans},
		{"the simulator comes back", consoleReturns},
		{"the file is gone", consoleFileGone},
		{"showing another phone ends no prompt", consoleKeepsPrompt},
		{"every tab is on a small screen", consoleTabRow},
		{"customers are added and edited", consoleCustomers},
		{"settings are changed", consoleSettings},
		{"an action of a product is a form", consoleActions},
		{"addresses are links", consoleAddresses},
		{"the simulator goes away", consoleLost},
		{"every panel at every width in both themes", consoleEveryPanel},
		{"every panel's banners", consoleEveryBanner},
		{"screenshots", consoleScreenshots},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(visitor{t, browser}) })
	}
}

// prompted pushes to the phone that the console shows, whose prompts wait for a
// person, and waits for the prompt.
func (c *console) prompted() {
	c.t.Helper()
	c.attend()
	c.accepted(c.t, handset, c.receiver)
	c.do(chromedp.WaitVisible(chromedp.CSS("#stk")))
}

// pad enters a PIN on the phone's pad.
func (c *console) pad(pin string) {
	c.t.Helper()
	for _, digit := range pin {
		c.click(fmt.Sprintf(`#pad [data-key="%c"]`, digit))
	}
}

func consolePays(t visitor) {
	c := t.open("/", app.Config{Seed: 1})
	before := c.phone(handset)
	c.prompted()
	if got := c.text("stk-text"); !strings.HasPrefix(got, "Do you want to pay Ksh. 150.00 to Daraja-Sandbox Account no. INV-1") {
		t.Errorf("the prompt says %q", got)
	}
	if eval[bool](c, `!document.getElementById("stk-send").disabled`) {
		t.Error("Send can be pressed without a PIN")
	}
	c.pad(before.PIN[:2])
	c.click(`#pad [data-key="back"]`)
	c.pad(before.PIN[1:])
	if masked := eval[bool](c, `document.getElementById("pin").type === "password" && document.querySelectorAll("#dots .full").length === 4`); !masked {
		t.Error("the PIN can be read, or lacks its dots")
	}
	c.click("#stk-send")
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#stk")), chromedp.WaitVisible(chromedp.CSS("#thread .sms")))
	if got := c.text("thread"); !strings.Contains(got, "Confirmed. Ksh150.00 sent to Daraja-Sandbox for account INV-1") {
		t.Errorf("the SMS says %q", got)
	}
	c.click(`[data-by="1s"]`)
	if body := c.callback(); !strings.Contains(body, `"ResultCode":0`) {
		t.Errorf("the callback is %s", body)
	}
	after := c.phone(handset).Balance
	if after != before.Balance-15000 {
		t.Errorf("the wallet has %d cents after %d", after, before.Balance)
	}
	c.shows("balance", after.Grouped())
	c.shows("records", "Callbackpaid")
	c.click("#tab-wallets")
	c.shows("ledger", "INV-1")
	c.shows("wallet-table", after.Grouped())
	c.shows("organisations", "150.00")
}

func consoleCancels(t visitor) {
	c := t.open("/", app.Config{Settings: map[string]string{"wrong_pin_tries": "3"}})
	before := c.phone(handset)
	c.prompted()
	wrong := "0000"
	if before.PIN == wrong {
		wrong = "1111"
	}
	c.pad(wrong)
	c.click("#stk-send")
	c.shows("stk-wrong", "Wrong PIN. Try again.")
	if left := eval[int](c, `document.querySelectorAll("#dots .full").length`); left != 0 {
		t.Errorf("%d digits of the wrong PIN are left", left)
	}
	c.click("#stk-cancel")
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#stk")))
	c.click(`[data-by="1s"]`)
	if body := c.callback(); !strings.Contains(body, `"ResultCode":1032`) {
		t.Errorf("the callback is %s", body)
	}
	if after := c.phone(handset).Balance; after != before.Balance {
		t.Errorf("a cancelled payment moved money: %d cents after %d", after, before.Balance)
	}
	c.shows("records", "Callbackcancelled by the customer (1032)")
}

func consoleIgnores(t visitor) {
	c := t.open("/", app.Config{})
	c.prompted()
	c.shows("stk-left", "1 min left")
	c.click(`[data-by="30s"]`)
	c.shows("clock-now", "12:00:30")
	c.shows("stk-left", "30 s left")
	c.click(`[data-act="ignore"]`)
	c.shows("records", "the customer ignores the prompt")
	c.click(`[data-by="90s"]`)
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#stk")))
	c.shows("clock-now", "12:02:00")
	if body := c.callback(); !strings.Contains(body, `"ResultCode":1037`) || !strings.Contains(body, "No response from user.") {
		t.Errorf("the callback is %s", body)
	}
	c.shows("records", "Callbackno answer from the phone (1037)")
}

func consoleSwitchesOff(t visitor) {
	c := t.open("/", app.Config{})
	c.prompted()
	c.click("#power")
	c.do(chromedp.WaitVisible(chromedp.CSS("#off-note")), chromedp.WaitNotVisible(chromedp.CSS("#stk")))
	if c.phone(handset).On {
		t.Error("the phone is still on")
	}
	c.shows("power", "Switch on")
	c.click("#power")
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#off-note")))
	c.click("#clock-next")
	if body := c.callback(); !strings.Contains(body, `"ResultCode":1037`) {
		t.Errorf("the callback is %s", body)
	}
}

func consoleRuleDecides(t visitor) {
	c := t.open("/", app.Config{ScenarioSource: []byte("name: strict\nrules:\n  - then: {result: 2001, after: 5s}\n")})
	pin := c.phone(handset).PIN
	c.prompted()
	c.pad(pin)
	c.click("#stk-send")
	c.shows("phone-error", "rule 1 of strict")
	c.click("#clock-next")
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#stk")))
	if body := c.callback(); !strings.Contains(body, `"ResultCode":2001`) {
		t.Errorf("the callback is %s", body)
	}
	c.until(`document.getElementById("phone-error").textContent === ""`)
}

func consoleOtherCustomer(t visitor) {
	c := t.open("/", app.Config{})
	c.attend()
	const other = "254712345678"
	c.accepted(t, other, c.receiver)
	c.shows("waiting", other+": open prompt")
	c.click("#waiting button")
	c.do(chromedp.WaitVisible(chromedp.CSS("#stk")))
	c.shows("phone-number", other)
	c.waitFor("only the other phone waits for a person", func() bool { return c.phone(other).Attended && !c.phone(handset).Attended })
	c.click("#attend") // switched off, the customer pays after a while
	c.waitFor("no phone waits for a person", func() bool { return !c.phone(other).Attended })
	c.click(`[data-by="30s"]`)
	c.do(chromedp.WaitVisible(chromedp.CSS("#thread .sms")))

	c.write("customer", "0720 114 47")
	c.click("#customers button[type=submit]")
	c.shows("phone-error", "2547XXXXXXXX")
	c.write("customer", "0720 114 477")
	c.click("#customers button[type=submit]")
	c.shows("phone-number", "254720114477")
	c.until(`document.getElementById("phone-error").textContent === "" && location.search.includes("phone=254720114477")`)
}

const twoRules = `name: mine
description: Two rules.
rules:
  - when: {amount: ">= 1000"}
    then: {result: 1032}
  - then: {result: 1}
`

// active is the name of the active scenario.
func (c *console) active() string {
	c.t.Helper()
	var s struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal([]byte(c.ask(c.t, http.MethodGet, "/scenario", "")), &s); err != nil {
		c.t.Fatal(err)
	}
	return s.Name
}

func consoleScenario(t visitor) {
	c := t.open("/#scenario", app.Config{Scenario: "cancelled"})
	c.shows("active", "cancelled is active")
	c.shows("verdict", "no mistakes")
	c.write("source", strings.Replace(twoRules, "amount", "amont", 1))
	c.shows("faults", "amont")
	c.shows("faults", `Did you mean "amount"?`)
	place := eval[string](c, `document.querySelector("#faults .place").textContent`)
	if place != "4:12" || !eval[bool](c, `document.querySelector("#gutter .wrong").textContent === "4"`) {
		t.Errorf("the mistake is shown at %s", place)
	}
	if !eval[bool](c, `document.getElementById("scenario-apply").disabled`) {
		t.Error("a scenario with a mistake can be applied")
	}
	c.click("#faults button")
	if got := eval[string](c, `(() => { const f = document.activeElement; return f.value.slice(f.selectionStart, f.selectionEnd); })()`); got != "amont" {
		t.Errorf("the click on the mistake selects %q", got)
	}
	if got := c.active(); got != "cancelled" {
		t.Errorf("%s is active after a mistake", got)
	}
	c.write("source", twoRules)
	c.shows("verdict", "2 rules, no mistakes, not applied yet")
	c.click("#scenario-apply")
	c.shows("verdict", "Applied, but not saved in a file; Download keeps it: 2 rules")
	c.shows("active", "mine is active")
	if got := c.active(); got != "mine" {
		t.Errorf("%s is active after Apply", got)
	}
	c.click("#scenario-unload")
	c.shows("active", "No scenario is loaded")
	if status, _ := c.control(t, http.MethodGet, "/scenario", ""); status != http.StatusNotFound {
		t.Errorf("a scenario is still there: HTTP %d", status)
	}
}

func consoleFileFault(t visitor) {
	c := t.open("/#scenario", app.Config{ScenarioName: "mine.yaml", ScenarioSource: []byte(twoRules)})
	c.shows("active", "mine is active")
	if err := c.LoadScenario("mine.yaml", []byte("rules:\n  - then: {resutl: 1}\n")); err == nil {
		t.Fatal("a scenario with a mistake was taken")
	}
	c.shows("file-fault", "mine.yaml:2:")
	if !eval[bool](c, `!document.getElementById("file-fault").hidden`) {
		t.Error("the fault is hidden")
	}
	if err := c.LoadScenario("mine.yaml", []byte(strings.Replace(twoRules, "name: mine", "name: mended", 1))); err != nil {
		t.Fatal(err)
	}
	c.shows("active", "mended is active")
	c.until(`document.getElementById("file-fault").hidden && document.getElementById("source").value.includes("name: mended")`)
}

func consoleReadyScenario(t visitor) {
	c := t.open("/#scenario", app.Config{})
	c.shows("active", "No scenario is loaded")
	c.until(`document.querySelectorAll("#ready optgroup").length === 2`)
	eval[bool](c, `(() => { const s = document.getElementById("ready"); s.value = "hostile"; return s.dispatchEvent(new Event("change")); })()`)
	c.until(`document.getElementById("source").value.includes("name: hostile")`)
	c.shows("verdict", "not applied yet")
	c.click("#scenario-revert")
	c.until(`document.getElementById("source").value.includes("name: mine")`)
	eval[bool](c, `(() => { const s = document.getElementById("ready"); s.value = "wrong-pin"; return s.dispatchEvent(new Event("change")); })()`)
	c.until(`document.getElementById("source").value.includes("name: wrong-pin")`)
	c.do(chromedp.Focus(chromedp.CSS("#source")), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	c.shows("active", "wrong-pin is active")
}

func consoleClock(t visitor) {
	c := t.open("/", app.Config{Frozen: true, StartAt: noon()})
	c.shows("clock-state", "Frozen")
	c.shows("clock-next-when", "nothing is due")
	c.write("clock-by", "1h30m")
	c.click("#clock-move button[type=submit]")
	c.shows("clock-now", "13:30:00")
	c.write("clock-by", "soon")
	c.click("#clock-move button[type=submit]")
	c.shows("notice", "soon")
	c.click("#clock-toggle")
	c.shows("clock-state", "Running")
	c.until(`document.getElementById("clock-now").textContent > "13:30:00"`)
	c.click("#clock-toggle")
	c.shows("clock-state", "Frozen")
	c.ask(t, http.MethodPost, "/clock/run", `{"speed":60}`) // another client does it
	c.shows("clock-state", "Running ×60")
	c.click(`[data-by="1s"]`) // freezes first
	c.shows("clock-state", "Frozen")
}

func consoleJournal(t visitor) {
	c := t.open("/#journal", app.Config{})
	ack := c.accepted(t, "254712345678", c.receiver)
	c.accepted(t, "254720114477", c.receiver)
	call(t, http.MethodPost, c.Base+"/mpesa/stkpush/v1/processrequest", `{}`, "Content-Type", "application/json", "Authorization", "Bearer nonsense")
	c.advance(t, "10s")
	c.shows("records", "Callbackpaid")
	c.shows("records", "the clock was advanced")
	first := eval[int](c, `Number(document.querySelector("#records .record").dataset.seq)`)
	last := eval[int](c, `Number(document.querySelector("#records .record:last-child").dataset.seq)`)
	if first <= last {
		t.Errorf("the first row is number %d, the last %d", first, last)
	}

	c.click("#f-refused")
	c.until(`document.querySelectorAll("#records .record").length === 1 && document.querySelectorAll("#records .record.refused").length === 1`)
	c.click("#records .record-line")
	c.do(chromedp.WaitVisible(chromedp.CSS(".detail .reason")))
	reason := eval[string](c, `document.querySelector(".detail .reason").textContent`)
	if want := c.journal(t, "status=4xx"); len(want.Records) != 1 || reason == "" {
		t.Errorf("the reason is %q, the journal has %d refusals", reason, len(want.Records))
	}
	c.click("#f-refused")

	c.write("f-text", ack.CheckoutRequestID)
	c.until(`document.querySelectorAll("#records .record").length === 2`)
	c.click("#records .record-line") // the callback
	c.shows("records", `"Value": 150.00`)
	c.write("f-text", "")
	c.until(`document.querySelectorAll("#records .record").length > 4`)
	c.write("f-phone", "254720114477")
	c.until(`document.querySelectorAll("#records .record").length === 2`)
	eval[bool](c, `(() => { const s = document.getElementById("f-kind"); s.value = "callback"; return s.dispatchEvent(new Event("change")); })()`)
	c.until(`document.querySelectorAll("#records .record").length === 1`)
	href := eval[string](c, `document.getElementById("export-jsonl").href`)
	if status, body := call(t, http.MethodGet, href, ""); status != http.StatusOK || strings.Count(body, "\n") != 1 || !strings.Contains(body, "254720114477") {
		t.Errorf("the export at %s: HTTP %d %s", href, status, body)
	}

	c.click("#records .record-line")
	c.click(".detail dd button") // the payment
	c.write("f-phone", "")
	eval[bool](c, `(() => { const s = document.getElementById("f-kind"); s.value = ""; return s.dispatchEvent(new Event("change")); })()`)
	c.until(`document.querySelectorAll("#records .record").length === 2 && !document.getElementById("f-payment").hidden`)
	c.click("#f-payment")
	c.until(`document.querySelectorAll("#records .record").length > 4 && document.getElementById("f-payment").hidden`)
}

func consoleJournalPause(t visitor) {
	c := t.open("/#journal", app.Config{})
	c.accepted(t, "254712345678", c.receiver)
	c.shows("records", "254712345678")
	c.click("#journal-pause")
	c.accepted(t, "254720114477", c.receiver)
	c.shows("journal-count", "Paused, 1 new")
	if strings.Contains(c.text("records"), "254720114477") {
		t.Error("the journal goes on though it is paused")
	}
	c.click("#journal-pause")
	c.shows("records", "254720114477")
	c.click("#journal-clear")
	c.until(`document.querySelectorAll("#records .record").length === 0`)
	c.shows("journal-empty", "Nothing here yet.")
}

func consoleBusyJournal(t visitor) {
	c := t.open("/#journal", app.Config{})
	const pushes = 700
	for i := range pushes {
		c.accepted(t, fmt.Sprintf("2547%08d", 10_000_000+i), c.receiver)
	}
	c.until(fmt.Sprintf(`document.getElementById("records").textContent.includes("%d")`, 254710_000_000+pushes-1))
	if rows := eval[int](c, `document.querySelectorAll("#records .record").length`); rows > 400 {
		t.Errorf("%d rows are in the page", rows)
	}
	c.click("#f-refused") // there is none
	c.until(`document.querySelectorAll("#records .record").length === 0`)
	c.click("#f-refused")
	c.until(`document.querySelectorAll("#records .record").length === 100`)
	for _, rows := range []int{200, 300, 400} {
		c.click("#journal-older")
		c.until(fmt.Sprintf(`document.querySelectorAll("#records .record").length === %d`, rows))
	}
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#journal-older")))
	if doubled := eval[int](c, `(() => { const s = [...document.querySelectorAll("#records .record")].map((r) => r.dataset.seq); return s.length - new Set(s).size; })()`); doubled != 0 {
		t.Errorf("%d rows are there twice", doubled)
	}
}

func consoleCallbacks(t visitor) {
	c := t.open("/#callbacks", app.Config{})
	c.shows("callbacks-empty", "No callback")
	c.click("#hold")
	c.shows("hold", "Release callbacks")
	c.accepted(t, "254712345678", c.receiver)
	c.click(`[data-by="30s"]`)
	c.shows("callback-table", "held")
	if len(c.received) != 0 {
		t.Error("a callback was sent though they are held")
	}
	c.click("#hold")
	c.callback()
	c.shows("callback-table", "delivered")
	c.shows("callback-table", "HTTP 200")
	c.click("#callback-table tbody button")
	c.callback()
	c.shows("callback-table", "HTTP 200 (2 times)")
}

func consoleConnect(t visitor) {
	c := t.open("/#connect", app.Config{})
	c.shows("settings", c.URL())
	c.write("try-amount", "275")
	c.write("try-reference", "O'Brien \"x\"")
	c.write("try-url", c.receiver)
	c.shows("try-curl", "275")
	c.attend()
	out := shell(t.T, c.text("try-curl"))
	if !strings.Contains(out, `"ResponseCode":"0"`) {
		t.Fatalf("the commands answer %s", out)
	}
	c.do(chromedp.WaitVisible(chromedp.CSS("#stk")))
	c.shows("stk-text", "Ksh. 275.00")
	c.shows("stk-text", `O'Brien "x"`)
}

func consoleWorlds(t visitor) {
	c := t.open("/", app.Config{})
	c.create(t, `{"id":"checkout-tests","clock":{"frozen":true,"at":"2026-01-02T03:04:05+03:00"}}`)
	c.accepted(t, "254712345678", c.receiver)
	c.shows("records", "254712345678")
	c.do(chromedp.Focus(chromedp.CSS("#world")))
	c.until(`[...document.getElementById("world").options].some((o) => o.value === "checkout-tests")`)
	eval[bool](c, `(() => { const s = document.getElementById("world"); s.value = "checkout-tests"; return s.dispatchEvent(new Event("change")); })()`)
	c.shows("clock-now", "03:04:05")
	c.until(`!document.getElementById("journal-empty").hidden`) // it has its text all the time
	c.shows("journal-empty", "Nothing here yet.")
	if strings.Contains(c.text("records"), "254712345678") {
		t.Error("the journal is another world's")
	}
}

func consoleReset(t visitor) {
	c := t.open("/", app.Config{})
	c.prompted()
	c.click("#tab-connect")
	c.until(`document.querySelector("#behaviour .setting") && document.querySelector("#addresses dd")`) // both push the button down
	c.click("#reset")
	c.do(chromedp.WaitVisible(chromedp.CSS("#ask")), chromedp.KeyEvent(kb.Escape), chromedp.WaitNotVisible(chromedp.CSS("#ask")))
	if c.phone(handset).Prompt == nil {
		t.Fatal("Escape resets")
	}
	c.click("#reset")
	c.do(chromedp.WaitVisible(chromedp.CSS("#ask")))
	c.click("#ask-yes")
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#stk")))
	c.click("#tab-journal")
	c.until(`!document.getElementById("records").textContent.includes("STK push")`)
}

func consoleText(t visitor) {
	const evil = `<img src=x onerror=window.hacked=1><script>window.hacked=1</script>`
	c := t.open("/#journal", app.Config{ScenarioSource: []byte("name: '" + evil + "'\ndescription: '" + evil + "'\nworld:\n  customers:\n    - {phone: \"" + handset + "\", name: '" + evil + "'}\nrules:\n  - when: {reference: X}\n    then: {result: 1}\n")})
	c.accepted(t, handset, c.receiver+"/?"+"q="+"%3Cimg%3E")
	call(t, http.MethodPost, c.Base+"/mpesa/stkpush/v1/processrequest?"+"x=<img>", `{"AccountReference":"`+evil+`"}`, "Content-Type", "application/json", "Authorization", "Bearer "+c.token, "User-Agent", evil)
	call(t, http.MethodPost, c.Base+"/mpesa/stkpush/v1/processrequest", evil, "Content-Type", "application/json", "Authorization", "Bearer "+c.token)
	c.shows("customer-facts", evil)
	c.until(`document.querySelectorAll("#records .record").length >= 4`)
	eval[int](c, `document.querySelectorAll("#records .record-line").forEach((b) => b.click()), 0`)
	c.shows("records", "<img src=x")
	for _, tab := range panels {
		c.click("#tab-" + tab)
		c.do(chromedp.WaitVisible(chromedp.CSS("#panel-" + tab)))
	}
	c.shows("wallet-table", evil)
	c.shows("active", evil)
	if eval[bool](c, `"hacked" in window || document.querySelectorAll("img, script").length !== 3`) {
		t.Error("data became markup")
	}
}

func consoleKeyboard(t visitor) {
	c := t.open("/", app.Config{})
	pin := c.phone(handset).PIN
	c.prompted()
	c.until(`document.activeElement.id === "pin"`)
	c.do(chromedp.KeyEvent("12"), chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent("x"+pin), chromedp.KeyEvent(kb.Enter))
	c.do(chromedp.WaitVisible(chromedp.CSS("#thread .sms")))
	c.ask(t, http.MethodPost, "/clock/advance", `{"by":"10m"}`)
	c.callback()
	c.prompted()
	c.until(`document.activeElement.id === "pin"`)
	c.do(chromedp.KeyEvent(kb.Escape), chromedp.WaitNotVisible(chromedp.CSS("#stk")))
	c.ask(t, http.MethodPost, "/clock/advance", `{"by":"1s"}`)
	if body := c.callback(); !strings.Contains(body, `"ResultCode":1032`) {
		t.Errorf("the callback is %s", body)
	}

	c.do(chromedp.Focus(chromedp.CSS("#tab-journal")), chromedp.KeyEvent(kb.ArrowRight), chromedp.WaitVisible(chromedp.CSS("#panel-scenario")))
	c.do(chromedp.KeyEvent(kb.End), chromedp.WaitVisible(chromedp.CSS("#panel-connect")), chromedp.KeyEvent(kb.ArrowRight), chromedp.WaitVisible(chromedp.CSS("#panel-payments")))
	if got := eval[string](c, `document.activeElement.id`); got != "tab-payments" {
		t.Errorf("the focus is on %q %s", got, eval[string](c, `document.activeElement.outerHTML.slice(0, 200)`))
	}
	// A prompt does not take the keyboard from a field that is typed in.
	c.click("#tab-journal")
	c.do(chromedp.Focus(chromedp.CSS("#f-text")))
	c.prompted()
	if got := eval[string](c, `document.activeElement.id`); got != "f-text" {
		t.Errorf("the prompt took the focus to %s", got)
	}
}
