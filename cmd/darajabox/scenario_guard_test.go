package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secret is the text of a file that is no scenario, such as that of a token.
const secret = "3f9c2a7be1d04c5586aa90b1c2d3e4f5"

// quotes reports whether an answer has a part of the secret in it.
func quotes(t *testing.T, a scenarioAnswer) bool {
	t.Helper()
	b, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(b), secret[:8])
}

// link makes a symbolic link, or skips the test where there are none.
func link(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Symlink(to, from); err != nil {
		t.Skip("no symbolic links here:", err)
	}
}

// A text that comes over the control port, which has no login, does not have other files
// read than scenarios of the folder and what the file on disk includes.
func TestSaveIncludesNoOtherFiles(t *testing.T) {
	elsewhere := t.TempDir()
	token := filepath.Join(elsewhere, "admin.token")
	write(t, token, secret)
	write(t, filepath.Join(elsewhere, "token.yaml"), secret)
	file := shopFile(t)
	beside := func(name string) string { return filepath.Join(filepath.Dir(file), name) }
	write(t, beside("token"), secret)
	write(t, beside("more.yaml"), "include: ["+token+"]\n"+cancels)
	link(t, beside("link.yaml"), token)
	link(t, beside("folder"), elsewhere)
	if err := os.Mkdir(beside("dir.yaml"), 0o700); err != nil {
		t.Fatal(err)
	}
	ed := editing(t, file)
	for _, name := range []string{
		token, filepath.Join(elsewhere, "token.yaml"), filepath.Join(elsewhere, "absent.yaml"), "../" + filepath.Base(elsewhere) + "/token.yaml",
		"folder/token.yaml", "folder/../" + filepath.Base(elsewhere) + "/token.yaml", beside("folder") + "/../" + filepath.Base(elsewhere) + "/token.yaml", "./token", "link.yaml", "dir.yaml", "more.yaml", "/etc/passwd", "/dev/zero",
	} {
		status, a := ed.save("include: [\""+filepath.ToSlash(name)+"\"]\n"+pays, "", "&overwrite=1")
		if status != http.StatusBadRequest || quotes(t, a) || !strings.Contains(a.Error, "cannot be included") || strings.Contains(a.Error, "root") || strings.Contains(a.Error, "no such file") {
			t.Errorf("%s: HTTP %d %+v", name, status, a)
		}
		if reading(t, file) != cancels {
			t.Fatalf("%s: the file says %q", name, reading(t, file))
		}
		ed.looks()
		if _, now := ed.ask(http.MethodGet, "/scenario", ""); quotes(t, now) || now.Fault != "" {
			t.Errorf("%s: it is %+v", name, now)
		}
	}
	if status, a := ed.save("include: [kind, hostile.yaml]\n"+pays, "", "&overwrite=1"); status != http.StatusOK {
		t.Errorf("ready ones: HTTP %d %+v", status, a)
	}
}

// What the file includes on disk, an edit of the console may include too, as long as the
// file's owner has it so. A text of the console is never taken for the owner's.
func TestSaveIncludesWhatTheFileIncludes(t *testing.T) {
	common := filepath.Join(t.TempDir(), "common.scenario")
	other := filepath.Join(t.TempDir(), "other.scenario")
	write(t, common, cancels)
	write(t, other, cancels)
	include := func(name string) string { return "include: [\"" + filepath.ToSlash(name) + "\"]\n" + pays }
	file := shopFile(t)
	write(t, file, include(common))
	ed := editing(t, file)
	saves := func(name string, want int) {
		t.Helper()
		if status, a := ed.save(include(name)+"# again\n", "", "&overwrite=1"); status != want {
			t.Errorf("%s: HTTP %d %+v, want %d", name, status, a, want)
		}
	}
	saves(common, http.StatusOK)
	saves(other, http.StatusBadRequest)
	write(t, file, include(other)) // by its owner
	if said := ed.looks(); !strings.Contains(said, "is read again") {
		t.Errorf("the watcher says %q", said)
	}
	saves(other, http.StatusOK)
	saves(common, http.StatusBadRequest)
}

// A scenario that the console saved is not read with more rights later, when a file that
// it includes has changed.
func TestWatcherReadsASavedTextAsItWasSaved(t *testing.T) {
	token := filepath.Join(t.TempDir(), "admin.token")
	write(t, token, secret)
	file := shopFile(t)
	more := filepath.Join(filepath.Dir(file), "more.yaml")
	write(t, more, cancels)
	ed := editing(t, file)
	if status, a := ed.save("include: [more.yaml]\n"+pays, "", "&overwrite=1"); status != http.StatusOK {
		t.Fatalf("HTTP %d %+v", status, a)
	}
	if err := os.Remove(more); err != nil {
		t.Fatal(err)
	}
	link(t, more, token)
	ed.looks()
	if _, now := ed.ask(http.MethodGet, "/scenario", ""); quotes(t, now) || now.Fault == "" {
		t.Errorf("it is %+v", now)
	}
	if status, a := ed.save(pays+"# again\n", "", "&overwrite=1"); status != http.StatusOK {
		t.Errorf("HTTP %d %+v", status, a)
	}
	if status, a := ed.save("include: ["+filepath.ToSlash(token)+"]\n"+pays, "", "&overwrite=1"); status != http.StatusBadRequest || quotes(t, a) {
		t.Errorf("HTTP %d %+v", status, a)
	}
}

// Something else in the place of the file is not written, and the answer says so.
func TestSaveToWhatIsNoFileAnyMore(t *testing.T) {
	for name, put := range map[string]func(t *testing.T, file string){
		"a folder, not an ordinary file": func(t *testing.T, file string) {
			t.Helper()
			if err := os.Mkdir(file, 0o700); err != nil {
				t.Fatal(err)
			}
		},
		"is a link to another file now": func(t *testing.T, file string) {
			t.Helper()
			other := filepath.Join(t.TempDir(), "other.yaml")
			write(t, other, cancels)
			link(t, file, other)
		},
		"a link, not an ordinary file": func(t *testing.T, file string) { t.Helper(); link(t, file, file+".absent") },
		"too many links":               func(t *testing.T, file string) { t.Helper(); link(t, file, file) },
		"a link to another file now; ": func(t *testing.T, file string) { t.Helper(); link(t, file, os.DevNull) },
	} {
		t.Run(name, func(t *testing.T) {
			ed := editing(t, shopFile(t))
			_, before := ed.ask(http.MethodGet, "/scenario", "")
			if err := os.Remove(ed.file); err != nil {
				t.Fatal(err)
			}
			put(t, ed.file)
			for _, more := range []string{"", "&overwrite=1"} {
				status, a := ed.save(pays, before.Version, more)
				if status != http.StatusConflict || !strings.Contains(a.Error, name) || !strings.Contains(a.Error, "your edit is not lost") {
					t.Errorf("HTTP %d %q", status, a.Error)
				}
			}
		})
	}
}
