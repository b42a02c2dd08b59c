// Package scenarios holds the ready failure cases, one YAML file each, and the JSON
// Schema that editors check them by. The language is package simulator/scenario.
package scenarios

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"github.com/darajabox/darajabox/simulator/scenario"
)

//go:embed *.yaml scenario.schema.json
var files embed.FS

const extension = ".yaml"

// Names lists the ready scenarios in alphabetical order, without ".yaml".
func Names() []string {
	entries, _ := fs.Glob(files, "*"+extension) // only a malformed pattern is an error
	for i, e := range entries {
		entries[i] = strings.TrimSuffix(e, extension)
	}
	return entries
}

// Read returns the file of a ready scenario, named with or without ".yaml". The error
// for a name that there is none of lists those that there are, and the nearest.
func Read(name string) ([]byte, error) {
	name = strings.TrimSuffix(name, extension)
	for _, known := range Names() {
		if name == known {
			return files.ReadFile(name + extension)
		}
	}
	hint := ""
	if near := scenario.Nearest(name, Names()); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return nil, fmt.Errorf("no ready scenario is called %q; there are %s%s", name, strings.Join(Names(), ", "), hint)
}

// Schema returns the JSON Schema of scenario files.
func Schema() ([]byte, error) { return files.ReadFile("scenario.schema.json") }
