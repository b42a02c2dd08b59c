package main

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A save writes the file itself, so that nothing of the old text is left and no other file
// is made.
func TestSaveLeavesOneFile(t *testing.T) {
	ed := editing(t, shopFile(t))
	_, before := ed.ask(http.MethodGet, "/scenario", "")
	for _, text := range []string{pays, cancels + "# longer than it was, so that a rest would be seen\n", cancels} {
		status, saved := ed.save(text, before.Version, "")
		if status != http.StatusOK || !saved.Writable || !saved.Saved || reading(t, ed.file) != text {
			t.Fatalf("HTTP %d %+v, the file says %q", status, saved, reading(t, ed.file))
		}
		if said := ed.looks(); said != "" {
			t.Errorf("the watcher says %q", said)
		}
		before = saved
	}
	if entries, _ := os.ReadDir(filepath.Dir(ed.file)); len(entries) != 1 {
		t.Errorf("there is more than the file: %v", entries)
	}
}

// The error of a text that cannot be written says why and what to do with the edit.
func TestSaveThatFails(t *testing.T) {
	f, ok := editing(t, shopFile(t)).store.(*scenarioFile)
	if !ok {
		t.Fatal("the scenario is kept elsewhere")
	}
	err := f.notSaved(&fs.PathError{Op: "write", Path: f.file, Err: syscall.ENOSPC})
	const want = "shop.yaml cannot be written: no space left on device; your edit is not lost: download it, or apply it without saving"
	if err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// A file that its owner has made read-only is not replaced by another.
func TestSaveToAReadOnlyFile(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everything")
	}
	file := shopFile(t)
	if err := os.Chmod(file, 0o400); err != nil {
		t.Fatal(err)
	}
	ed := editing(t, file)
	_, before := ed.ask(http.MethodGet, "/scenario", "")
	if before.Writable {
		t.Error("it is writable")
	}
	if status, a := ed.save(pays, before.Version, ""); status != http.StatusInternalServerError || !strings.Contains(a.Error, "shop.yaml cannot be written: permission denied; your edit is not lost") || reading(t, file) != cancels {
		t.Errorf("HTTP %d %+v, the file says %q", status, a, reading(t, file))
	}
}

// fullFile is a file on a disk that is full for the next failures writes: they write
// less each time.
type fullFile struct {
	*os.File
	failures int
}

// WriteAt implements io.WriterAt.
func (f *fullFile) WriteAt(p []byte, off int64) (int, error) {
	if f.failures == 0 {
		return f.File.WriteAt(p, off)
	}
	n, err := f.File.WriteAt(p[:f.failures], off)
	f.failures--
	return n, errors.Join(err, &fs.PathError{Op: "write", Path: f.Name(), Err: syscall.ENOSPC})
}

// A file that cannot take all of a text says again what it said.
func TestRewritePutsTheOldTextBack(t *testing.T) {
	for _, tt := range []struct {
		name     string
		failures int
		holds    string
		says     string
	}{
		{"it can", 1, "before", "no space left on device"},
		{"it cannot", 2, "bhfore", "no space left on device, and the file has only a part of its text now"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "x")
			write(t, name, "before")
			f, err := os.OpenFile(name, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			err = rewrite(&fullFile{File: f, failures: tt.failures}, []byte("before"), []byte("the new text"))
			if err == nil || systemError(err).Error() != tt.says {
				t.Errorf("the error is %v, want %s", err, tt.says)
			}
			if got := reading(t, name); got != tt.holds {
				t.Errorf("it says %q, want %q", got, tt.holds)
			}
		})
	}
}
