package app

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/httpapi"
	"github.com/darajabox/darajabox/simulator/journal"
)

func TestTokensAreBoundedForEachWorld(t *testing.T) {
	busy, quiet := &worldRuntime{api: httpapi.World{ID: "busy"}}, &worldRuntime{api: httpapi.World{ID: "quiet"}}
	w := &worlds{
		byID: map[string]*worldRuntime{"busy": busy, "quiet": quiet}, byKey: make(map[string]*worldRuntime),
		byToken: make(map[string]*worldRuntime), order: []*worldRuntime{busy, quiet},
	}
	w.AddToken("quiet", &quiet.api)
	w.AddToken("quiet", &quiet.api)
	for n := range maxTokens + 10 {
		w.AddToken(fmt.Sprint(n), &busy.api)
	}
	for token, want := range map[string]*worldRuntime{"quiet": quiet, "0": nil, "9": nil, "10": busy, fmt.Sprint(maxTokens + 9): busy} {
		if got := w.byToken[token]; got != want {
			t.Errorf("token %s is of another world", token)
		}
	}
	w.AddToken("10", &quiet.api) // drawn a second time, elsewhere
	if _, err := w.remove("busy"); err != nil {
		t.Fatal(err)
	}
	if w.byToken["10"] != quiet {
		t.Error("a token went with a world that it is no longer of")
	}
	if n := len(w.byToken); n != 2 || len(quiet.tokens) != 2 {
		t.Errorf("%d tokens are left", n)
	}
}

// A request that is still answered in a world that was deleted gives its token to no
// later world of the same name.
func TestTokenOfADeletedWorld(t *testing.T) {
	a, err := New(Config{Frozen: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := a.worlds.Create(t.Context(), client.NewWorld{ID: "again"}); err != nil {
			t.Fatal(err)
		}
		now := a.worlds.ByID("again")
		a.worlds.AddToken("before", now)
		if p := a.worlds.ByCredentials("before", ""); p != now {
			t.Error("the token is not known")
		}
		if err := a.worlds.Delete(t.Context(), "again"); err != nil {
			t.Fatal(err)
		}
		a.worlds.AddToken("after", now)
		if _, err := a.worlds.Create(t.Context(), client.NewWorld{ID: "again"}); err != nil {
			t.Fatal(err)
		}
		a.worlds.AddToken("late", now)
		for _, token := range []string{"before", "after", "late"} {
			if p := a.worlds.ByCredentials(token, ""); p != &a.worlds.first.api {
				t.Errorf("the token given %s the end is known", token)
			}
		}
		if err := a.worlds.Delete(t.Context(), "again"); err != nil {
			t.Fatal(err)
		}
	}
}

// A listener that does not read is not waited for, and one that left is not told.
func TestBroadcaster(t *testing.T) {
	var h broadcaster
	slow, leaveSlow := h.Subscribe()
	left, leave := h.Subscribe()
	leave()
	leave()
	if _, open := <-left; open {
		t.Error("a closed reader is notified")
	}
	for range eventBuffer + 10 {
		h.Publish(simulator.Event{Kind: simulator.EventPrompt})
	}
	if len(slow) != eventBuffer {
		t.Errorf("%d events wait", len(slow))
	}
	h.unsubscribeAll()
	leaveSlow()
	n := 0
	for range slow {
		n++
	}
	late, _ := h.Subscribe()
	if _, open := <-late; open || n != eventBuffer {
		t.Errorf("%d events, open after the end: %v", n, open)
	}
	h.Publish(simulator.Event{})
}

// A line that was cut short, as by a disk that was full, does not swallow the next.
func TestDiskGoesOnAfterATornLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "default.jsonl")
	d := &journalFile{path: path, log: slog.New(slog.DiscardHandler)}
	d.add(journal.Record{Seq: 1})
	if _, err := d.file.WriteString(`{"seq":2,"at`); err != nil {
		t.Fatal(err)
	}
	d.torn = true
	d.add(journal.Record{Seq: 3})
	file := d.file
	closed, err := os.Open(path) // cannot be written to
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	d.file = closed
	d.add(journal.Record{Seq: 4})
	d.add(journal.Record{Seq: 5})
	d.file = file
	d.add(journal.Record{Seq: 6})
	if err := d.close(); err != nil {
		t.Fatal(err)
	}
	d.add(journal.Record{Seq: 7})
	records, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []string
	for line := range strings.Lines(string(records)) {
		seqs = append(seqs, line[:min(len(line), 9)])
	}
	if got := strings.Join(seqs, " "); got != `{"seq":1, {"seq":2, {"seq":3, {"seq":6,` {
		t.Errorf("records %s", records)
	}
	if err := d.warning(); err == nil || !strings.Contains(err.Error(), "writing the journal's file") {
		t.Errorf("warning %v", err)
	}
}
