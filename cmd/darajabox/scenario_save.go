package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	simapp "github.com/darajabox/darajabox/simulator/app"
)

// scenarioFile is the file of --scenario, which the console may edit. No other file is
// ever written: when its name comes to stand for another file, it is not written at all.
type scenarioFile struct {
	*watcher

	target   string // the file itself, at the end of symbolic links
	included *includedFiles
}

func newScenarioFile(w *watcher, included *includedFiles) *scenarioFile {
	included.setOwner(w.file, w.source)
	w.edited = included.setOwner
	target, err := filepath.EvalSymlinks(w.file)
	if err != nil {
		target = w.file
	}
	return &scenarioFile{watcher: w, target: absolute(target), included: included}
}

// Include implements app.ScenarioStore. A text that came over the control port, which has
// no login, includes ready scenarios, the files that the owner of the scenario's file
// includes, and scenario files in its folder: messages quote lines of what is included.
func (f *scenarioFile) Include(from, name string) (file string, source []byte, err error) {
	return loadIncludedBy(func(file string) ([]byte, error) {
		ext := filepath.Ext(file)
		switch {
		case f.included.isOwner(file):
			f.included.add(file)
			return readFile(file)
		case filepath.Dir(absolute(file)) == filepath.Dir(absolute(f.file)) && (ext == ".yaml" || ext == ".yml"):
			f.included.add(file)
			return readNoLink(file)
		}
		return nil, fmt.Errorf("a scenario from the console includes only .yaml and .yml files of the folder of %s and what that file includes on disk", filepath.Base(f.file))
	}, from, name)
}

// Read implements app.ScenarioStore.
func (f *scenarioFile) Read() ([]byte, error) {
	f.mu.Lock() // a text that is being written is not read half
	defer f.mu.Unlock()
	return readFile(f.file)
}

// Writable implements app.ScenarioStore.
func (f *scenarioFile) Writable() bool {
	if f.checkTarget() != nil {
		return false
	}
	file, err := openOrdinary(f.target, os.O_WRONLY)
	return err == nil && file.Close() == nil
}

// Replace implements app.ScenarioStore.
func (f *scenarioFile) Replace(source []byte, check func(now []byte, err error) error, load func() error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.checkTarget(); err != nil {
		return f.notSaved(err)
	}
	if err := check(readFile(f.file)); err != nil {
		return err
	}
	if err := overwriteFile(f.target, source); err != nil {
		return f.notSaved(err)
	}
	f.saved = source
	err := load()
	f.setLoaded(source)
	return err
}

// notSaved is the error of a text that could not be written, with what to do about it.
func (f *scenarioFile) notSaved(err error) error {
	if errors.Is(err, errNotOrdinary) {
		err = simapp.Replaced(err)
	}
	return fmt.Errorf("%s cannot be written: %w; your edit is not lost: download it, or apply it without saving", filepath.Base(f.file), systemError(err))
}

// checkTarget fails when the name stands for anything but the file that it stood for at
// the start. A file that is gone can be written anew.
func (f *scenarioFile) checkTarget() error {
	target, err := filepath.EvalSymlinks(f.file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, fs.ErrPermission):
		return err
	case err != nil: // such as a link to itself
		return simapp.Replaced(err)
	case absolute(target) != f.target:
		return simapp.Replaced(fmt.Errorf("%s is a link to another file now; start the simulator again to edit that one", f.file))
	}
	info, err := os.Lstat(f.target)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return ordinary(f.file, info)
}

// overwriteFile writes text into a file, or into a new one when it is gone. The file keeps
// its owner, its permissions and its other names, and may be mounted alone or stand in a
// folder in which this user may not write, so no new file takes its place.
func overwriteFile(name string, text []byte) error {
	before, err := readFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := openOrdinary(name, os.O_WRONLY)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a scenario holds no secret
	}
	if err != nil {
		return err
	}
	return errors.Join(rewrite(f, before, text), f.Close())
}

// rewritable is an open file.
type rewritable interface {
	io.WriterAt
	Truncate(size int64) error
	Sync() error
}

// rewrite puts text into f, or before again when it cannot, as on a full disk.
func rewrite(f rewritable, before, text []byte) error {
	fill := func(text []byte) error {
		if _, err := f.WriteAt(text, 0); err != nil {
			return err
		}
		return errors.Join(f.Truncate(int64(len(text))), f.Sync())
	}
	err := fill(text)
	if err == nil {
		return nil
	}
	if fill(before) != nil {
		return fmt.Errorf("%w, and the file has only a part of its text now", systemError(err))
	}
	return err
}

// systemError is the system's error about a file, without the file's name.
func systemError(err error) error {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return path.Err
	}
	return err
}
