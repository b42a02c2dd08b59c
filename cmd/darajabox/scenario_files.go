package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/darajabox/darajabox/scenarios"
)

// maxScenario is more than a scenario may have; the parser says so.
const maxScenario = 1 << 20

// findScenario reads a file, or else a ready scenario, or else the file NAME.yaml.
func findScenario(nameOrFile string) (name string, source []byte, isFile bool, err error) {
	source, err = readNamed(nameOrFile)
	if err == nil {
		return nameOrFile, source, true, nil
	}
	if errors.Is(err, fs.ErrNotExist) && !looksLikeFile(nameOrFile) {
		name, source, err = scenarios.Load("", nameOrFile)
		if err == nil {
			return name, source, false, nil
		}
		if b, errFile := readFile(nameOrFile + ".yaml"); errFile == nil {
			return nameOrFile + ".yaml", b, true, nil
		}
	}
	return "", nil, false, fmt.Errorf("reading scenario: %w", err)
}

// standardInput is its name on the command line.
const standardInput = "-"

// readNamed reads a file that the command line names, which may be a pipe, such as
// /dev/stdin or that of <(command). It waits for the pipe's other end.
func readNamed(file string) ([]byte, error) {
	if file == standardInput {
		return readAll(io.NopCloser(os.Stdin), "the standard input")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().IsRegular() || info.IsDir() {
		return readFile(file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	return readAll(f, file)
}

// readFile reads a scenario's file. It never waits: what is no ordinary file is refused.
func readFile(file string) ([]byte, error) {
	f, err := openOrdinary(file, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	return readAll(f, file)
}

// readNoLink is readFile of a file that is no link to another.
func readNoLink(file string) ([]byte, error) {
	f, err := openOrdinary(file, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	named, errNamed := os.Lstat(file)
	opened, errOpened := f.Stat()
	if err := errors.Join(errNamed, errOpened); err != nil || !os.SameFile(named, opened) {
		return nil, errors.Join(fmt.Errorf("%s is a link, %w", file, errNotOrdinary), err, f.Close())
	}
	return readAll(f, file)
}

// openOrdinary opens an ordinary file, and does not wait where a pipe took its place.
func openOrdinary(file string, flag int) (*os.File, error) {
	if info, err := os.Stat(file); err == nil {
		if err := ordinary(file, info); err != nil { // opening some devices does something
			return nil, err
		}
	}
	f, err := os.OpenFile(file, flag|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat() // another one may be in its place by now
	if err == nil {
		err = ordinary(file, info)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// errNotOrdinary refuses what a scenario cannot be kept in.
var errNotOrdinary = errors.New("not an ordinary file")

// ordinary refuses a file that is not an ordinary one.
func ordinary(file string, info fs.FileInfo) error {
	kind := "something else"
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		kind = "a folder"
	case mode&fs.ModeSymlink != 0:
		kind = "a link"
	case mode&fs.ModeNamedPipe != 0:
		kind = "a pipe"
	case mode&fs.ModeDevice != 0:
		kind = "a device"
	}
	return fmt.Errorf("%s is %s, %w", file, kind, errNotOrdinary)
}

// isOrdinary reports whether name is an ordinary file, or a link to one.
func isOrdinary(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// readAll reads f to its end and closes it.
func readAll(f io.ReadCloser, file string) ([]byte, error) {
	defer func() { _ = f.Close() }() // nothing was written
	source, err := io.ReadAll(io.LimitReader(f, maxScenario+1))
	if err != nil {
		return nil, err
	}
	if len(source) > maxScenario {
		return nil, fmt.Errorf("%s has more than %d bytes", file, maxScenario)
	}
	return source, nil
}

// loadIncluded finds what a scenario includes: a file, looked for beside the one that
// names it, or a ready scenario.
func loadIncluded(from, name string) (file string, source []byte, err error) {
	return loadIncludedBy(readFile, from, name)
}

// loadIncludedBy is loadIncluded by a function that reads a file.
func loadIncludedBy(read func(file string) ([]byte, error), from, name string) (file string, source []byte, err error) {
	if !looksLikeFile(name) {
		return scenarios.Load(from, name)
	}
	file = filepath.Clean(name) // no .. behind a link
	if !filepath.IsAbs(name) {
		file = filepath.Join(filepath.Dir(from), name)
	}
	source, err = read(file)
	if errors.Is(err, fs.ErrNotExist) && filepath.Base(name) == name {
		if _, ready, unknown := scenarios.Load(from, name); unknown == nil {
			return name, ready, nil
		}
	}
	return file, source, err
}

func looksLikeFile(s string) bool {
	ext := filepath.Ext(s)
	return strings.ContainsRune(s, filepath.Separator) || strings.Contains(s, "/") || ext == ".yaml" || ext == ".yml"
}

// includedFiles are those of a watcher, and those of the text that the file's owner wrote.
type includedFiles struct {
	mu    sync.Mutex
	files []string
	owner []string // absolute
}

// load is loadIncluded. A file that cannot be read is watched too: it may be written next.
func (i *includedFiles) load(from, name string) (string, []byte, error) {
	read := func(file string) ([]byte, error) { i.add(file); return readFile(file) }
	return loadIncludedBy(read, from, name)
}

func (i *includedFiles) add(file string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Contains(i.files, file) {
		i.files = append(i.files, file)
	}
}

// setOwner sets what the owner of the scenario's file includes by its text source.
func (i *includedFiles) setOwner(file string, source []byte) {
	owner := &includedFiles{}
	language().Check(file, source, owner.load)
	i.mu.Lock()
	defer i.mu.Unlock()
	i.owner = nil
	for _, name := range owner.files {
		i.owner = append(i.owner, absolute(name))
	}
}

// isOwner reports whether the owner of the scenario's file includes a file.
func (i *includedFiles) isOwner(file string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Contains(i.owner, absolute(file))
}

// absolute is one name for a file, however it is written.
func absolute(file string) string {
	name, _ := filepath.Abs(file) // fails only without a working folder
	return cmp.Or(name, file)
}

// list is every file that was included so far.
func (i *includedFiles) list() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.files)
}
