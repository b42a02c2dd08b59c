package app_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/darajabox/darajabox/simulator/app"
)

// panels are the tabs of the console.
var panels = []string{"payments", "journal", "scenario", "callbacks", "wallets", "connect"}

// shell runs commands as a person would paste them.
func shell(t *testing.T, commands string) string {
	t.Helper()
	for _, tool := range []string{"sh", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("there is no %s on this machine", tool)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", commands)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v %s", commands, err, stderr.String())
	}
	return string(out)
}

// prefers makes the browser ask for light or dark, which comes at once.
func (c *console) prefers(scheme string) {
	c.t.Helper()
	_, err := chromedp.Call(c.tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// lightness is how bright the page's ground is, from 0 to 255.
func (c *console) lightness() int {
	c.t.Helper()
	return eval[int](c, `Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)[0])`)
}

func consoleThemes(t visitor) {
	c := t.open("/", app.Config{})
	c.prefers("light")
	if got := c.lightness(); got < 200 {
		t.Errorf("light has a ground of %d", got)
	}
	c.prefers("dark")
	if got := c.lightness(); got > 50 {
		t.Errorf("dark has a ground of %d", got)
	}
	c.shows("theme", "Light")
	c.click("#theme")
	if got := c.lightness(); got < 200 {
		t.Errorf("after the button the ground is %d", got)
	}
	c.visit("/")
	if got := c.lightness(); got < 200 {
		t.Errorf("the choice is forgotten: the ground is %d", got)
	}
}

// story makes a world in which something has happened, good and bad.
func (c *console) story() {
	c.t.Helper()
	c.ask(c.t, http.MethodPut, "/scenario", busyMorning)
	c.pushed("254712345678", 150, "INV-1040", "")
	c.advance(c.t, "7s")
	c.pushed("254720114477", 2500, "INV-1041", "")
	c.advance(c.t, "11s")
	c.pushed("254720114477", 2500, "INV-1041", "")
	c.advance(c.t, "4s")
	c.pushed("254712345678", 90, "INV-1042", "20260101000000") // another time than the password's
	c.advance(c.t, "2s")
	c.pushed("254733221100", 90, "RETRY-7", "")
	c.advance(c.t, "9s")
	c.pushed("254733221100", 640, "TWICE-3", "")
	c.advance(c.t, "5s")
	c.attend()
	c.pushed(handset, 20, "INV-1043", "")
	c.do(chromedp.WaitVisible(chromedp.CSS("#stk")))
	c.ask(c.t, http.MethodPost, "/phones/"+handset+"/pin", `{}`)
	c.advance(c.t, "15s")
	c.pushed(handset, 150, "INV-1044", "")
	c.do(chromedp.WaitVisible(chromedp.CSS("#stk")), chromedp.WaitVisible(chromedp.CSS("#thread .sms")))
	c.pad("12")
	c.advance(c.t, "13s")
	c.pushed("254712345678", 300, "INV-1045", "")
	c.shows("waiting", "254712345678: open prompt")
	c.shows("stk-left", "47 s left")
	c.shows("records", "INV-1045")
}

const busyMorning = `name: busy-morning
description: Big payments time out once and are then cancelled; retries meet a spike arrest.
rules:
  - when: {amount: ">= 1000"}
    then:
      sequence:
        - 4005
        - {result: 1032, after: 3s}
  - when: {reference: "RETRY-*"}
    then: {reply: {page: spike_arrest}}
  - when: {reference: "TWICE-*"}
    then:
      result: 0
      callback: {copies: 2, gap: 1s} # the second must not pay again
`

// pushed asks number for shillings; a stamp is the Timestamp where it is not the
// password's.
func (c *console) pushed(number string, shillings int, reference, stamp string) {
	c.t.Helper()
	if c.token == "" {
		c.accepted(c.t, "254799999999", c.receiver)
		c.ask(c.t, http.MethodPost, "/phones/254799999999/cancel", "")
		c.advance(c.t, "1s")
		c.ask(c.t, http.MethodDelete, "/journal", "")
	}
	body := strings.Replace(pushBody(number, reference, c.receiver), `"Amount":150`, fmt.Sprintf(`"Amount":%d`, shillings), 1)
	if stamp != "" {
		body = strings.Replace(body, `"Timestamp":"20250707180034"`, `"Timestamp":"`+stamp+`"`, 1)
	}
	call(c.t, http.MethodPost, c.Base+"/mpesa/stkpush/v1/processrequest", body, "Content-Type", "application/json", "Authorization", "Bearer "+c.token)
}

// show opens a panel and waits for what is in it.
func (c *console) show(panel string) {
	c.t.Helper()
	c.click("#tab-" + panel)
	c.do(chromedp.WaitVisible(chromedp.CSS("#panel-" + panel)))
	for id, text := range map[string]string{"payments": "INV-1045", "journal": "INV-1045", "scenario": "no mistakes", "callbacks": "delivered", "wallets": "INV-1043", "connect": c.URL()} {
		if id == panel {
			c.shows("panel-"+id, text)
		}
	}
}

func consoleNarrow(t visitor) {
	c := t.open("/", app.Config{})
	c.story()
	for _, width := range []int64{360, 320, 600, 899, 900, 1024} {
		c.do(chromedp.EmulateViewport(width, 740))
		for _, panel := range append([]string{"phone"}, panels...) {
			if panel == "phone" && width >= 900 {
				continue // beside the panels
			}
			c.click("#tab-" + panel)
			c.do(chromedp.WaitVisible(chromedp.CSS("#panel-" + panel)))
			if panel == "journal" {
				eval[int](c, `document.querySelectorAll('#records .record-line[aria-expanded="false"]').forEach((b) => b.click()), 0`)
			}
			if over := eval[int](c, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
				wide := eval[string](c, `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 60)).slice(0, 4).join(", ")`)
				t.Errorf("%s is %d px wider than a screen of %d: %s", panel, over, width, wide)
			}
		}
	}
	// What a finger must hit is big enough: 40 px, more than the 24 of WCAG 2.2 AA.
	c.do(chromedp.EmulateViewport(360, 740))
	for _, panel := range append([]string{"phone"}, panels...) {
		c.unfold(panel)
		small := eval[string](c, `[...document.querySelectorAll("button, select, input, .button")].filter((e) => e.checkVisibility() && !e.matches(".text, .copy, [type=checkbox]")).filter((e) => { const r = e.getBoundingClientRect(); return r.width < 30 || r.height < 40; }).map((e) => e.id || e.textContent).join(", ")`)
		if small != "" {
			t.Errorf("%s: too small for a finger: %s", panel, small)
		}
	}
}

// consoleTabRow: on a small screen no tab is cut off or beyond the edge.
func consoleTabRow(t visitor) {
	c := t.open("/", app.Config{})
	for _, width := range []int64{320, 360, 412} {
		c.do(chromedp.EmulateViewport(width, 740))
		c.frame()
		if got := eval[string](c, `[...document.querySelectorAll('[role="tab"]')].filter((t) => { const r = t.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth || t.scrollWidth > t.clientWidth; }).map((t) => t.textContent).join(", ")`); got != "" {
			t.Errorf("%d px: not on the screen: %s", width, got)
		}
	}
}

// consoleFocus walks through the page by the tab key: each stop shows where it is,
// and the walk comes to an end.
func consoleFocus(t visitor) {
	c := t.open("/", app.Config{})
	c.story()
	for _, panel := range panels {
		c.show(panel)
		eval[int](c, `document.querySelector(".skip").focus(), window.stops = [], 0`)
		const most = 300
		for step := 0; ; step++ {
			if step == most {
				t.Fatalf("%s: the tab key comes to no end", panel)
			}
			c.do(chromedp.KeyEvent(kb.Tab))
			stop := eval[string](c, `(() => {
				const e = document.activeElement;
				if (e === document.body || window.stops.includes(e)) return "end";
				window.stops.push(e);
				const marked = (n) => { const s = getComputedStyle(n); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2; };
				return marked(e) || marked(e.parentElement) ? "" : e.outerHTML.slice(0, 120);
			})()`)
			if stop == "end" {
				break
			}
			if stop != "" {
				t.Errorf("%s: nothing shows that the focus is on %s", panel, stop)
			}
		}
		reached := eval[string](c, `["theme", "world", "clock-toggle", "clock-next", "customer", "pin", "stk-cancel", "power", "tab-`+panel+`"].filter((id) => !window.stops.includes(document.getElementById(id))).join(" ")`)
		if reached != "" {
			t.Errorf("%s: the tab key does not reach %s", panel, reached)
		}
	}
}

// consoleAccessible runs testdata/console_check.js over every panel in both themes.
func consoleAccessible(t visitor) {
	check, err := os.ReadFile(filepath.Join("testdata", "console_check.js"))
	if err != nil {
		t.Fatal(err)
	}
	c := t.open("/", app.Config{})
	c.story()
	texts := 0
	for _, scheme := range []string{"light", "dark"} {
		c.prefers(scheme)
		for _, panel := range panels {
			c.show(panel)
			switch panel {
			case "journal":
				eval[int](c, `document.querySelectorAll('#records .record-line[aria-expanded="false"]').forEach((b) => b.click()), 0`)
			case "scenario":
				c.write("source", strings.Replace(busyMorning, "amount", "amont", 1))
				c.shows("faults", "amont")
			}
			found := eval[struct {
				Texts  int
				Faults []string
			}](c, string(check))
			texts += found.Texts
			for _, fault := range found.Faults {
				t.Errorf("%s, %s: %s", scheme, panel, fault)
			}
			if panel == "scenario" {
				c.write("source", busyMorning)
				c.shows("verdict", "no mistakes")
			}
		}
	}
	if texts < 500 {
		t.Errorf("only %d texts were looked at", texts)
	}
}

func consoleLost(t visitor) {
	c := t.open("/", app.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	c.shows("link", "No connection")
}
