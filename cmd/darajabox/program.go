package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// packageDir is this package's folder in a checkout.
const packageDir = "cmd/darajabox"

// started is how a process came to run.
type started struct {
	argument   string                       // its first one: the path it was started by
	executable string                       // the file that runs
	lookPath   func(string) (string, error) // exec.LookPath
	stat       func(string) (os.FileInfo, error)
}

// thisProcess is how this one came to run.
func thisProcess() started {
	s := started{argument: os.Args[0], lookPath: exec.LookPath, stat: os.Stat}
	if file, err := os.Executable(); err == nil {
		s.executable = file
	}
	return s
}

// program is how the commands that are printed begin, so that they can be pasted:
// darajabox when that is on the PATH, `go run ./cmd/darajabox` when go run has built
// this process, or else the path it was started by.
func (s started) program() string {
	if s.builtByGoRun() {
		if _, err := s.stat(filepath.Join(packageDir, "main.go")); err == nil {
			return "go run ./" + packageDir
		}
		return shellQuote(s.argument) // it was go run from another folder; the file is there while this runs
	}
	if found, err := s.lookPath("darajabox"); err == nil && s.runs(found) || s.argument == "" {
		return "darajabox"
	}
	return shellQuote(s.argument)
}

// builtByGoRun tells by the folder: /tmp/go-build2718281828/b001/exe/darajabox.
func (s started) builtByGoRun() bool {
	dir := filepath.ToSlash(filepath.Dir(s.executable))
	return strings.Contains(dir, "/go-build") && strings.HasSuffix(dir, "/exe")
}

// runs reports whether file is the one that runs.
func (s started) runs(file string) bool {
	a, errA := s.stat(file)
	b, errB := s.stat(s.executable)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// command is a command of this program as it is printed for people to paste into sh.
func (e *env) command(args ...string) string {
	words := []string{e.program}
	if e.program == "" {
		words[0] = "darajabox"
	}
	for _, arg := range args {
		words = append(words, shellQuote(arg))
	}
	return strings.Join(words, " ")
}

// hint is a command as it is printed, with the flags that it needs to take these
// values: a flag is left out when the command takes the value from the environment or
// by default.
func (e *env) hint(values []flagValue, args ...string) string {
	args = slices.Clone(args)
	for _, v := range values {
		if v.value != "" && v.value != v.withoutFlag() {
			args = append(args, v.flag, v.value)
		}
	}
	return e.command(args...)
}

// flagValue is a value that a printed command must take.
type flagValue struct {
	flag, value        string
	variable, fallback string // what the command takes when the flag is not given
}

// withoutFlag is the value that a command takes when the flag is not given.
func (v flagValue) withoutFlag() string {
	if set, ok := os.LookupEnv(v.variable); ok {
		return set
	}
	return v.fallback
}

// shellQuote makes one word of s, in which sh reads nothing.
func shellQuote(s string) string {
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
