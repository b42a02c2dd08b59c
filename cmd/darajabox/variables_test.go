package main

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// services are the commands that run something.
func services(t *testing.T) []*kong.Node {
	t.Helper()
	var found []*kong.Node
	for _, c := range visible(model(t)) {
		if slices.Contains([]string{"darajabox up", "darajabox simulator", "darajabox gateway run", "darajabox inbox"}, commandName(c)) {
			found = append(found, c)
		}
	}
	if len(found) != 4 {
		t.Fatalf("%d services", len(found))
	}
	return found
}

func shownFlags(c *kong.Node) []*kong.Flag {
	return slices.DeleteFunc(slices.Clone(c.Flags), func(f *kong.Flag) bool { return f.Hidden || f.Name == "help" || f.Name == "version" })
}

func TestEachFlagOfAServiceHasAVariable(t *testing.T) {
	for _, c := range services(t) {
		o := darajabox(t, append(strings.Fields(commandName(c))[1:], "--help")...)
		for _, f := range shownFlags(c) {
			if len(f.Envs) != 1 || !strings.HasPrefix(f.Envs[0], "DARAJABOX_") {
				t.Errorf("%s --%s has the variables %v", commandName(c), f.Name, f.Envs)
				continue
			}
			if !strings.Contains(o.stdout, "$"+f.Envs[0]) {
				t.Errorf("%s --help does not tell %s", commandName(c), f.Envs[0])
			}
		}
	}
}

// Services that run together can be set in one environment: a variable means one thing.
func TestServicesShareNoVariable(t *testing.T) {
	first := map[string]*kong.Flag{}
	for _, c := range services(t) {
		for _, f := range shownFlags(c) {
			for _, name := range f.Envs {
				other, shared := first[name]
				if !shared {
					first[name] = f
					continue
				}
				// up keeps the database in a temporary folder; it is the same database.
				if f.Default != other.Default && name != "DARAJABOX_DATA" {
					t.Errorf("%s sets --%s (%s), and --%s (%s) of %s", name, other.Name, other.Default, f.Name, f.Default, commandName(c))
				}
			}
		}
	}
	for name, value := range map[string]string{"up --simulator-addr": "simulator --addr", "up --gateway-addr": "gateway run --addr", "up --inbox-addr": "inbox --addr"} {
		if a, b := variable(t, name), variable(t, value); a != b || a == "" {
			t.Errorf("%s has %s, %s has %s", name, a, value, b)
		}
	}
}

// What one request asks for is not taken from the environment; which simulator, world
// or gateway it is for is.
func TestRequestsHaveNoVariables(t *testing.T) {
	connection := []string{"control", "world", "output", "admin-url", "admin-token", "data", "database", "proxy-addr", "ca-dir"}
	running := services(t)
	for _, c := range visible(model(t)) {
		name := commandName(c)
		if name == "darajabox healthcheck" || slices.ContainsFunc(running, func(s *kong.Node) bool { return commandName(s) == name }) {
			continue
		}
		for _, f := range shownFlags(c) {
			named := name == "darajabox world delete" && f.Name == "world"
			if has := len(f.Envs) > 0; has != (slices.Contains(connection, f.Name) && !named) {
				t.Errorf("%s --%s: variables %v", name, f.Name, f.Envs)
			}
		}
	}
}

// variable is that of a flag, as in "simulator --addr".
func variable(t *testing.T, flag string) string {
	t.Helper()
	command, name, _ := strings.Cut(flag, " --")
	for _, c := range services(t) {
		if commandName(c) != "darajabox "+command {
			continue
		}
		for _, f := range c.Flags {
			if f.Name == name && len(f.Envs) > 0 {
				return f.Envs[0]
			}
		}
	}
	return ""
}

// A misspelt variable is warned of, since the service runs without what it should set.
func TestMisspeltVariables(t *testing.T) {
	t.Setenv("DARAJABOX_SCENARO", "cancelled")
	t.Setenv("DARAJABOX_WHATEVER_THAT_IS", "1")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for command, json := range map[string]bool{
		"inbox --addr 0": false, "simulator --addr 0 --control-addr 0": false, "simulator --addr 0 --control-addr 0 --log-format json": true,
		"up --simulator-addr 0 --control-addr 0 --gateway-addr 0 --admin-addr 0 --inbox-addr 0": false,
		"gateway --addr 0 --admin-addr 0 --data " + t.TempDir():                                 false,
	} {
		var out, stderr bytes.Buffer
		run(env{ctx: stopped, stdout: &out, stderr: &stderr}, strings.Fields(command))
		want := "darajabox: warning: DARAJABOX_SCENARO is set, and no command has such a variable; did you mean DARAJABOX_SCENARIO?\n" +
			"darajabox: warning: DARAJABOX_WHATEVER_THAT_IS is set, and no command has such a variable\n"
		if json {
			want = `"level":"WARN","msg":"DARAJABOX_SCENARO is set, and no command has such a variable; did you mean DARAJABOX_SCENARIO?"}`
		}
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%s says %q, want %q", command, &stderr, want)
		}
	}
}

// What compose files, scripts, tests and Kubernetes set is not warned of.
func TestVariablesOfOthers(t *testing.T) {
	known := flagVariables(grammar(&cli{}).Model.Node)
	environ := []string{"DARAJABOX_PORT_8080_TCP_ADDR=10.0.0.1", "DARAJABOX_GATEWAY_SERVICE_HOST=10.0.0.1", "DARAJABOX_SERVICE_PORT_HTTP=80", "PATH=/bin"}
	eachFile(t, func(path, text string) {
		if path == "CHANGELOG.md" || path == "cmd/darajabox/variables_test.go" { // old names, and the ones above
			return
		}
		for _, name := range regexp.MustCompile(`\bDARAJABOX_[A-Z0-9_]*[A-Z0-9]\b`).FindAllString(text, -1) {
			environ = append(environ, name+"=x")
		}
	})
	if strange := strangeVariables(environ, known); len(strange) > 0 || len(environ) < 100 {
		t.Errorf("of %d names these are warned of: %v", len(environ), strange)
	}
}
