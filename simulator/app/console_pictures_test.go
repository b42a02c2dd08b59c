package app_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/darajabox/darajabox/simulator/app"
)

var update = flag.Bool("update", false, "write the screenshots in docs/ and build/screenshots/ anew")

// pictureDir is where the pictures of every panel go, "" for nowhere: a folder in
// DARAJABOX_SCREENSHOTS, or build/screenshots with -update.
func pictureDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("DARAJABOX_SCREENSHOTS")
	if dir == "" && *update {
		dir = filepath.Join("..", "..", "build", "screenshots")
	}
	if dir == "" {
		return ""
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	return dir
}

// consoleEveryPanel makes a picture of each panel at each width in both themes, and
// sees that no text is cut off.
func consoleEveryPanel(t visitor) {
	dir := pictureDir(t.T)
	c := t.open("/", app.Config{Seed: 1})
	c.story()
	for _, scheme := range []string{"light", "dark"} {
		c.prefers(scheme)
		for _, size := range [][2]int64{{1280, 900}, {820, 1180}, {360, 740}} {
			c.do(chromedp.EmulateViewport(size[0], size[1]))
			for _, panel := range append([]string{"phone"}, panels...) {
				if panel == "phone" && size[0] >= 900 {
					continue // beside the panels
				}
				c.unfold(panel)
				c.look(dir, fmt.Sprintf("%s-%d-%s", panel, size[0], scheme), size)
			}
			if dir != "" { // a page that is long: a picture of all of it
				c.look(dir, fmt.Sprintf("connect-all-%d-%s", size[0], scheme), [2]int64{size[0], 2600})
			}
			for _, dialog := range []struct{ name, panel, button string }{
				{"pay", "payments", "#pay, #pay-top"}, {"customer", "wallets", "#customer-add"}, {"reset", "connect", "#reset"},
			} {
				c.click("#tab-" + dialog.panel)
				c.do(chromedp.WaitVisible(chromedp.CSS("#panel-" + dialog.panel)))
				eval[int](c, fmt.Sprintf(`[...document.querySelectorAll(%q)].find((b) => b.checkVisibility()).click(), 0`, dialog.button))
				c.until(`document.querySelector("dialog[open]")`)
				c.look(dir, fmt.Sprintf("dialog-%s-%d-%s", dialog.name, size[0], scheme), size)
				c.do(chromedp.KeyEvent(kb.Escape))
				c.until(`!document.querySelector("dialog[open]")`)
			}
		}
	}
}

// consoleEveryBanner makes pictures of what is seen at times only: the buttons and
// banners of a scenario with a file, and the clock that is folded on a small screen.
func consoleEveryBanner(t visitor) {
	dir := pictureDir(t.T)
	s := t.openShop()
	everywhere := func(name string) {
		t.Helper()
		for _, scheme := range []string{"light", "dark"} {
			s.prefers(scheme)
			for _, size := range [][2]int64{{1280, 900}, {820, 1180}, {360, 740}} {
				s.do(chromedp.EmulateViewport(size[0], size[1]))
				s.look(dir, fmt.Sprintf("%s-%d-%s", name, size[0], scheme), size)
			}
		}
	}
	everywhere("scenario-file")
	s.write("source", editedRules)
	s.visit("/?again#scenario")
	s.do(chromedp.WaitVisible(chromedp.CSS("#draft")))
	s.shows("verdict", "not applied yet")
	everywhere("scenario-draft")
	s.edit(elsewhere)
	s.do(chromedp.WaitVisible(chromedp.CSS("#conflict")))
	everywhere("scenario-conflict")
	s.click("#conflict-take")
	eval[int](s.console, `localStorage.setItem("darajabox.draft/default/closed", JSON.stringify({text: "name: closed", base: "", at: 0})), 0`)
	s.visit("/?anew#scenario")
	s.do(chromedp.WaitVisible(chromedp.CSS("#orphan")))
	if err := os.Remove(s.file.path); err != nil {
		t.Fatal(err)
	}
	s.do(chromedp.WaitVisible(chromedp.CSS("#gone")))
	everywhere("scenario-gone")
	s.click("#clock-more")
	s.do(chromedp.WaitVisible(chromedp.CSS("#clock-next")))
	s.attend()
	s.accepted(t, handset, s.receiver)
	s.do(chromedp.WaitVisible(chromedp.CSS("#ring")))
	s.write("customer", "254712345678")
	eval[int](s.console, `document.querySelector("#customers button").click(), 0`)
	s.shows("attending", "and the open prompt of "+handset)
	everywhere("clock-open")
}

// look sees that nothing in the window is cut off, and makes a picture of it when
// there is a folder for it.
func (c *console) look(dir, name string, size [2]int64) {
	c.t.Helper()
	if found := c.overlaps(); found != "" {
		c.t.Errorf("%s: %s", name, found)
	}
	if dir != "" {
		c.save(filepath.Join(dir, name+".png"), c.capture(name, size[0], size[1], 1))
	}
}

