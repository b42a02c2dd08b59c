package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// watched is a scenario file under a watcher that looks when the test says.
type watched struct {
	*watcher
	t      *testing.T
	said   bytes.Buffer
	loaded []string
	fault  error // what the next load says
}

func watch(t *testing.T, source string, included ...string) *watched {
	t.Helper()
	w := &watched{t: t}
	w.watcher = &watcher{file: filepath.Join(t.TempDir(), "mine.yaml"), source: []byte(source), out: &w.said}
	w.load = func(_ string, source []byte) error {
		w.loaded = append(w.loaded, string(source))
		return w.fault
	}
	for _, name := range included {
		w.write(name, "included")
	}
	w.included = func() []string {
		var files []string
		for _, name := range included {
			files = append(files, w.beside(name))
		}
		return files
	}
	w.write("mine.yaml", source)
	w.setLoaded(w.source)
	return w
}

func (w *watched) beside(name string) string { return filepath.Join(filepath.Dir(w.file), name) }

// write puts text into a file as most editors do: over the old one.
func (w *watched) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(w.beside(name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// replace puts another file into the place of the old one, as careful editors do.
func (w *watched) replace(text string) {
	w.t.Helper()
	w.write("mine.yaml~", text)
	if err := os.Rename(w.beside("mine.yaml~"), w.file); err != nil {
		w.t.Fatal(err)
	}
}

// looks looks n times and returns what was loaded since the last time.
func (w *watched) looks(n int) string {
	for range n {
		w.check()
	}
	got := strings.Join(w.loaded, "|")
	w.loaded = nil
	return got
}

func TestWatcherLoadsWhatChanged(t *testing.T) {
	w := watch(t, "a")
	if got := w.looks(3); got != "" {
		t.Errorf("%q is loaded before anything changed", got)
	}
	w.write("mine.yaml", "ab")
	if got := w.looks(1); got != "" {
		t.Errorf("%q is loaded while it may still be written", got)
	}
	if got := w.looks(3); got != "ab" {
		t.Errorf("%q is loaded, want the new text once", got)
	}
	w.replace("abc")
	if got := w.looks(3); got != "abc" {
		t.Errorf("%q is loaded after the file was replaced", got)
	}
	if want := strings.Repeat("darajabox: scenario "+w.file+" is read again\n", 2); w.said.String() != want {
		t.Errorf("it says\n%s, want\n%s", w.said.String(), want)
	}
}

func TestWatcherSparesWhatIsTheSame(t *testing.T) {
	w := watch(t, "a")
	soon := time.Now().Add(time.Hour)
	if err := os.Chtimes(w.file, soon, soon); err != nil { // touched
		t.Fatal(err)
	}
	if got := w.looks(3); got != "" {
		t.Errorf("%q is loaded although it is the same", got)
	}
	w.write("mine.yaml", "ab")
	w.check()
	w.replace("a")
	if got := w.looks(3); got != "" {
		t.Errorf("%q is loaded although it is the same again", got)
	}
}

func TestWatcherSaysWhyAnEditIsNotTaken(t *testing.T) {
	w := watch(t, "a")
	w.fault = errors.New("mine.yaml:1:1: a mistake")
	w.write("mine.yaml", "ab")
	if got := w.looks(5); got != "ab" {
		t.Errorf("%q is loaded, want the bad edit tried once", got)
	}
	want := w.file + ":1:1: the scenario is \"ab\"; expected keys: name, description, include, world, rules\n" +
		"darajabox: the rules of " + w.file + " stay as they were\n"
	if w.said.String() != want {
		t.Errorf("it says %q, want %q", w.said.String(), want)
	}
	w.fault = nil
	w.write("mine.yaml", "a") // back to what is loaded, which clears the fault
	if got := w.looks(3); got != "a" {
		t.Errorf("%q is loaded, want the good text again", got)
	}
}

func TestWatcherSurvivesAFileThatIsGone(t *testing.T) {
	w := watch(t, "a")
	if err := os.Remove(w.file); err != nil {
		t.Fatal(err)
	}
	if got := w.looks(5); got != "" {
		t.Errorf("%q is loaded from nowhere", got)
	}
	if n := strings.Count(w.said.String(), "the rules stay as they were"); n != 1 {
		t.Errorf("it says %d times that the file is gone: %s", n, w.said.String())
	}
	w.write("mine.yaml", "abc")
	if got := w.looks(3); got != "abc" {
		t.Errorf("%q is loaded when it is back", got)
	}
}

func TestWatcherSeesWhatIsIncluded(t *testing.T) {
	w := watch(t, "a", "more.yaml")
	w.write("more.yaml", "included, and changed")
	if got := w.looks(3); got != "a" {
		t.Errorf("%q is loaded, want the scenario again", got)
	}
}

func TestWatcherSeesAChangeBeforeItBegan(t *testing.T) {
	w := watch(t, "a")
	w.write("mine.yaml", "ab")
	w.setLoaded(w.source)
	if got := w.looks(3); got != "ab" {
		t.Errorf("%q is loaded, want what was written between the reading and the watching", got)
	}
}

func TestWatcherByItself(t *testing.T) {
	w := watch(t, "a")
	came := make(chan string, 10)
	w.every, w.out = time.Millisecond, io.Discard
	w.load = func(_ string, source []byte) error { came <- string(source); return nil }
	if err := w.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.replace("abc")
	if got := <-came; got != "abc" {
		t.Errorf("%q is loaded", got)
	}
	for range 2 {
		if err := w.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}
