package main

import (
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/darajabox/darajabox/internal/suggest"
)

// variablePrefix begins the names of the variables that set flags.
const variablePrefix = "DARAJABOX_"

// otherVariables matches the names that are no flag's: those of docker-compose.yml, the
// Makefile, the scripts and the tests, and those that Kubernetes sets for a service
// named darajabox, such as DARAJABOX_SERVICE_HOST and DARAJABOX_PORT_8080_TCP_ADDR.
func otherVariables() *regexp.Regexp {
	return regexp.MustCompile(`^DARAJABOX_(TEST_.*|BENCH_.*|E2E.*|FEATURES.*|SCREENSHOTS|BUILD_TARGET|POSTGRES_PASSWORD|(.*_)?IMAGE|(.*_)?PORT(_.*)?|(.*_)?SERVICE_HOST)$`)
}

// warnVariables warns of each variable with our prefix that sets nothing, since a
// misspelt one would leave a service as it is without a word.
func (f logFlags) warnVariables(e *env, app *kong.Kong) {
	known := flagVariables(app.Model.Node)
	var ends []string // without what all have in common, which would make any two alike
	for _, name := range known {
		ends = append(ends, strings.TrimPrefix(name, variablePrefix))
	}
	for _, name := range strangeVariables(os.Environ(), known) {
		text := name + " is set, and no command has such a variable"
		if near := suggest.Nearest(strings.TrimPrefix(name, variablePrefix), ends); near != "" {
			text += "; did you mean " + variablePrefix + near + "?"
		}
		f.warn(e, text)
	}
}

// flagVariables are the variables that set flags of node and of the commands below it.
func flagVariables(node *kong.Node) []string {
	var names []string
	for _, f := range node.Flags {
		names = append(names, f.Envs...)
	}
	for _, c := range node.Children {
		names = append(names, flagVariables(c)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// strangeVariables are the names in an environment that begin as ours do, and that
// nothing reads, in alphabetical order.
func strangeVariables(environ, known []string) []string {
	others := otherVariables()
	var strange []string
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if strings.HasPrefix(name, variablePrefix) && !slices.Contains(known, name) && !others.MatchString(name) {
			strange = append(strange, name)
		}
	}
	slices.Sort(strange)
	return strange
}
