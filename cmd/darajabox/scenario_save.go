package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/darajabox/darajabox/scenarios"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

// scenarioFile is the file of --scenario, which the console may edit. Nothing else is
// ever written: when its name comes to stand for another file, it is not written at all.
type scenarioFile struct {
	*watcher

	target string // the file itself, at the end of symbolic links
	writer fileWriter
	found  *included
}

// newScenarioFile is the file that w watches; found is what it includes.
func newScenarioFile(w *watcher, found *included) *scenarioFile {
	found.owned(w.file, w.source)
	w.edited = found.owned
	target, err := filepath.EvalSymlinks(w.file)
	if err != nil {
		target = w.file
	}
	if absolute, err := filepath.Abs(target); err == nil {
		target = absolute
	}
	return &scenarioFile{watcher: w, target: target, writer: newFileWriter(), found: found}
}

// Include implements app.ScenarioStore. A text that came over the control port, which has
// no login, includes ready scenarios, the files that the owner of the scenario's file
// includes, and scenario files in its folder: messages quote lines of what is included.
func (f *scenarioFile) Include(from, name string) (file string, source []byte, err error) {
	if !looksLikeFile(name) {
		return scenarios.Load(from, name)
	}
	if !filepath.IsAbs(name) {
		file = filepath.Join(filepath.Dir(from), name)
	} else {
		file = filepath.Clean(name) // no .. behind a link
	}
	switch ext := filepath.Ext(file); {
	case f.found.isOwned(file):
		source, err = readFile(file)
	case filepath.Dir(absolute(file)) == filepath.Dir(absolute(f.file)) && (ext == ".yaml" || ext == ".yml"):
		source, err = readNoLink(file)
	default:
		return file, nil, fmt.Errorf("a scenario from the console includes only .yaml and .yml files of the folder of %s and what that file includes on disk", filepath.Base(f.file))
	}
	if errors.Is(err, fs.ErrNotExist) && filepath.Base(name) == name {
		if _, ready, unknown := scenarios.Load(from, name); unknown == nil {
			file, source, err = name, ready, nil
		}
	}
	f.found.add(file)
	return file, source, err
}

// readNoLink is readFile of a file that is no link to another.
func readNoLink(name string) ([]byte, error) {
	named, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := ordinary(name, named); err != nil {
		return nil, err
	}
	f, err := openOrdinary(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // closing after reading has nothing to tell
	opened, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(named, opened) { // a link was put into its place
		return nil, fmt.Errorf("%s is %w", name, errNotOrdinary)
	}
	return readAll(f, name)
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
	file, err := openOrdinary(name, os.O_WRONLY)
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
	f.saved = source
	err = load()
	f.begun(source)
	return err
}

// notSaved is the error of a text that could not be written, with what to do about it.
func (f *scenarioFile) notSaved(err error) error {
	if errors.Is(err, errNotOrdinary) {
		err = replacedError{err}
	}
	return fmt.Errorf("%s cannot be written: %w; your edit is not lost: download it, or apply it without saving", filepath.Base(f.file), cause(err))
}

// replacedError says what is in the place of a scenario's file.
type replacedError struct{ error }

// Is says that it is app.ErrReplaced.
func (replacedError) Is(target error) bool { return target == simapp.ErrReplaced }

// Unwrap is the error itself.
func (r replacedError) Unwrap() error { return r.error }

// mode is the permissions of the file, or those of a new one when it is gone. It fails
// when the name stands for anything but the file that it stood for at the start.
func (f *scenarioFile) mode() (fs.FileMode, error) {
	target, err := filepath.EvalSymlinks(f.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		target = f.target
	case errors.Is(err, fs.ErrPermission):
		return 0, err
	case err != nil: // such as a link to itself
		return 0, replacedError{err}
	}
	if target, err = filepath.Abs(target); err != nil {
		return 0, err
	}
	if target != f.target {
		return 0, replacedError{fmt.Errorf("%s is a link to another file now; start the simulator again to edit that one", f.file)}
	}
	info, err := os.Lstat(f.target)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0o644, nil
	case err != nil:
		return 0, err
	}
	if err := ordinary(f.file, info); err != nil {
		return 0, err
	}
	return info.Mode().Perm(), nil
}
