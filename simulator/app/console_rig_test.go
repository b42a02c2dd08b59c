package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	browserpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/app"
)

// patience is how long a test of the console may take; a state of the page that does not
// come within pagePatience does not come at all, however busy the machine is.
const (
	patience     = 3 * time.Minute
	pagePatience = time.Minute
)

// chromium starts a headless browser for t and its subtests. Without one the test is
// skipped, unless E2E=require.
func chromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("E2E") == "require" {
			t.Fatal("there is no chromium on this machine, and E2E=require")
		}
		t.Skip("there is no chromium on this machine")
	}
	if os.Getenv("E2E") == "off" {
		t.Skip("E2E=off")
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1440, 900)); err != nil {
		t.Fatalf("starting %s: %v", path, err)
	}
	return ctx
}

// console is a simulator with its console open in a browser.
type console struct {
	*sim
	t        *testing.T
	tab      context.Context
	receiver string        // URL that takes callbacks
	received <-chan string // and their bodies
}

// handset is the phone that the console shows at first.
const handset = "254708374149"

// visitor is a test with a browser.
type visitor struct {
	*testing.T
	browser context.Context
}

// open starts a simulator and opens its console at a path in a tab of its own. What
// the page complains of fails the test: a mistake in a script, something that the
// Content-Security-Policy refused.
func (t visitor) open(path string, c app.Config) *console {
	t.Helper()
	if c.Clock == nil && !c.Frozen {
		c.Clock = frozen()
	}
	con := &console{sim: start(t, c), t: t.T}
	con.receiver, con.received = merchant(t)
	ctx, cancel := chromedp.NewContext(t.browser)
	t.Cleanup(cancel)
	con.tab, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	con.do(chromedp.EmulateViewport(1440, 900))
	con.failOnComplaints()
	con.visit(path)
	return con
}

func (c *console) failOnComplaints() {
	c.t.Helper()
	var mu sync.Mutex
	var wrong []string
	err := chromedp.Listen(c.tab, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *browserpage.EventJavascriptDialogOpening: // the page asks before it is left
			go func() {
				_, _ = chromedp.Call(c.tab, browserpage.HandleJavaScriptDialog, browserpage.HandleJavaScriptDialogParams{Accept: true})
			}()
		case *runtime.EventExceptionThrown:
			wrong = append(wrong, fmt.Sprintf("%s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
		case *log.EventEntryAdded: // that of the network is an answer with an error, which the page shows
			if e.Entry.Level.String() == "error" && e.Entry.Source.String() != "network" {
				wrong = append(wrong, e.Entry.Text)
			}
		}
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if len(wrong) > 0 {
			c.t.Errorf("the browser complains: %s", strings.Join(wrong, "\n"))
		}
	})
}

// visit opens the console and waits until it is live and shows a phone.
func (c *console) visit(path string) {
	c.t.Helper()
	c.do(chromedp.Navigate(c.ControlURL() + path))
	c.until(`document.getElementById("link").dataset.state === "live"`)
	c.until(`document.getElementById("customer-facts").textContent !== ""`)
	c.until(`document.getElementById("clock-now").textContent !== "--:--:--"`)
}

// attend switches on that prompts of the shown phone wait for a person.
func (c *console) attend() {
	c.t.Helper()
	eval[int](c, `document.getElementById("attend").checked || document.getElementById("attend").click(), 0`)
	c.waitFor("the console answers for the phone", func() bool { return c.phone(c.text("phone-number")).Attended })
}

// do runs steps in the page. The page may draw an element anew between the look for it
// and the step; then the step looks for it again.
func (c *console) do(steps ...chromedp.Action[chromedp.Void]) {
	c.t.Helper()
	for _, step := range steps {
		err := chromedp.Do(c.tab, step)
		for err != nil && redrawn(err) && c.tab.Err() == nil {
			err = chromedp.Do(c.tab, step)
		}
		if err != nil {
			c.t.Fatal(err)
		}
	}
}

