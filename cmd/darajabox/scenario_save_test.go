package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	simapp "github.com/darajabox/darajabox/simulator/app"
)

const (
	cancels = "name: shop\r\nrules:\r\n  - then: {result: 1032}\r\n"
	pays    = "name: shop\r\nrules:\r\n  - then: {result: 0} # kept as it is\r\n"
)

// edited is a simulator that was started with a scenario file, and a console.
type edited struct {
	t     *testing.T
	file  string
	store simapp.ScenarioStore
	w     *watcher
	said  bytes.Buffer
	sim   *simapp.App
}

// editing starts a simulator with --scenario file. The watcher looks when the test says.
func editing(t *testing.T, file string) *edited {
	t.Helper()
	ed := &edited{t: t, file: file}
	f := worldFlags{Scenario: file, Frozen: true}
	c, w, err := f.config(&env{ctx: t.Context(), stdout: io.Discard, stderr: &ed.said})
	if err != nil {
		t.Fatal(err)
	}
	sim, err := simapp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := sim.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := sim.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	ed.w, ed.sim, ed.store = w, sim, c.ScenarioStore
	w.load = sim.LoadScenario
	w.setLoaded(w.source)
	return ed
}

func shopFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shop.yaml")
	write(t, file, cancels)
	return file
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func reading(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// scenarioAnswer is what the console sees.
type scenarioAnswer struct {
	Source, File, Version, Fault, Error string
	Writable, Saved                     bool
	Changed                             bool `json:"file_changed"`
	Faults                              []any
}

func (ed *edited) ask(method, path, body string) (int, scenarioAnswer) {
	ed.t.Helper()
	req, err := http.NewRequestWithContext(ed.t.Context(), method, ed.sim.ControlURL()+path, strings.NewReader(body))
	if err != nil {
		ed.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		ed.t.Fatal(err)
	}
	defer res.Body.Close()
	var a scenarioAnswer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		ed.t.Fatal(err)
	}
	return res.StatusCode, a
}

// save saves as the console does.
func (ed *edited) save(source, version, more string) (int, scenarioAnswer) {
	ed.t.Helper()
	return ed.ask(http.MethodPut, "/scenario/file?version="+url.QueryEscape(version)+more, source)
}

// looks lets the watcher look, and returns what it said.
func (ed *edited) looks() string {
	for range 4 {
		ed.w.check()
	}
	defer ed.said.Reset()
	return ed.said.String()
}