// unfold shows a panel with one of its rows opened.
func (c *console) unfold(panel string) {
	c.t.Helper()
	c.click("#tab-" + panel)
	c.do(chromedp.WaitVisible(chromedp.CSS("#panel-" + panel)))
	switch panel {
	case "payments":
		c.shows("payment-rows", "INV-1045")
		eval[int](c, `document.querySelector('.payment[data-status="cancelled"] .record-line[aria-expanded="false"]')?.click(), 0`)
		c.until(`document.querySelector(".timeline li")`)
	case "journal":
		eval[int](c, `document.querySelector('#records .refused .record-line[aria-expanded="false"]')?.click(), 0`)
	case "connect":
		c.until(`document.querySelector("#behaviour .setting") && document.querySelector("#addresses dd")`)
	default:
	}
	eval[int](c, `document.activeElement.blur(), 0`)
}

// overlaps names texts that are cut off or beyond the edge of the window.
func (c *console) overlaps() string {
	c.t.Helper()
	return eval[string](c, `(() => {
		const seen = (e) => e.checkVisibility() && !e.closest(".sr, .editor, pre, .thread, .tabs, .handset");
		const leaves = [...document.querySelectorAll("body *")].filter((e) => seen(e) && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()));
		const found = [];
		for (const e of leaves) {
			if (e.closest(".scroll")) continue; // may be scrolled
			const r = e.getBoundingClientRect();
			if (r.right > innerWidth + 1) found.push("beyond the right edge: " + e.textContent.slice(0, 60));
			if (e.matches("button, .tag, .button") && e.scrollWidth > e.clientWidth + 1) found.push("cut off: " + e.textContent.slice(0, 60));
		}
		for (const e of document.querySelectorAll(".scroll")) {
			if (e.checkVisibility() && e.scrollWidth > e.clientWidth + 1) found.push("must be scrolled: " + e.getAttribute("aria-label") + ": " + ([...e.querySelectorAll("td, td *")].filter((n) => n.getBoundingClientRect().right > e.getBoundingClientRect().right + 1).at(-1)?.textContent || ""));
		}
		return found.join("; ");
	})()`)
}

// consoleScreenshots makes the pictures of docs/ with -update; without it it only
// sees that they can be made.
func consoleScreenshots(t visitor) {
	c := t.open("/", app.Config{Seed: 1})
	c.prefers("light")
	c.story()
	c.until(row("TWICE-3"))
	eval[int](c, row("TWICE-3")+`.querySelector(".record-line").click(), 0`)
	c.until(`document.querySelectorAll(".timeline li").length >= 5`)
	c.picture("console.png", 1440, 900, 2)
	c.prefers("dark")
	c.click("#tab-journal")
	c.click("#f-refused") // the explanation of a refusal, on one screen
	c.until(`document.querySelectorAll("#records .record:not(.refused, .failed)").length === 0 && document.querySelector("#records .record.refused")`)
	c.click(`#records .record.refused .record-line`)
	c.do(chromedp.WaitVisible(chromedp.CSS(".detail .reason")))
	c.picture("console-dark.png", 1440, 900, 2)
	c.prefers("light")
	c.show("scenario")
	c.write("source", strings.Replace(busyMorning, "copies", "copeis", 1))
	c.shows("faults", "copeis")
	c.picture("console-scenario-error.png", 1440, 900, 2)
	c.do(chromedp.EmulateViewport(360, 740))
	c.click("#tab-phone")
	eval[int](c, `document.activeElement.blur(), 0`)
	c.picture("console-phone-360.png", 360, 740, 3)
}

// picture is one of those that docs/ shows.
func (c *console) picture(name string, width, height int64, scale float64) {
	c.t.Helper()
	png := c.capture(name, width, height, scale)
	if *update {
		c.save(filepath.Join("..", "..", "docs", name), png)
	}
}

// capture makes a picture of the window, from the top of the page.
func (c *console) capture(name string, width, height int64, scale float64) []byte {
	c.t.Helper()
	c.do(chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale)))
	eval[int](c, `scrollTo(0, 0), 0`) // a click scrolls to what it clicks
	c.frame()
	png, err := chromedp.Run(c.tab, chromedp.CaptureScreenshot())
	if err != nil {
		c.t.Fatal(err)
	}
	if len(png) < 15_000 {
		c.t.Errorf("%s has only %d bytes", name, len(png))
	}
	return png
}

func (c *console) save(file string, png []byte) {
	c.t.Helper()
	if err := os.WriteFile(file, png, 0o600); err != nil {
		c.t.Fatal(err)
	}
}
