package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// version is the release that this source becomes.
const version = "0.1.0"

type versionCmd struct {
	Output string `help:"Form of the answer: text or json." enum:"text,json" default:"text"`
}

// Run prints the version, and the commit when the binary knows it.
func (c *versionCmd) Run(e *env) error {
	v := struct {
		Version string `json:"version"`
		Commit  string `json:"commit"`
		Go      string `json:"go"`
	}{version, commit(), runtime.Version()}
	if c.Output == "json" {
		return json.NewEncoder(e.stdout).Encode(v)
	}
	fmt.Fprintf(e.stdout, "darajabox %s (commit %s, %s)\n", v.Version, v.Commit, v.Go)
	return nil
}

// versionFlag is `darajabox --version`.
type versionFlag bool

// BeforeReset prints the version and ends the command.
func (versionFlag) BeforeReset(app *kong.Kong, e *env) error {
	if err := (&versionCmd{Output: "text"}).Run(e); err != nil {
		return err
	}
	app.Exit(exitOK)
	return nil
}

func commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
