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
	return &scenarioFile{watcher: w, target: target}
}

// Read implements app.ScenarioFile.
func (f *scenarioFile) Read() ([]byte, error) { return readFile(f.file) }

// Writable implements app.ScenarioFile.
func (f *scenarioFile) Writable() bool {
	if _, err := f.mode(); err != nil {
		return false
	}
	file, err := os.OpenFile(f.target, os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	_ = file.Close() // nothing was written
	return true
}

// Replace implements app.ScenarioFile.
func (f *scenarioFile) Replace(source []byte, check func(now []byte, err error) error, load func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	mode, err := f.mode()
	if err != nil {
		return err
	}
	if err := check(f.Read()); err != nil {
		return err
	}
	if err := replaceFile(f.target, source, mode); err != nil {
		return fmt.Errorf("%w; download the scenario instead", err)
	}
	err = load()
	f.begun(source)
	return err
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

// replaceFile puts a new file into the place of an old one, so that whoever reads the
// file meanwhile sees either all of the old one or all of the new one.
func replaceFile(name string, text []byte, mode fs.FileMode) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return fmt.Errorf("writing beside %s: %w", filepath.Base(name), err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(draft.Name()) // the error is told already
		}
	}()
	_, err = draft.Write(text)
	err = errors.Join(err, draft.Chmod(mode), draft.Sync(), draft.Close())
	if err != nil {
		return fmt.Errorf("writing %s: %w", filepath.Base(name), err)
	}
	return os.Rename(draft.Name(), name)
}
