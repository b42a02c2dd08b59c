package app_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/darajabox/darajabox/simulator/app"
)

// consoleChangesNothing: with the console open, a push to the phone that it shows ends
// as without it, in each visit anew.
func consoleChangesNothing(t visitor) {
	c := t.open("/", app.Config{})
	c.attend()
	c.visit("/")
	if eval[bool](c, `document.getElementById("attend").checked || !document.getElementById("attending").hidden`) {
		t.Error("another visit begins with prompts that wait for a person")
	}
	c.waitFor("the console does not answer for the phone", func() bool { return !c.phone(handset).Attended })
	c.accepted(t, handset, c.receiver)
	c.do(chromedp.WaitVisible(chromedp.CSS("#stk"))) // the phone shows it all the same
	if title := eval[string](c, `document.title`); title != "darajabox console" || !eval[bool](c, `document.getElementById("ring").hidden`) {
		t.Errorf("a prompt that the customer answers asks for the person: %q", title)
	}
	c.advance(t, "3s")
	if body := c.callback(); !strings.Contains(body, `"ResultCode":0`) {
		t.Errorf("the callback is %s", body)
	}
}

// consoleAttendsVisibly: that prompts wait for a person is seen from each panel, with
// the phone, and can be switched off there.
func consoleAttendsVisibly(t visitor) {
	c := t.open("/", app.Config{})
	c.attend()
	for _, width := range []int64{1280, 360} {
		c.do(chromedp.EmulateViewport(width, 740))
		for _, panel := range panels {
			c.click("#tab-" + panel)
			c.do(chromedp.WaitVisible(chromedp.CSS("#attending")))
			c.shows("attending", "You answer the prompts of "+handset)
		}
	}
	c.click("#attending-stop")
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#attending")))
	c.waitFor("the customer answers again", func() bool { return !c.phone(handset).Attended })
	if eval[bool](c, `document.getElementById("attend").checked`) {
		t.Error("the switch is still on")
	}
}

// consolePromptEverywhere: a prompt that waits for a person is in the title, on the
// Phone tab and in a bar of every panel, at a width that does not show the phone.
func consolePromptEverywhere(t visitor) {
	c := t.open("/", app.Config{})
	for _, width := range []int64{820, 360} {
		c.do(chromedp.EmulateViewport(width, 740))
		c.attend()
		c.accepted(t, handset, c.receiver)
		for _, panel := range panels {
			c.click("#tab-" + panel)
			c.do(chromedp.WaitVisible(chromedp.CSS("#ring")))
			for _, text := range []string{"KES 150.00 to Daraja-Sandbox", handset, "INV-1", "1 min left"} {
				c.shows("ring", text)
			}
			c.until(`document.title === "(1) Prompt for KES 150.00 – darajabox console"`)
			c.until(`document.getElementById("phone-count").textContent === "1" && document.getElementById("phone-count").checkVisibility()`)
			if !c.onScreen(`[data-answer="pin"]`) {
				t.Errorf("%d px, %s: the button that pays is not on the screen", width, panel)
			}
		}
		c.click("#tab-phone")
		c.do(chromedp.WaitNotVisible(chromedp.CSS("#ring")), chromedp.WaitVisible(chromedp.CSS("#stk")))
		c.click("#tab-payments")
		c.click(`#ring [data-answer="pin"]`)
		c.do(chromedp.WaitNotVisible(chromedp.CSS("#ring")))
		c.until(`document.title === "darajabox console" && document.getElementById("phone-count").hidden`)
		c.advance(t, "1s")
		if body := c.callback(); !strings.Contains(body, `"ResultCode":0`) {
			t.Errorf("%d px: the callback is %s", width, body)
		}
	}
}

