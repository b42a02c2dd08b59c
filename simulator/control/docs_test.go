package control_test

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/darajabox/darajabox/simulator/control"
)

// browser opens a headless Chromium. What its pages complain of fails the test: a
// mistake in a script, something that the Content-Security-Policy refused.
func browser(t *testing.T, width, height int64) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("there is no chromium on this machine")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	var mu sync.Mutex
	var wrong []string
	hear := func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			wrong = append(wrong, fmt.Sprintf("%+v", e.ExceptionDetails))
		case *log.EventEntryAdded:
			if e.Entry.Level.String() == "error" {
				wrong = append(wrong, e.Entry.Text)
			}
		}
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, hear); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		mu.Lock()
		defer mu.Unlock()
		if len(wrong) > 0 {
			t.Errorf("the browser complains: %s", strings.Join(wrong, "\n"))
		}
	})
	return ctx
}

func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

func eval[T any](ctx context.Context, t *testing.T, script string) T {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return got
}

// until waits for a script to be true.
func until(ctx context.Context, t *testing.T, script string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](script)); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

// The page to try the API lists every operation, sends what is filled in, and shows
// the answer and the command for it.
func TestDocsInABrowser(t *testing.T) {
	s, worlds := server(t, control.Config{}, nil)
	ctx := browser(t, 360, 740)
	do(ctx, t, chromedp.Navigate(s.URL+"/docs#advanceClock"), chromedp.WaitVisible(`#advanceClock form`),
		chromedp.Clear(`#world`), chromedp.SendKeys(`#world`, "shop"))
	eval[int](ctx, t, `document.querySelector("#advanceClock-body").select(), 0`)
	do(ctx, t, chromedp.SendKeys(`#advanceClock-body`, `{"by": "1h"}`),
		chromedp.Click(`#advanceClock button.send`), chromedp.WaitVisible(`#advanceClock pre[aria-label=Answer]`))
	const answered = `document.querySelector("#advanceClock pre[aria-label=Answer]").textContent`
	until(ctx, t, answered+`.includes("now")`)
	answer := eval[string](ctx, t, answered)
	status := eval[string](ctx, t, `document.querySelector("#advanceClock .status").textContent`)
	command := eval[string](ctx, t, `document.querySelector("#advanceClock pre[aria-label=curl]").textContent`)
	operations := eval[int](ctx, t, `document.querySelectorAll("details.op").length`)
	// Everything opened, nothing is wider than the screen.
	const open = `document.querySelectorAll("details").forEach((d) => { d.open = true; }), 0`
	eval[int](ctx, t, open)
	until(ctx, t, `document.querySelectorAll(".inside").length === document.querySelectorAll("details.op").length`)
	eval[int](ctx, t, open)
	tooWide := eval[int](ctx, t, `document.documentElement.scrollWidth - innerWidth`)
	do(ctx, t, chromedp.SendKeys(`#find`, "resend"))
	until(ctx, t, `document.getElementById("found").textContent === "1 found"`)

	if operations != len(control.Routes())+1 {
		t.Errorf("%d operations, want %d", operations, len(control.Routes())+1)
	}
	if !strings.HasPrefix(status, "200 OK, ") || !strings.Contains(answer, `"now": "2026-11-24T13:00:00+03:00"`) {
		t.Errorf("%q: %s", status, answer)
	}
	if now := worlds.all[1].clock.Now(); !now.Equal(at().Add(time.Hour)) {
		t.Errorf("the clock of the world shows %s", now)
	}
	want := fmt.Sprintf(`curl -sS -X POST '%s/worlds/shop/clock/advance' -H 'Content-Type: application/json' --data-binary '{"by": "1h"}'`, s.URL)
	if command != want {
		t.Errorf("the command is %s, want %s", command, want)
	}
	if tooWide > 0 {
		t.Errorf("the page is %d px wider than a screen of 360", tooWide)
	}
}