// redrawn reports that the browser no longer has the element that it found.
func redrawn(err error) bool {
	text := err.Error()
	return strings.Contains(text, "Could not find node with given id") || strings.Contains(text, "Node is detached from document") ||
		strings.Contains(text, "Node with given id does not belong to the document")
}

// until waits for a script to be true. One that fails is not true yet: a page that is
// being loaded has no elements.
func (c *console) until(script string) {
	c.t.Helper()
	poll := chromedp.Poll[bool](`(() => { try { return Boolean(`+script+`) } catch { return false } })()`, chromedp.WithPollingTimeout(pagePatience))
	_, err := chromedp.Run(c.tab, poll)
	for err != nil && (strings.Contains(err.Error(), "context") || strings.Contains(err.Error(), "navigated")) && c.tab.Err() == nil { // another page came meanwhile
		_, err = chromedp.Run(c.tab, poll)
	}
	if err != nil {
		text, _ := chromedp.Run(c.tab, chromedp.Evaluate[string](`["notice", "link", "phone-error", "verdict", "conflict", "ask", "panel-" + document.body.dataset.tab].map((id) => id + ": " + document.getElementById(id)?.innerText.slice(0, 800)).join("\n")`))
		c.t.Fatalf("%s: %v\nthe page says: %s", script, err, text)
	}
}

// shows waits until an element has a text.
func (c *console) shows(id, text string) {
	c.t.Helper()
	c.until(fmt.Sprintf(`document.getElementById(%q).textContent.includes(%q)`, id, text))
}

// click clicks on an element.
func (c *console) click(selector string) {
	c.t.Helper()
	c.do(chromedp.Click(chromedp.CSS(selector)))
}

// eval runs a script in the page.
func eval[T any](c *console, script string) T {
	c.t.Helper()
	got, err := chromedp.Run(c.tab, chromedp.Evaluate[T](script))
	if err != nil {
		c.t.Fatalf("%s: %v", script, err)
	}
	return got
}

// text is what an element says.
func (c *console) text(id string) string {
	c.t.Helper()
	return eval[string](c, fmt.Sprintf(`document.getElementById(%q).textContent`, id))
}

// write puts text into a field as if it were typed.
func (c *console) write(id, text string) {
	c.t.Helper()
	eval[bool](c, fmt.Sprintf(`(() => { const f = document.getElementById(%q); f.value = %q; return f.dispatchEvent(new Event("input", {bubbles: true})); })()`, id, text))
}

// callback is the next callback that the receiver gets.
func (c *console) callback() string {
	c.t.Helper()
	select {
	case body := <-c.received:
		return body
	case <-c.tab.Done():
		c.t.Fatal("no callback came")
		return ""
	}
}

// handsetView is a phone as the control API has it.
type handsetView struct {
	PIN      string          `json:"pin"`
	On       bool            `json:"on"`
	Attended bool            `json:"attended"`
	Balance  daraja.Money    `json:"balance_cents"`
	Prompt   json.RawMessage `json:"prompt"`
}

func (c *console) phone(number string) handsetView {
	c.t.Helper()
	var v handsetView
	if err := json.Unmarshal([]byte(c.ask(c.t, http.MethodGet, "/phones/"+number, "")), &v); err != nil {
		c.t.Fatal(err)
	}
	return v
}

// waitFor asks again until it holds, which is soon: between two questions the
// browser is asked for a frame.
func (c *console) waitFor(what string, holds func() bool) {
	c.t.Helper()
	for !holds() {
		if c.tab.Err() != nil {
			c.t.Fatalf("%s: not within %s", what, patience)
		}
		c.frame()
	}
}

// frame waits until the page was painted.
func (c *console) frame() {
	c.t.Helper()
	const painted = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`
	if _, err := chromedp.Run(c.tab, chromedp.Evaluate[bool](painted, chromedp.EvalAwaitPromise)); err != nil {
		c.t.Fatal(err)
	}
}