// An edit of the console is in the file as it was sent and loaded, and the watcher
// does not take it for another change.
func TestSaveScenario(t *testing.T) {
	file := shopFile(t)
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	ed := editing(t, file)
	_, before := ed.ask(http.MethodGet, "/scenario", "")
	if before.File != file || !before.Writable || !before.Saved || before.Changed || before.Version == "" {
		t.Errorf("before: %+v", before)
	}
	status, saved := ed.save(pays, before.Version, "")
	if status != http.StatusOK || saved.Source != pays || !saved.Saved || saved.Version == before.Version {
		t.Fatalf("HTTP %d %+v", status, saved)
	}
	if got := reading(t, file); got != pays {
		t.Errorf("the file says %q", got)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if said := ed.looks(); said != "" {
		t.Errorf("the watcher says %q", said)
	}
	if entries, _ := os.ReadDir(filepath.Dir(file)); len(entries) != 1 {
		t.Errorf("there is more than the file: %v", entries)
	}
	write(t, file, cancels)
	if said := ed.looks(); !strings.Contains(said, "is read again") {
		t.Errorf("after an edit on disk the watcher says %q", said)
	}
	if _, now := ed.ask(http.MethodGet, "/scenario", ""); now.Source != cancels || now.Version != before.Version || !now.Saved {
		t.Errorf("after an edit on disk: %+v", now)
	}
}

// Of two edits at once neither is lost: the console gets the error that the file has changed.
func TestSaveDoesNotOverwriteAnEditOnDisk(t *testing.T) {
	file := shopFile(t)
	ed := editing(t, file)
	_, before := ed.ask(http.MethodGet, "/scenario", "")
	const theirs = "name: theirs\nrules:\n  - then: {result: 1}\n"
	write(t, file, theirs)
	for i, want := range []string{"not loaded yet", "loaded"} {
		status, a := ed.save(pays, before.Version, "")
		if status != http.StatusConflict || !strings.Contains(a.Error, "has changed on disk") || reading(t, file) != theirs {
			t.Errorf("%s: HTTP %d %+v, the file says %q", want, status, a, reading(t, file))
		}
		if _, now := ed.ask(http.MethodGet, "/scenario", ""); now.Changed != (i == 0) {
			t.Errorf("%s: %+v", want, now)
		}
		ed.looks()
	}
	if status, a := ed.save(pays, before.Version, "&overwrite=1"); status != http.StatusOK || reading(t, file) != pays {
		t.Errorf("overwriting: HTTP %d %+v", status, a)
	}
	if said := ed.looks(); said != "" {
		t.Errorf("the watcher says %q", said)
	}
}

// A scenario that was applied and not saved can be saved, since the file is as it was.
func TestSaveWhatWasApplied(t *testing.T) {
	ed := editing(t, shopFile(t))
	_, before := ed.ask(http.MethodGet, "/scenario", "")
	_, applied := ed.ask(http.MethodPut, "/scenario", pays)
	if applied.Saved || applied.Source != pays || applied.Version != before.Version || applied.File != ed.file {
		t.Errorf("applied: %+v", applied)
	}
	if status, saved := ed.save(pays, applied.Version, ""); status != http.StatusOK || !saved.Saved || reading(t, ed.file) != pays {
		t.Errorf("HTTP %d %+v", status, saved)
	}
}

func TestSavesThatAreRefused(t *testing.T) {
	ed := editing(t, shopFile(t))
	_, before := ed.ask(http.MethodGet, "/scenario", "")
	for _, tt := range []struct {
		source, version, more string
		status                int
		want                  string
	}{
		{"rules:\n  - then: {reslt: 1}\n", before.Version, "", 400, ed.file + ":2:12: "},
		{"", before.Version, "", 400, "the body is empty"},
		{pays, "", "", 400, "version is missing"},
		{pays, "x", "", 409, "has changed on disk"},
		{pays, before.Version, "&overwrite=yes", 400, "it must be 1 or 0"},
	} {
		if status, a := ed.save(tt.source, tt.version, tt.more); status != tt.status || !strings.Contains(a.Error, tt.want) || (len(a.Faults) > 0) != strings.Contains(tt.source, "reslt") {
			t.Errorf("%+v: HTTP %d %+v", tt, status, a)
		}
		if got := reading(t, ed.file); got != cancels {
			t.Errorf("%+v: the file says %q", tt, got)
		}
	}
	if err := os.Remove(ed.file); err != nil {
		t.Fatal(err)
	}
	if status, a := ed.save(pays, before.Version, ""); status != 409 || !strings.Contains(a.Error, "cannot be read any more") {
		t.Errorf("without the file: HTTP %d %+v", status, a)
	}
	if status, _ := ed.save(pays, "", "&overwrite=1"); status != 200 || reading(t, ed.file) != pays {
		t.Errorf("without the file, overwriting: HTTP %d", status)
	}
}

// A link stays a link to the file that it was a link to; nothing else is written.
func TestSaveThroughALink(t *testing.T) {
	file := shopFile(t)
	link := filepath.Join(filepath.Dir(file), "link.yaml")
	if err := os.Symlink("shop.yaml", link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	ed := editing(t, link)
	_, before := ed.ask(http.MethodGet, "/scenario", "")
	if status, a := ed.save(pays, before.Version, ""); status != http.StatusOK || reading(t, file) != pays {
		t.Fatalf("HTTP %d %+v", status, a)
	}
	if at, err := os.Readlink(link); err != nil || at != "shop.yaml" {
		t.Errorf("the link is %q, %v", at, err)
	}
	other := filepath.Join(filepath.Dir(file), "other.yaml")
	write(t, other, cancels)
	if err := os.Remove(link); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("other.yaml", link); err != nil {
		t.Fatal(err)
	}
	if status, a := ed.save(pays, "", "&overwrite=1"); status == http.StatusOK || !strings.Contains(a.Error, "is a link to another file now") || reading(t, other) != cancels {
		t.Errorf("HTTP %d %+v", status, a)
	}
	if _, now := ed.ask(http.MethodGet, "/scenario", ""); now.Writable {
		t.Errorf("it is writable: %+v", now)
	}
}

// What is included is not lost sight of by a save that includes more.
func TestSaveWithIncludes(t *testing.T) {
	file := shopFile(t)
	more := filepath.Join(filepath.Dir(file), "more.yaml")
	write(t, more, cancels)
	ed := editing(t, file)
	_, before := ed.ask(http.MethodGet, "/scenario", "")
	if status, a := ed.save("include: [more.yaml]\n"+pays, before.Version, ""); status != http.StatusOK {
		t.Fatalf("HTTP %d %+v", status, a)
	}
	if said := ed.looks(); said != "" {
		t.Errorf("the watcher says %q", said)
	}
	write(t, more, pays)
	if said := ed.looks(); !strings.Contains(said, "is read again") {
		t.Errorf("after an edit of what is included the watcher says %q", said)
	}
}

// A ready scenario has no file.
func TestNoFileToSave(t *testing.T) {
	ed := editing(t, shopFile(t))
	ready := &edited{t: t}
	c, _, err := worldFlags{Scenario: "cancelled"}.config(&env{ctx: t.Context(), stderr: io.Discard})
	if err != nil || c.ScenarioStore != nil {
		t.Fatalf("%v, %v", c.ScenarioStore, err)
	}
	if ready.sim, err = simapp.New(c); err != nil {
		t.Fatal(err)
	}
	if err := ready.sim.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ready.sim.Stop(context.Background()) })
	if _, a := ready.ask(http.MethodGet, "/scenario", ""); a.Writable || a.Saved || a.Changed || a.Version == "" {
		t.Errorf("%+v", a)
	}
	if status, a := ready.save(pays, "x", ""); status != http.StatusNotFound || !strings.Contains(a.Error, "start the simulator with --scenario FILE") {
		t.Errorf("HTTP %d %+v", status, a)
	}
	if status, _ := ed.ask(http.MethodPost, "/worlds", `{"id":"b"}`); status != http.StatusCreated {
		t.Fatalf("HTTP %d", status)
	}
	if status, a := ed.ask(http.MethodPut, "/worlds/b/scenario/file?overwrite=1", pays); status != http.StatusNotFound || reading(t, ed.file) != cancels {
		t.Errorf("in another world: HTTP %d %+v", status, a)
	}
}
