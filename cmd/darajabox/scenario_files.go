package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/scenario"
)

// maxScenario is more than a scenario may have; the parser says so.
const maxScenario = 1 << 20

// readScenario reads a file, or a ready scenario when there is no such file, or else
// the file NAME.yaml.
func readScenario(nameOrFile string) (name string, source []byte, err error) {
	name, source, _, err = findScenario(nameOrFile)
	return name, source, err
}

// findScenario is readScenario, and tells whether it found a file.
func findScenario(nameOrFile string) (name string, source []byte, own bool, err error) {
	source, err = readGiven(nameOrFile)
	if err == nil {
		return nameOrFile, source, true, nil
	}
	if errors.Is(err, fs.ErrNotExist) && !looksLikeFile(nameOrFile) {
		name, source, err = scenarios.Load("", nameOrFile)
		if err == nil {
			return name, source, false, nil
		}
		if b, errOwn := readFile(nameOrFile + ".yaml"); errOwn == nil {
			return nameOrFile + ".yaml", b, true, nil
		}
	}
	return "", nil, false, fmt.Errorf("reading scenario: %w", err)
}

// standardInput is its name on the command line.
const standardInput = "-"

// readGiven reads a file that the command line names, which may be a pipe, such as
// /dev/stdin or that of <(command). It waits for the pipe's other end.
func readGiven(file string) ([]byte, error) {
	if file == standardInput {
		return readAll(os.Stdin, "the standard input")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().IsRegular() || info.IsDir() {
		return readFile(file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // closing after reading has nothing to tell
	return readAll(f, file)
}

// readFile reads a scenario's file. It never waits: anything but an ordinary file, such
// as a pipe, is refused.
func readFile(file string) ([]byte, error) {
	f, err := openOrdinary(file, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // closing after reading has nothing to tell
	return readAll(f, file)
}

// openOrdinary opens an ordinary file that is there, without waiting.
func openOrdinary(file string, flag int) (*os.File, error) {
	if info, err := os.Stat(file); err == nil {
		if err := ordinary(file, info); err != nil { // opening some devices does something
			return nil, err
		}
	}
	f, err := os.OpenFile(file, flag|openAtOnce, 0)
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

// errNotOrdinary says that a name stands for something that a scenario cannot be kept in.
var errNotOrdinary = errors.New("not an ordinary file")

// ordinary says what a file is that is not an ordinary one.
func ordinary(file string, info fs.FileInfo) error {
	kind := ""
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
	default:
		kind = "something else"
	}
	return fmt.Errorf("%s is %s, %w", file, kind, errNotOrdinary)
}

// isOrdinary reports whether name is an ordinary file, or a link to one.
func isOrdinary(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// readAll reads a scenario to its end.
func readAll(f io.Reader, file string) ([]byte, error) {
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
	if !looksLikeFile(name) {
		return scenarios.Load(from, name)
	}
	file = name
	if !filepath.IsAbs(file) {
		file = filepath.Join(filepath.Dir(from), file)
	}
	source, err = readFile(file)
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

// included remembers which files were included, for a watcher, and which of them the
// owner of the scenario's file included.
type included struct {
	mu    sync.Mutex
	files []string
	owner []string // by their absolute names
}

// load is loadIncluded.
func (i *included) load(from, name string) (string, []byte, error) {
	file, source, err := loadIncluded(from, name)
	if looksLikeFile(name) { // one that cannot be read yet is watched too: it may be written next
		i.add(file)
	}
	return file, source, err
}

// add remembers a file.
func (i *included) add(file string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !slices.Contains(i.files, file) {
		i.files = append(i.files, file)
	}
}

// owned takes source for what the owner of the scenario file wrote into it.
func (i *included) owned(file string, source []byte) {
	found := &included{}
	scenario.Check(file, source, found.load)
	names := found.list()
	for n, name := range names {
		names[n] = absolute(name)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.owner = names
}

// isOwned reports whether the owner of the scenario's file includes a file.
func (i *included) isOwned(file string) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Contains(i.owner, absolute(file))
}

// absolute is one name for a file, however it is written.
func absolute(file string) string {
	if name, err := filepath.Abs(file); err == nil {
		return name
	}
	return filepath.Clean(file)
}

// list is every file that was included so far.
func (i *included) list() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.files)
}
