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
	source, err = readFile(nameOrFile)
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

// readFile reads a scenario's file.
func readFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // closing after reading has nothing to tell
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

// included remembers which files were included, for a watcher.
type included struct {
	mu    sync.Mutex
	files []string
}

// load is loadIncluded.
func (i *included) load(from, name string) (string, []byte, error) {
	file, source, err := loadIncluded(from, name)
	i.mu.Lock()
	defer i.mu.Unlock()
	// A file that cannot be read yet is watched too: it may be written next.
	if looksLikeFile(name) && !slices.Contains(i.files, file) {
		i.files = append(i.files, file)
	}
	return file, source, err
}

// list is every file that was included so far.
func (i *included) list() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.files)
}
