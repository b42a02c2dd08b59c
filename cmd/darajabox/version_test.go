package main

import (
	"runtime/debug"
	"testing"
)

// A binary says what it was built from, however that was done.
func TestOrigin(t *testing.T) {
	revision := []debug.BuildSetting{{Key: "GOOS", Value: "linux"}, {Key: "vcs.revision", Value: "236e20c"}}
	for name, c := range map[string]struct {
		info *debug.BuildInfo
		want string
	}{
		"in a clone":                 {&debug.BuildInfo{Main: debug.Module{Version: "v0.1.1-0.20261130005513-236e20c10ebc"}, Settings: revision}, "commit 236e20c"},
		"by go install":              {&debug.BuildInfo{Main: debug.Module{Version: "v0.1.0"}}, "module v0.1.0"},
		"from an archive of sources": {&debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "commit unknown"},
		"without build information":  {nil, "commit unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := originOf(c.info).String(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
