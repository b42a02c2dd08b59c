package main

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// packageDir is this package's folder in a checkout.
const packageDir = "cmd/darajabox"

type process struct {
	argument   string                       // its first one: the path it was started by
	executable string                       // the file that runs
	lookPath   func(string) (string, error) // exec.LookPath
	stat       func(string) (os.FileInfo, error)
}

func thisProcess() process {
	p := process{argument: os.Args[0], lookPath: exec.LookPath, stat: os.Stat}
	p.executable, _ = os.Executable() // "" is like no file
	return p
}

// commandPrefix begins the commands that are printed, so that they can be pasted:
// darajabox when that is on the PATH, `go run ./cmd/darajabox` when go run has built
// this process, or else the path it was started by.
func (p process) commandPrefix() string {
	dir := filepath.ToSlash(filepath.Dir(p.executable))
	if strings.Contains(dir, "/go-build") && strings.HasSuffix(dir, "/exe") { // of go run: /tmp/go-build2718281828/b001/exe
		if _, err := p.stat(filepath.Join(packageDir, "main.go")); err == nil {
			return "go run ./" + packageDir
		}
		return shellQuote(p.argument) // go run in another folder; the file exists while this runs
	}
	if found, err := p.lookPath("darajabox"); err == nil && p.isExecutable(found) || p.argument == "" {
		return "darajabox"
	}
	return shellQuote(p.argument)
}

func (p process) isExecutable(file string) bool {
	a, errA := p.stat(file)
	b, errB := p.stat(p.executable)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// command is a command of this program as it is printed for people to paste into sh.
func (e *env) command(args ...string) string {
	words := []string{cmp.Or(e.program, "darajabox")}
	for _, arg := range args {
		words = append(words, shellQuote(arg))
	}
	return strings.Join(words, " ")
}

// hint is a command as it is printed, with the flags that it needs to take these values: not
// those whose value the command takes from the environment or by default.
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

// shellQuote is s as one word in which sh expands nothing.
func shellQuote(s string) string {
	if regexp.MustCompile(`^[a-zA-Z0-9_./:=,@%+-]+$`).MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
