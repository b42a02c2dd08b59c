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
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
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

// The page to try the API lists every operation, sends what is filled in to the world that
// is chosen, and shows the answer. Nothing is wider than the screen of a telephone.
func TestDocsInABrowser(t *testing.T) {
	s, worlds := server(t, control.Config{Products: products()}, nil)
	ctx := browser(t, 360, 740)
	const op = `#operations-clock-advanceClock`
	do(ctx, t, chromedp.Navigate(s.URL+"/docs#/clock/advanceClock"), chromedp.WaitVisible(op+` .execute`))
	operations := eval[int](ctx, t, `document.querySelectorAll(".opblock").length`)
	eval[bool](ctx, t, `(() => {
		const select = document.querySelector("`+op+` .servers select")
		select.selectedIndex = 1
		return select.dispatchEvent(new Event("change", {bubbles: true}))
	})()`)
	do(ctx, t, chromedp.WaitVisible(op+` .servers input`))
	eval[int](ctx, t, `document.querySelector("`+op+` .servers input").select(), 0`)
	do(ctx, t, chromedp.SendKeys(op+` .servers input`, "shop"))
	do(ctx, t, chromedp.Click(op+` .execute`), chromedp.WaitVisible(op+` .live-responses-table`))
	answer := eval[string](ctx, t, `document.querySelector("`+op+` .live-responses-table").textContent`)
	tooWide := eval[int](ctx, t, `document.documentElement.scrollWidth - innerWidth`)

	if operations != len(control.Routes())+1 {
		t.Errorf("%d operations, want %d", operations, len(control.Routes())+1)
	}
	if !strings.Contains(answer, `"now": "2026-11-24T12:01:30+03:00"`) {
		t.Errorf("the answer is %s", answer)
	}
	if now := worlds.all[1].clock.Now(); !now.Equal(at().Add(90 * time.Second)) {
		t.Errorf("the clock of the world shows %s", now)
	}
	if tooWide > 0 {
		t.Errorf("the page is %d px wider than a screen of 360", tooWide)
	}
}
