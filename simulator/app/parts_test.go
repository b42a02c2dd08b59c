package app

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/clock"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
)

func TestTokensAreBoundedForEachWorld(t *testing.T) {
	index := newTokens()
	busy, quiet := new(place), new(place)
	index.add("quiet", quiet)
	index.add("quiet", quiet)
	for n := range maxTokens + 10 {
		index.add(fmt.Sprint(n), busy)
	}
	for token, want := range map[string]*place{"quiet": quiet, "0": nil, "9": nil, "10": busy, fmt.Sprint(maxTokens + 9): busy} {
		if got, _ := index.find(token); got != want {
			t.Errorf("token %s is of another world", token)
		}
	}
	index.add("10", quiet) // drawn a second time, elsewhere
	index.forget(busy)
	if got, _ := index.find("10"); got != quiet {
		t.Error("a token went with a world that it is no longer of")
	}
	if n := len(index.owner) + len(index.order); n != 3 {
		t.Errorf("%d entries are left", n)
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
		if _, err := a.worlds.Create(t.Context(), control.NewWorld{ID: "again"}); err != nil {
			t.Fatal(err)
		}
		now, _ := a.worlds.ByID("again")
		a.worlds.Granted("before", now)
		if p, ok := a.worlds.ByToken("before"); !ok || p != now {
			t.Error("the token is not known")
		}
		if err := a.worlds.Delete(t.Context(), "again"); err != nil {
			t.Fatal(err)
		}
		a.worlds.Granted("after", now)
		if _, err := a.worlds.Create(t.Context(), control.NewWorld{ID: "again"}); err != nil {
			t.Fatal(err)
		}
		a.worlds.Granted("late", now)
		for _, token := range []string{"before", "after", "late"} {
			if _, ok := a.worlds.ByToken(token); ok {
				t.Errorf("the token given %s the end is known", token)
			}
		}
		if err := a.worlds.Delete(t.Context(), "again"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWaitsEndWithTheWorld(t *testing.T) {
	c := clock.NewFrozen(time.Unix(0, 0))
	w := &waits{Clock: c}
	ran := map[string]int{}
	note := func(name string) func() { return func() { ran[name]++ } }
	w.AfterFunc(time.Second, "", note("due"))
	stop := w.AfterFunc(time.Second, "", note("stopped"))
	w.AfterFunc(time.Hour, "", note("open"))
	if !stop() || stop() {
		t.Error("stop told wrongly whether it stopped something")
	}
	if err := c.Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	w.end()
	late := make(chan struct{})
	if w.AfterFunc(time.Hour, "", func() { close(late) })() {
		t.Error("something waits for a clock that has ended")
	}
	<-late
	if err := c.Advance(t.Context(), 2*time.Hour); err != nil {
		t.Fatal(err)
	}
	if ran["due"] != 1 || ran["open"] != 1 || ran["stopped"] != 0 {
		t.Errorf("ran %v", ran)
	}
}

// A listener that does not read is not waited for, and one that left is not told.
func TestHub(t *testing.T) {
	var h hub
	slow, leaveSlow := h.subscribe()
	left, leave := h.subscribe()
	leave()
	leave()
	if _, open := <-left; open {
		t.Error("who left is told")
	}
	for range eventBuffer + 10 {
		h.publish(simulator.Event{Kind: simulator.EventPrompt})
	}
	if len(slow) != eventBuffer {
		t.Errorf("%d events wait", len(slow))
	}
	h.close()
	leaveSlow()
	n := 0
	for range slow {
		n++
	}
	late, _ := h.subscribe()
	if _, open := <-late; open || n != eventBuffer {
		t.Errorf("%d events, open after the end: %v", n, open)
	}
	h.publish(simulator.Event{})
}

// A line that was cut short, as by a disk that was full, does not swallow the next.
func TestDiskGoesOnAfterATornLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "default.jsonl")
	trouble := &trouble{log: slog.New(slog.DiscardHandler)}
	d := newDisk(filepath.Dir(path), "default", trouble)
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
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var seqs []string
	for line := range strings.Lines(string(kept)) {
		seqs = append(seqs, line[:min(len(line), 9)])
	}
	if got := strings.Join(seqs, " "); got != `{"seq":1, {"seq":2, {"seq":3, {"seq":6,` {
		t.Errorf("kept %s", kept)
	}
	if got := trouble.list(); len(got) != 1 || !strings.Contains(got[0], "writing the journal's file") {
		t.Errorf("trouble %v", got)
	}
	trouble.tell(path, errors.New("another"))
	if got := trouble.list(); len(got) != 1 {
		t.Errorf("trouble %v", got)
	}
}
