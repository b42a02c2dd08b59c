package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestProgram(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	built, other, goRun := file("build/darajabox"), file("other/darajabox"), file("go-build2718281828/b001/exe/darajabox")
	source := filepath.Join("cmd", "darajabox", "main.go")
	for name, c := range map[string]struct {
		started  process
		onPath   string // what the PATH has
		checkout bool   // the folder has this package's source
		want     string
	}{
		"on the PATH":              {process{argument: "darajabox", executable: built}, built, false, "darajabox"},
		"by its path, on the PATH": {process{argument: built, executable: built}, built, true, "darajabox"},
		"another one on the PATH":  {process{argument: "build/darajabox", executable: built}, other, true, "build/darajabox"},
		"not on the PATH":          {process{argument: "build/darajabox", executable: built}, "", true, "build/darajabox"},
		"a path with a space":      {process{argument: "/my files/darajabox", executable: built}, "", true, "'/my files/darajabox'"},
		"go run in a checkout":     {process{argument: goRun, executable: goRun}, "", true, "go run ./cmd/darajabox"},
		"go run elsewhere":         {process{argument: goRun, executable: goRun}, "", false, goRun},
		"nothing is known":         {process{}, "", false, "darajabox"},
	} {
		c.started.lookPath = func(string) (string, error) {
			if c.onPath == "" {
				return "", exec.ErrNotFound
			}
			return c.onPath, nil
		}
		c.started.stat = func(name string) (os.FileInfo, error) {
			if name == source {
				if !c.checkout {
					return nil, errors.New("no such file")
				}
				return os.Stat(built)
			}
			return os.Stat(name)
		}
		if got := c.started.commandPrefix(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestCommand(t *testing.T) {
	for name, c := range map[string]struct {
		program string
		args    []string
		want    string
	}{
		"plain":    {"", []string{"clock", "advance", "5s"}, "darajabox clock advance 5s"},
		"go run":   {"go run ./cmd/darajabox", []string{"simulator"}, "go run ./cmd/darajabox simulator"},
		"to quote": {"build/darajabox", []string{"--data", "/my data/it's", ""}, `build/darajabox --data '/my data/it'\''s' ''`},
	} {
		if got := (&env{program: c.program}).command(c.args...); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
