package main

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docs/command-line.md has the exit codes and variables that there are; -update writes
// them anew.
func TestCommandLinePage(t *testing.T) {
	const file = "../../docs/command-line.md"
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	page := string(b)
	for name, table := range map[string]string{"exit codes": exitCodeTable(), "variables": variableTable(t)} {
		part := regexp.MustCompile(`(?s)(<!-- ` + name + ` -->\n).*?(<!-- end -->)`)
		if !part.MatchString(page) {
			t.Fatalf("%s has no part %q", file, name)
		}
		page = part.ReplaceAllStringFunc(page, func(string) string { return "<!-- " + name + " -->\n" + table + "<!-- end -->" })
	}
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if page != string(b) {
		t.Errorf("%s is not as the code has it: go test ./cmd/darajabox -run CommandLinePage -update", file)
	}
}

func exitCodeTable() string {
	table := "| code | meaning |\n|---|---|\n"
	for _, x := range exitCodes() {
		table += fmt.Sprintf("| %d | %s |\n", x.Code, x.Meaning)
	}
	return table
}

// variableTable lists each variable once, with the flags that it sets.
func variableTable(t *testing.T) string {
	t.Helper()
	flags, help := map[string][]string{}, map[string]string{}
	running := map[string]bool{}
	for _, c := range services(t) {
		running[commandName(c)] = true
	}
	for _, c := range visible(model(t)) {
		for _, f := range shownFlags(c) {
			for _, name := range f.Envs {
				flag := fmt.Sprintf("`--%s`", f.Name)
				if command := commandName(c); running[command] || command == "darajabox healthcheck" {
					flag = fmt.Sprintf("`%s --%s`", strings.TrimSuffix(strings.TrimPrefix(command, "darajabox "), " run"), f.Name)
				} else if slices.ContainsFunc(flags[name], func(s string) bool { return strings.HasSuffix(s, " --"+f.Name+"`") }) {
					flag += " of commands"
				}
				if !slices.Contains(flags[name], flag) {
					flags[name] = append(flags[name], flag)
				}
				text := strings.ReplaceAll(f.Help, "|", `\|`)
				switch own, ofServices := running[commandName(c)], help[name] != ""; {
				case !ofServices:
					help[name] = text
				case name == "DARAJABOX_DATA" && own: // each has a place of its own
					help[name] = "`up`: " + help[name] + " `gateway`: " + strings.TrimSuffix(text, ".") + "; " + f.Default + " unless given."
				case name == "DARAJABOX_OUTPUT" && !own && !strings.Contains(help[name], " Commands: "):
					help[name] = "Services: " + help[name] + " Commands: form of the answer: text for people, json for programs."
				}
			}
		}
	}
	table := "| variable | flag | |\n|---|---|---|\n"
	for _, name := range slices.Sorted(maps.Keys(flags)) {
		table += fmt.Sprintf("| `%s` | %s | %s |\n", name, strings.Join(flags[name], ", "), help[name])
	}
	return table
}
