package inbox

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

func statuses(t *testing.T, in *Inbox, path string, n int) string {
	t.Helper()
	var got []string
	for range n {
		got = append(got, fmt.Sprint(do(t, in, "POST", path, paid).status))
	}
	return strings.Join(got, " ")
}

func TestBehaviourIsUsedUp(t *testing.T) {
	in, _ := start(t, nil)
	want(t, do(t, in, "PUT", "/behaviour", `{"status":503,"times":2}`), 204)
	if got := statuses(t, in, "/webhook", 4); got != "503 503 200 200" {
		t.Errorf("got %s", got)
	}
	if w := in.Received(); w[0].Answered != 503 || w[2].Answered != 200 {
		t.Errorf("recorded %d and %d", w[0].Answered, w[2].Answered)
	}
}

func TestBehaviourLastsUntilChanged(t *testing.T) {
	in, _ := start(t, nil)
	do(t, in, "PUT", "/behaviour", `{"status":500}`)
	if got := statuses(t, in, "/webhook", 3); got != "500 500 500" {
		t.Errorf("got %s", got)
	}
	do(t, in, "PUT", "/behaviour", `{"status":204,"times":0}`)
	if got := statuses(t, in, "/webhook", 2); got != "204 204" {
		t.Errorf("got %s", got)
	}
	want(t, do(t, in, "DELETE", "/behaviour", ""), 204)
	if got := statuses(t, in, "/webhook", 1); got != "200" {
		t.Errorf("got %s", got)
	}
}

func TestBehaviourOfOnePath(t *testing.T) {
	in, _ := start(t, nil)
	do(t, in, "PUT", "/behaviour", `{"status":500}`)
	do(t, in, "PUT", "/behaviour", `{"status":503,"times":1,"path":"/webhook/a"}`)
	if got := statuses(t, in, "/webhook/b", 1) + " " + statuses(t, in, "/webhook/a", 2); got != "500 503 500" {
		t.Errorf("got %s", got)
	}
	do(t, in, "PUT", "/behaviour", `{"status":404,"path":"/webhook/a"}`)
	do(t, in, "DELETE", "/behaviour?path=/webhook/a", "")
	if got := statuses(t, in, "/webhook/a", 1); got != "500" {
		t.Errorf("got %s", got)
	}
	do(t, in, "DELETE", "/behaviour", "")
	if got := statuses(t, in, "/webhook/a", 1); got != "200" {
		t.Errorf("got %s", got)
	}
}

func TestDroppedConnection(t *testing.T) {
	in, out := start(t, nil)
	do(t, in, "PUT", "/behaviour", `{"drop":true,"times":1}`)
	if a, err := try(t.Context(), in, "POST", "/webhook", paid); err == nil {
		t.Errorf("answered %+v, want no answer", a)
	}
	if got := statuses(t, in, "/webhook", 1); got != "200" {
		t.Errorf("then %s", got)
	}
	if w := in.Received(); len(w) != 2 || w[0].Answered != 0 {
		t.Errorf("received %+v", w)
	}
	if !strings.Contains(out.String(), "; not answered: the connection was closed\n") {
		t.Errorf("printed %s", out)
	}
}

func TestDelayedAnswer(t *testing.T) {
	in, _ := start(t, func(in *Inbox) { in.http.ReadTimeout = 250 * time.Millisecond })
	do(t, in, "PUT", "/behaviour", `{"status":201,"delay":"500ms"}`)
	began := time.Now()
	if got := statuses(t, in, "/webhook", 1); got != "201" {
		t.Errorf("got %s", got)
	}
	if took := time.Since(began); took < 500*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

func TestSenderThatGivesUpIsNotAnswered(t *testing.T) {
	arrived := make(chan struct{}, 1)
	in, _ := start(t, func(in *Inbox) {
		in.cfg.Now = func() time.Time { arrived <- struct{}{}; return noon() }
	})
	do(t, in, "PUT", "/behaviour", `{"delay":"60s"}`)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if a, err := try(ctx, in, "POST", "/webhook", paid); err == nil {
		t.Fatalf("answered %+v", a)
	}
	if w := read(t, in, "?wait=10s"); len(w) != 1 || w[0].Answered != 0 {
		t.Errorf("received %+v", w)
	}
}

func TestBadBehaviour(t *testing.T) {
	in, _ := start(t, nil)
	for body, says := range map[string]string{
		``:                           "not understood",
		`[]`:                         "not understood",
		`{"statuss":500}`:            "statuss",
		`{"status":"500"}`:           "status",
		`{} {}`:                      "followed by",
		`{"status":99}`:              "200 to 599",
		`{"status":600}`:             "200 to 599",
		`{"times":-1}`:               "times",
		`{"delay":"soon"}`:           "duration",
		`{"delay":"61s"}`:            "delay",
		`{"delay":"-1s"}`:            "delay",
		`{"path":"/received"}`:       "path",
		`{"path":"/webhookish/too"}`: "path",
	} {
		a := do(t, in, "PUT", "/behaviour", body)
		if a.status != 400 || !strings.Contains(a.body, says) {
			t.Errorf("%s is answered %+v, which does not say %q", body, a, says)
		}
	}
	if got := statuses(t, in, "/webhook", 1); got != "200" {
		t.Errorf("a refused behaviour is in force: %s", got)
	}
}

func TestPathsWithABehaviourAreLimited(t *testing.T) {
	bs := behaviours{byPath: map[string]Behaviour{}}
	for i := range maxBehaviours {
		if err := bs.set(Behaviour{Path: fmt.Sprintf("/webhook/%d", i), Status: 500}); err != nil {
			t.Fatal(err)
		}
	}
	if err := bs.set(Behaviour{Path: "/webhook/more", Status: 500}); err == nil {
		t.Error("one more was accepted")
	}
	if err := bs.set(Behaviour{Path: "/webhook/7", Status: 501}); err != nil {
		t.Errorf("a known path cannot be changed: %v", err)
	}
}
