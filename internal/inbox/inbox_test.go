package inbox

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/internal/activity"
	"github.com/darajabox/darajabox/internal/testkit"
)

const paid = `{"transaction_id":102,"merchant_request_id":"29115-34620561-1","checkout_request_id":"ws_CO_22052025084523789",` +
	`"result_code":0,"result_desc":"Processed <successfully>.","amount":150,"mpesa_receipt":"RKT7S9T2UB",` +
	`"transaction_date":"2025-05-22T08:47:05Z","phone":"254708374149","status":"successful"}`

func noon() time.Time { return time.Date(2025, 5, 22, 12, 0, 0, 0, time.UTC) }

// timeout is how long a test waits for what must come.
const timeout = 20 * time.Second

// start runs an inbox for the time of the test; change may alter it before.
func start(t *testing.T, change func(*Inbox)) (*Inbox, *testkit.Log) {
	t.Helper()
	out := &testkit.Log{}
	in := New(Config{Addr: "127.0.0.1:0", Now: noon, Report: func(e activity.Event, _ string) { _, _ = io.WriteString(out, e.Line()) }})
	if change != nil {
		change(in)
	}
	if err := in.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		defer cancel()
		if err := in.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return in, out
}

type answer struct {
	status int
	body   string
}

// try sends one request on a connection of its own.
func try(ctx context.Context, in *Inbox, method, path, body string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, in.URL()+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("X-Signature", "t=1,v1=abc")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, string(b)}, err
}

