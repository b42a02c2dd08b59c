package app_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/darajabox/darajabox/simulator/app"
)

// row is a script for the row of a payment by its reference.
func row(reference string) string {
	return fmt.Sprintf(`[...document.querySelectorAll("#payment-rows .payment")].find((p) => p.querySelector(".reference").textContent === %q)`, reference)
}

// ends makes a payment of a magic amount or phone end in each way.
const ends = `name: ends
rules:
  - when: {reference: NO-MONEY}
    then: {result: 1, after: 1s}
  - when: {reference: WRONG-PIN}
    then: {result: 2001, after: 1s}
  - when: {reference: CANCEL}
    then: {result: 1032, after: 1s}
`

// consolePayments: each push is in the list with its status in words and in a colour,
// comes and changes by itself, and is filtered.
func consolePayments(t visitor) {
	c := t.open("/", app.Config{ScenarioSource: []byte(ends)})
	c.shows("payments-empty", "No payment yet.")
	c.pushed("254712345678", 1000, "PAID-1", "")
	c.until(row("PAID-1") + `.querySelector(".tag").textContent === "waiting for the customer"`)
	c.advance(t, "10s")
	c.until(row("PAID-1") + `.querySelector(".tag").textContent === "paid"`)
	for _, reference := range []string{"NO-MONEY", "WRONG-PIN", "CANCEL"} {
		c.pushed("254720114477", 150, reference, "")
		c.advance(t, "10s")
	}
	c.pushed("254712345678", 90, "REFUSED", "20260101000000") // another time than the password's
	for _, tt := range []struct{ reference, word, tone string }{
		{"PAID-1", "paid", "good"}, {"NO-MONEY", "not enough money", "bad"}, {"WRONG-PIN", "wrong PIN", "bad"},
		{"CANCEL", "cancelled by the customer", "warn"}, {"REFUSED", "refused", "bad"},
	} {
		c.until(fmt.Sprintf(`%s.querySelector(".tag").textContent === %q`, row(tt.reference), tt.word))
		if got := eval[string](c, row(tt.reference)+`.querySelector(".tag").dataset.tone`); got != tt.tone {
			t.Errorf("%s has the tone %q, want %q", tt.reference, got, tt.tone)
		}
	}
	if text := eval[string](c, row("PAID-1")+`.innerText`); !strings.Contains(text, "KES 1,000.00") || !strings.Contains(text, "254712345678") {
		t.Errorf("the row says %q", text)
	}
	if reason := eval[string](c, row("REFUSED")+`.querySelector(".why").textContent`); !strings.Contains(strings.ToLower(reason), "timestamp") {
		t.Errorf("the reason of a refusal is %q", reason)
	}
	first := eval[string](c, `document.querySelector("#payment-rows .reference").textContent`)
	if first != "REFUSED" {
		t.Errorf("the first row is %s, which is not the newest", first)
	}

	choose := func(status string) {
		eval[bool](c, fmt.Sprintf(`(() => { const s = document.getElementById("p-status"); s.value = %q; return s.dispatchEvent(new Event("change")); })()`, status))
	}
	choose("wrong_pin")
	c.until(`document.querySelectorAll("#payment-rows .payment").length === 1 && ` + row("WRONG-PIN"))
	choose("unreachable")
	c.shows("payments-empty", "No payment matches the filter.")
	choose("")
	c.write("p-phone", "0712 345 678")
	c.until(`!` + row("CANCEL") + ` && ` + row("PAID-1") + ` && ` + row("REFUSED"))
}

