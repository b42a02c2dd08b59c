package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// scenarioFile is the file of --scenario, which the console may edit. Nothing else is
// ever written: when its name comes to stand for another file, it is not written at all.
type scenarioFile struct {
	*watcher

	target string // the file itself, at the end of symbolic links
	writer fileWriter
}

// newScenarioFile is the file that w watches.
func newScenarioFile(w *watcher) *scenarioFile {
	target, err := filepath.EvalSymlinks(w.file)
	if err != nil {
		target = w.file
	}
	if absolute, err := filepath.Abs(target); err == nil {
		target = absolute
	}
	return &scenarioFile{watcher: w, target: target, writer: newFileWriter()}
}

// Read implements app.ScenarioStore.
func (f *scenarioFile) Read() ([]byte, error) { return readFile(f.file) }

// Writable implements app.ScenarioStore.
func (f *scenarioFile) Writable() bool {
	_, err := f.mode()
	return err == nil && mayWrite(f.target) == nil
}

// mayWrite says why a file cannot be written, or nil.
func mayWrite(name string) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return file.Close() // nothing was written
}

// Replace implements app.ScenarioStore.
func (f *scenarioFile) Replace(source []byte, check func(now []byte, err error) error, load func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	mode, err := f.mode()
	if err != nil {
		return f.notSaved(err)
	}
	if err := check(f.Read()); err != nil {
		return err
	}
	if err := mayWrite(f.target); err != nil && !errors.Is(err, fs.ErrNotExist) { // a new file in its place would get around its permissions
		return f.notSaved(err)
	}
	if err := f.writer.write(f.target, source, mode); err != nil {
		return f.notSaved(err)
	}
	err = load()
	f.begun(source)
	return err
}

// notSaved is the error of a text that could not be written, with what to do about it.
func (f *scenarioFile) notSaved(err error) error {
	return fmt.Errorf("%s cannot be written: %w; your edit is not lost: download it, or apply it without saving", filepath.Base(f.file), cause(err))
}

// mode is the permissions of the file, or those of a new one when it is gone. It fails
// when the name stands for anything but the file that it stood for at the start.
func (f *scenarioFile) mode() (fs.FileMode, error) {
	target, err := filepath.EvalSymlinks(f.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		target = f.target
	case err != nil:
		return 0, err
	}
	if target, err = filepath.Abs(target); err != nil {
		return 0, err
	}
	if target != f.target {
		return 0, fmt.Errorf("%s is a link to another file now; start the simulator again to edit that one", f.file)
	}
	info, err := os.Lstat(f.target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0o644, nil
	case err != nil:
		return 0, err
	case !info.Mode().IsRegular():
		return 0, fmt.Errorf("%s is not an ordinary file", f.file)
	}
	return info.Mode().Perm(), nil
}