// consolePromptsOfOthers: the bar has the prompts of phones that are not shown, too.
func consolePromptsOfOthers(t visitor) {
	c := t.open("/#scenario", app.Config{})
	others := []string{"254712345678", "254720114477"}
	for _, other := range others {
		c.ask(t, http.MethodPost, "/phones/"+other+"/attend", `{}`)
		c.accepted(t, other, c.receiver)
	}
	c.shows("ring", others[0])
	c.shows("ring", others[1])
	c.until(`document.title.startsWith("(2) Prompt")`)
	answer := func(other, kind string) string {
		return fmt.Sprintf(`#ring [data-answer=%q][aria-label$=%q]`, kind, other)
	}
	c.click(answer(others[0], "wrong_pin"))
	c.until(`!document.getElementById("ring").textContent.includes("` + others[0] + `")`)
	c.advance(t, "1s")
	if body := c.callback(); !strings.Contains(body, `"ResultCode":2001`) {
		t.Errorf("the callback is %s", body)
	}
	c.do(chromedp.Focus(chromedp.CSS(answer(others[1], "pin"))), chromedp.KeyEvent(kb.Escape))
	c.do(chromedp.WaitNotVisible(chromedp.CSS("#ring")))
	c.advance(t, "1s")
	if body := c.callback(); !strings.Contains(body, `"ResultCode":1032`) {
		t.Errorf("the callback is %s", body)
	}
	c.accepted(t, others[1], c.receiver)
	c.shows("ring", others[1])
	c.click(fmt.Sprintf(`#ring [aria-label="Open the phone %s"]`, others[1]))
	c.shows("phone-number", others[1])
	c.do(chromedp.WaitVisible(chromedp.CSS("#stk")), chromedp.WaitNotVisible(chromedp.CSS("#ring")))
}

// consoleKeepsPrompt: a prompt that waits for the person goes on waiting while another
// phone is shown, and no longer than that.
func consoleKeepsPrompt(t visitor) {
	c := t.open("/", app.Config{})
	const other = "254712345678"
	c.prompted()
	c.write("customer", other)
	c.click("#customers button[type=submit]")
	c.shows("phone-number", other)
	c.waitFor("the phone that is shown waits for the person", func() bool { return c.phone(other).Attended })
	if !c.phone(handset).Attended {
		t.Error("the prompt of the former phone no longer waits")
	}
	c.shows("attending", "and the open prompt of "+handset)
	c.advance(t, "10s")
	c.do(chromedp.WaitVisible(chromedp.CSS("#ring")))
	c.shows("ring", "50 s left")
	c.click(fmt.Sprintf(`#ring [data-answer="cancel"][aria-label$=%q]`, handset))
	c.advance(t, "1s")
	if body := c.callback(); !strings.Contains(body, `"ResultCode":1032`) {
		t.Errorf("the callback is %s", body)
	}
	c.waitFor("the former phone is let go", func() bool { return !c.phone(handset).Attended })
	if !c.phone(other).Attended {
		t.Error("the phone that is shown was let go, too")
	}
	c.until(`!document.getElementById("attending").textContent.includes("` + handset + `")`)
}

// consoleSendOnScreen: on a small screen the prompt's Send needs no scrolling.
func consoleSendOnScreen(t visitor) {
	c := t.open("/", app.Config{})
	c.do(chromedp.EmulateViewport(360, 740))
	c.click("#tab-phone")
	c.prompted()
	eval[int](c, `scrollTo(0, 0), 0`)
	c.frame()
	for _, button := range []string{"#stk-send", "#stk-cancel", `#pad [data-key="1"]`} {
		if !c.onScreen(button) {
			t.Errorf("%s is not on a screen of 360 by 740", button)
		}
	}
}

// onScreen reports whether all of an element is in the window, with nothing over it.
func (c *console) onScreen(selector string) bool {
	c.t.Helper()
	return eval[bool](c, fmt.Sprintf(`(() => {
		const e = document.querySelector(%q), r = e.getBoundingClientRect();
		const there = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
		return r.top >= 0 && r.left >= 0 && r.bottom <= innerHeight && r.right <= innerWidth && (there === e || e.contains(there));
	})()`, selector))
}
