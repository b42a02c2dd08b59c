package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is the release that this source becomes.
const version = "0.1.0"

type versionCmd struct{ outputFlags }

func (c *versionCmd) Run(e *env) error {
	if c.Output == "json" {
		return printJSON(e, thisBuild())
	}
	fmt.Fprintln(e.stdout, thisBuild())
	return nil
}

// build is what this binary is.
type build struct {
	Version string `json:"version"`
	origin
	Go string `json:"go"`
}

func thisBuild() build {
	info, _ := debug.ReadBuildInfo()
	return build{version, originOf(info), runtime.Version()}
}

// String is the build in a line.
func (b build) String() string {
	return fmt.Sprintf("darajabox %s (%s, %s)", b.Version, b.origin, b.Go)
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