func do(t *testing.T, in *Inbox, method, path, body string) answer {
	t.Helper()
	a, err := try(t.Context(), in, method, path, body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func want(t *testing.T, a answer, status int) {
	t.Helper()
	if a.status != status {
		t.Fatalf("answered %d, want %d: %s", a.status, status, a.body)
	}
}

// read asks for /received and decodes it as a client would.
func read(t *testing.T, in *Inbox, query string) []Webhook {
	t.Helper()
	a := do(t, in, "GET", "/received"+query, "")
	want(t, a, 200)
	var list struct{ Received []Webhook }
	if err := json.Unmarshal([]byte(a.body), &list); err != nil {
		t.Fatal(err)
	}
	if list.Received == nil {
		t.Fatalf("received is not a list: %s", a.body)
	}
	return list.Received
}

func TestWebhookIsKeptShownAndAnswered(t *testing.T) {
	in, _ := start(t, nil)
	if a := do(t, in, "POST", "/webhook/shop", paid); a != (answer{200, `{"status":"ok"}`}) {
		t.Fatalf("answered %+v", a)
	}
	a := do(t, in, "GET", "/received", "")
	if !strings.Contains(a.body, `"body":`+paid) {
		t.Errorf("the body is not shown as it came: %s", a.body)
	}
	got := read(t, in, "")
	if len(got) != 1 {
		t.Fatalf("%d received", len(got))
	}
	w := got[0]
	if w.Seq != 1 || !w.At.Equal(noon()) || w.Path != "/webhook/shop" || w.Answered != 200 || w.Header.Get("X-Signature") != "t=1,v1=abc" {
		t.Errorf("got %+v", w)
	}
	if mine := in.Received(); len(mine) != 1 || string(mine[0].Body) != paid {
		t.Errorf("Received() = %+v", mine)
	}
}

func TestReceivedFilters(t *testing.T) {
	in, _ := start(t, nil)
	do(t, in, "POST", "/webhook", `{"transaction_id":1}`)
	do(t, in, "POST", "/webhook/a", `{"transaction_id":1}`)
	do(t, in, "POST", "/webhook/a", `{"transaction_id":"2"}`)
	do(t, in, "POST", "/webhook/a", `plain text`)
	for query, seqs := range map[string][]int{
		"":                                  {1, 2, 3, 4},
		"?path=/webhook":                    {1},
		"?path=/webhook/a":                  {2, 3, 4},
		"?transaction_id=1":                 {1, 2},
		"?transaction_id=2":                 {3},
		"?path=/webhook/a&transaction_id=1": {2},
		"?transaction_id=12":                {},
		"?transaction_id=12&wait=1ms":       {},
	} {
		var got []int
		for _, w := range read(t, in, query) {
			got = append(got, w.Seq)
		}
		if len(got) != len(seqs) {
			t.Errorf("%q gives %v, want %v", query, got, seqs)
			continue
		}
		for i := range got {
			if got[i] != seqs[i] {
				t.Errorf("%q gives %v, want %v", query, got, seqs)
				break
			}
		}
	}
	if w := read(t, in, ""); string(w[3].Body) != `"plain text"` {
		t.Errorf("a body that is not JSON is shown as %s", w[3].Body)
	}
	want(t, do(t, in, "DELETE", "/received?path=/webhook/a", ""), 204)
	if left := read(t, in, ""); len(left) != 1 || left[0].Seq != 1 {
		t.Errorf("after forgetting one path: %+v", left)
	}
	want(t, do(t, in, "DELETE", "/received", ""), 204)
	if left := read(t, in, ""); len(left) != 0 {
		t.Errorf("after forgetting all: %+v", left)
	}
}

func TestWaitReturnsWhatMatches(t *testing.T) {
	waiting := make(chan struct{}, 10)
	in, _ := start(t, func(in *Inbox) { in.store.onWait = func() { waiting <- struct{}{} } })
	got := make(chan answer, 1)
	go func() {
		a, _ := try(t.Context(), in, "GET", "/received?transaction_id=102&wait=60s", "")
		got <- a
	}()
	<-waiting
	do(t, in, "POST", "/webhook", `{"transaction_id":101}`)
	<-waiting // after another transaction's webhook it waits again
	do(t, in, "POST", "/webhook", paid)
	if a := <-got; a.status != 200 || strings.Count(a.body, `"seq"`) != 1 || !strings.Contains(a.body, "RKT7S9T2UB") {
		t.Errorf("waited for transaction 102, got %+v", a)
	}
}

func TestWaitOutlastsTheReadDeadline(t *testing.T) {
	in, _ := start(t, func(in *Inbox) { in.http.ReadTimeout = 250 * time.Millisecond })
	began := time.Now()
	if got := read(t, in, "?wait=500ms"); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	if took := time.Since(began); took < 500*time.Millisecond {
		t.Errorf("a wait of 500ms ended after %v", took)
	}
}

func TestWaitIsChecked(t *testing.T) {
	in, _ := start(t, nil)
	for _, wait := range []string{"", "soon", "-1s", "61s", "5"} {
		a := do(t, in, "GET", "/received?wait="+url.QueryEscape(wait), "")
		if a.status != 400 || !strings.Contains(a.body, "wait must be") {
			t.Errorf("wait=%q is answered %+v", wait, a)
		}
	}
}

func TestBodyLimit(t *testing.T) {
	in, out := start(t, nil)
	whole := `"` + strings.Repeat("a", MaxBody-2) + `"`
	want(t, do(t, in, "POST", "/webhook", whole), 200)
	want(t, do(t, in, "POST", "/webhook", whole+" "), 413)
	want(t, do(t, in, "PUT", "/behaviour", whole+" "), 413)
	if n := len(in.Received()); n != 1 {
		t.Errorf("%d kept, want 1", n)
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("%d lines printed, want 1", n)
	}
}

func TestStopEndsWhatWaits(t *testing.T) {
	waiting := make(chan struct{}, 1)
	in, _ := start(t, func(in *Inbox) { in.store.onWait = func() { waiting <- struct{}{} } })
	got := make(chan answer, 1)
	go func() {
		a, _ := try(t.Context(), in, "GET", "/received?wait=60s", "")
		got <- a
	}()
	<-waiting
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if err := in.Stop(ctx); err != nil {
		t.Fatalf("a request that waits held up Stop: %v", err)
	}
	if a := <-got; a != (answer{200, `{"received":[]}`}) {
		t.Errorf("the waiting request got %+v", a)
	}
	if _, err := try(t.Context(), in, "GET", "/health", ""); err == nil {
		t.Error("still answers after Stop")
	}
}

func TestStartAndStop(t *testing.T) {
	in := New(Config{Addr: "127.0.0.1:0"})
	if in.URL() != "" {
		t.Errorf("an address before Start: %q", in.URL())
	}
	if err := in.Stop(t.Context()); err != nil {
		t.Errorf("Stop before Start: %v", err)
	}
	if err := in.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	want(t, do(t, in, "GET", "/health", ""), 200)
	if err := in.Start(t.Context()); err == nil {
		t.Error("started twice")
	}
	if err := New(Config{Addr: strings.TrimPrefix(in.URL(), "http://")}).Start(t.Context()); err == nil {
		t.Error("two inboxes on one address")
	}
	for range 2 {
		if err := in.Stop(t.Context()); err != nil {
			t.Errorf("Stop: %v", err)
		}
	}
}
