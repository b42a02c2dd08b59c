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

// Run prints the version, and what the binary was built from.
func (c *versionCmd) Run(e *env) error {
	info, _ := debug.ReadBuildInfo()
	v := struct {
		Version string `json:"version"`
		origin
		Go string `json:"go"`
	}{version, originOf(info), runtime.Version()}
	if c.Output == "json" {
		return json.NewEncoder(e.stdout).Encode(v)
	}
	fmt.Fprintf(e.stdout, "darajabox %s (%s, %s)\n", v.Version, v.origin, v.Go)
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

// origin is what a binary was built from: a commit, when it was built in a clone, or
// a version of the module, when it was built by `go install`.
type origin struct {
	Commit string `json:"commit"` // "unknown" when the binary does not know it
	Module string `json:"module,omitempty"`
}

// originOf reads the build information of a binary, which may be nil.
func originOf(info *debug.BuildInfo) origin {
	o := origin{Commit: "unknown"}
	if info == nil {
		return o
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			o.Commit = s.Value
			return o
		}
	}
	if info.Main.Version != "(devel)" {
		o.Module = info.Main.Version
	}
	return o
}

// String is "commit 236e20c…" or "module v0.1.0".
func (o origin) String() string {
	if o.Module != "" {
		return "module " + o.Module
	}
	return "commit " + o.Commit
}