// consoleTimeline: a payment opens to what happened, with its journal records and its
// JSON to copy.
func consoleTimeline(t visitor) {
	c := t.open("/", app.Config{ScenarioSource: []byte(ends)})
	c.clipboard()
	c.pushed("254720114477", 150, "CANCEL", "")
	c.advance(t, "10s")
	c.until(row("CANCEL") + `.dataset.status === "cancelled"`)
	c.do(chromedp.Focus(chromedp.CSS(`#payment-rows .payment[data-status="cancelled"] .record-line`)), chromedp.KeyEvent(kb.Enter))
	c.until(`document.querySelectorAll(".timeline li").length >= 4`)
	timeline := eval[string](c, `document.querySelector(".timeline").textContent`)
	for _, text := range []string{"12:00:", "cancelled by the customer", "allback"} {
		if !strings.Contains(timeline, text) {
			t.Errorf("the timeline has no %q: %s", text, timeline)
		}
	}
	c.click(`.payment [aria-label="Copy the payment as JSON"]`)
	var p struct {
		Reference string `json:"reference"`
		Timeline  []any  `json:"timeline"`
	}
	if err := json.Unmarshal([]byte(c.copied()), &p); err != nil || p.Reference != "CANCEL" || len(p.Timeline) < 4 {
		t.Errorf("the JSON on the clipboard is %+v, %v", p, err)
	}
	c.shows("payment-rows", "Timeline (EAT)")
	c.shows("payments-count", "times in EAT")
	c.click(`.timeline li:last-child button`)
	c.do(chromedp.WaitVisible(chromedp.CSS("#panel-journal")))
	c.until(`document.querySelector("#records .detail") && !document.getElementById("f-payment").hidden`)
	if got := eval[string](c, `document.querySelector("#records .detail").parentElement.querySelector(".tag").textContent`); got != "Callback" {
		t.Errorf("the last line of the timeline leads to a %s", got)
	}
	c.click(`#records [aria-label="Copy Callback body"]`)
	if got := c.copied(); !strings.Contains(got, `"ResultCode": 1032`) {
		t.Errorf("the body on the clipboard is %s", got)
	}

	c.click(`#records [aria-label="Copy the record as JSON"]`)
	var rec record
	if err := json.Unmarshal([]byte(c.copied()), &rec); err != nil || rec.Kind != "callback" {
		t.Errorf("the record on the clipboard is %+v, %v", rec, err)
	}

	c.click("#f-payment")
	c.click("#tab-payments")
	c.pushed("254720114477", 90, "REFUSED", "20260101000000")
	c.until(row("REFUSED"))
	eval[int](c, row("REFUSED")+`.querySelector(".record-line").click(), 0`)
	c.until(row("REFUSED") + `.querySelector(".detail .reason")`)
	eval[int](c, `[...`+row("REFUSED")+`.querySelectorAll("button")].find((b) => b.textContent === "Show in the journal").click(), 0`)
	c.until(`document.querySelectorAll("#records .record").length === 1 && document.querySelector("#records .refused .detail .reason")`)
}

// clipboard records what the page copies: a headless browser has no clipboard.
func (c *console) clipboard() {
	c.t.Helper()
	eval[int](c, `Object.defineProperty(navigator, "clipboard", {value: {writeText: async (text) => { window.copied = text; }}}), 0`)
}

// copied is what the page copied last.
func (c *console) copied() string {
	c.t.Helper()
	c.until(`window.copied !== undefined`)
	return eval[string](c, `(() => { const text = window.copied; window.copied = undefined; return text; })()`)
}

// consolePay: the Pay button makes a push, and says why one was refused.
func consolePay(t visitor) {
	c := t.open("/", app.Config{})
	c.click("#pay")
	c.do(chromedp.WaitVisible(chromedp.CSS("#pay-dialog")))
	c.write("pay-phone", "0712 345 678")
	c.write("pay-amount", "a lot")
	c.do(chromedp.Focus(chromedp.CSS("#pay-amount")), chromedp.KeyEvent(kb.Enter))
	c.shows("pay-error", "An amount is a number")
	c.write("pay-amount", "1,250")
	c.write("pay-reference", "ORDER-9")
	c.write("pay-url", c.receiver)
	c.do(chromedp.Focus(chromedp.CSS("#pay-amount")), chromedp.KeyEvent(kb.Enter), chromedp.WaitNotVisible(chromedp.CSS("#pay-dialog")))
	c.shows("notice", "Push for KES 1,250.00 sent to 254712345678.")
	c.until(row("ORDER-9"))
	c.advance(t, "5s")
	if body := c.callback(); !strings.Contains(body, `"ResultCode":0`) || !strings.Contains(body, `1250`) {
		t.Errorf("the callback is %s", body)
	}
	c.until(row("ORDER-9") + `.dataset.status === "paid"`)

	c.click("#pay")
	c.do(chromedp.WaitVisible(chromedp.CSS("#pay-dialog")))
	c.write("pay-amount", "0")
	c.click("#pay-send")
	c.until(`document.getElementById("pay-error").textContent !== "" && document.getElementById("pay-dialog").open`)
	c.do(chromedp.KeyEvent(kb.Escape), chromedp.WaitNotVisible(chromedp.CSS("#pay-dialog")))

	c.do(chromedp.EmulateViewport(360, 740))
	c.click("#tab-journal")
	c.click("#pay-top")
	c.do(chromedp.WaitVisible(chromedp.CSS("#pay-dialog")))
	if !c.onScreen("#pay-send") {
		t.Error("Send is not on a small screen")
	}
}

// consoleCallbackWords: a callback has the payment's reference and result in words; the
// URL is short, and can be shown in full.
func consoleCallbackWords(t visitor) {
	c := t.open("/#callbacks", app.Config{ScenarioSource: []byte(ends)})
	long := c.receiver + "/payments/mpesa/callback/with/a/rather/long/path"
	body := strings.Replace(pushBody("254720114477", "CANCEL", long), `"Amount":150`, `"Amount":2500`, 1)
	c.accepted(t, "254712345678", c.receiver) // for the token
	call(t, http.MethodPost, c.Base+"/mpesa/stkpush/v1/processrequest", body, "Content-Type", "application/json", "Authorization", "Bearer "+c.token)
	c.advance(t, "10s")
	c.shows("callback-table", "cancelled by the customer")
	c.shows("callback-table", "CANCEL")
	got := eval[string](c, `[...document.querySelectorAll("#callback-table [title]")].map((e) => e.title + " " + e.textContent).find((s) => s.includes("rather"))`)
	if full, short, _ := strings.Cut(got, " "); full != long || len([]rune(short)) > 32 {
		t.Errorf("the URL is shown as %q", got)
	}
	// In the journal it is no success either.
	c.click("#tab-journal")
	c.shows("records", "Callbackcancelled by the customer (1032)")
	if eval[bool](c, `[...document.querySelectorAll("#records .failed .status")].some((s) => s.hasAttribute("data-good")) || !document.querySelector("#records .failed")`) {
		t.Error("the callback of a failed payment is marked as a success")
	}
	c.click("#f-refused")
	c.until(`document.querySelectorAll("#records .record").length === 1 && document.querySelector("#records .failed")`)
}

// consoleNewestFirst: rows stand in the order of the times that they show, though a
// callback that takes long is numbered when it ends.
func consoleNewestFirst(t visitor) {
	c := t.open("/#journal", app.Config{
		ScenarioSource: []byte("rules:\n  - when: {reference: SLOW}\n    then: {result: 0, after: 1s, callback: {slow_body: 4s}}\n"),
	})
	c.pushed("254720114477", 10, "SLOW", "")
	c.advance(t, "1s") // the callback begins
	c.waitFor("the callback is sent", func() bool { return strings.Contains(c.ask(t, http.MethodGet, "/callbacks", ""), `"sending"`) })
	c.advance(t, "1s")
	c.pushed("254733221100", 10, "QUICK", "")
	c.waitFor("the callback ends", func() bool {
		c.advance(t, "1s")
		return len(c.journal(t, "kind=callback&phone=254720114477").Records) > 0
	})
	slow, quick := c.journal(t, "kind=callback&phone=254720114477").Records[0], c.journal(t, "text=QUICK").Records[0]
	if slow.Seq < quick.Seq || !slow.At.Before(quick.At) {
		t.Fatalf("the slow callback is number %d of %s, the push after it %d of %s", slow.Seq, slow.At, quick.Seq, quick.At)
	}
	c.until(fmt.Sprintf(`document.querySelector('#records [data-seq="%d"]') && document.querySelector('#records [data-seq="%d"]')`, slow.Seq, quick.Seq))
	for range 2 { // as it came, and read again
		sorted := eval[bool](c, `(() => { const at = [...document.querySelectorAll("#records .record")].map((r) => Number(r.dataset.at)); return at.every((t, i) => i === 0 || at[i - 1] >= t); })()`)
		if !sorted {
			t.Error("the rows are not in the order of their times")
		}
		c.visit("/?again#journal")
		c.until(fmt.Sprintf(`document.querySelector('#records [data-seq="%d"]')`, slow.Seq))
	}
}
