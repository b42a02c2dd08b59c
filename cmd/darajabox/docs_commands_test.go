package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"mvdan.cc/sh/v3/syntax"
)

// elsewhere are the commands of docs that are not ours, with the reason why no test
// here runs them.
func elsewhere() map[string]string {
	here := "run by TestPointYourAppAtIt"
	install := "a step of an installation, which make release-smoke and people take"
	return map[string]string{
		"curl": "README's are run by TestPointYourAppAtIt and TestREADMECurls", "sed": here, "printf": here, "base64": here, "tr": here, "date": here,
		"export": "a builtin; TestVariablesOfDocs looks at the variables", "source": "a builtin of bash",
		"echo": "a builtin", "eval": "a builtin; internal/e2e has what it is given here", "jq": "a JSON reader of the person's own; the JSON is in the golden files",
		"docker": "harness runs docs/containers.md where an engine is; our commands in it are parsed", "docker-compose": "as docker",
		"apt": install, "dnf": install, "rpm": install, "dpkg": install, "install": install, "tar": install, "xattr": install, "sha256sum": install, "shasum": install,
	}
}

// Each command in a block of shell code is one that the command line takes.
func TestCommandsOfDocs(t *testing.T) {
	seen := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language != "sh" {
				continue
			}
			now := time.Now() // of the simulator that the block starts
			for _, args := range shellCommands(t, b) {
				seen++
				if err := checkCommand(args, &now); err != nil {
					t.Errorf("%s:%d: %s: %v", b.page, b.line, strings.Join(args, " "), err)
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d commands", seen)
	}
}

// Commands in running text may leave out arguments, or write them in capitals, not be
// wrong. A name alone is a command's.
func TestCommandsInProse(t *testing.T) {
	var names []string
	for _, command := range visible(model(t)) {
		names = append(names, commandName(command))
	}
	leftOut := regexp.MustCompile(`^expected |but got "[A-Z]+"`)
	seen := 0
	for _, p := range pages(t) {
		for _, span := range p.spans() {
			line, ours := strings.CutPrefix(span, "go run ./cmd/")
			if !ours && !strings.HasPrefix(span, "darajabox ") && !strings.HasPrefix(span, "make ") || strings.ContainsAny(span, "|…") {
				continue
			}
			now := time.Now()
			for _, args := range shellCommands(t, docBlock{page: p.path, code: line}) {
				seen++
				if slices.Contains(names, strings.Join(args, " ")) {
					continue
				}
				if err := checkCommand(args, &now); err != nil && !leftOut.MatchString(err.Error()) {
					t.Errorf("%s: `%s`: %v", p.path, span, err)
				}
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d commands", seen)
	}
}

// A flag that docs name is one of a command's.
func TestFlagsOfDocs(t *testing.T) {
	foreign := map[string]string{"--profile": "docker-compose's", "--add-host": "docker's", "--read-only": "docker's", "--tmpfs": "docker's"}
	flags, _ := flagsAndVariables(t)
	for _, p := range pages(t) {
		for _, span := range p.spans() {
			name := regexp.MustCompile(`^--[a-z-]+`).FindString(span)
			if name != "" && foreign[name] == "" && !slices.Contains(flags, strings.TrimPrefix(name, "--")) {
				t.Errorf("%s: there is no flag %s", p.path, name)
			}
		}
	}
}

// A variable that docs name is a flag's, or something in the repository reads it. The
// changelog names old ones too.
func TestVariablesOfDocs(t *testing.T) {
	_, variables := flagsAndVariables(t)
	var code strings.Builder
	eachFile(t, func(path, text string) {
		if filepath.Ext(path) != ".md" && !strings.HasSuffix(path, "_test.go") {
			code.WriteString(text)
		}
	})
	for _, p := range pages(t) {
		if p.path == "CHANGELOG.md" {
			continue
		}
		all := p.prose
		for _, b := range p.blocks {
			all += b.code
		}
		for _, name := range regexp.MustCompile(`DARAJABOX_[A-Z_]*[A-Z]`).FindAllString(all, -1) {
			if !slices.Contains(variables, name) && !strings.Contains(code.String(), name) {
				t.Errorf("%s: nothing reads %s", p.path, name)
			}
		}
	}
}

// grammar is the command line's parser. It starts nothing.
func grammar(c *cli) *kong.Kong { return newParser(&env{stdout: io.Discard, stderr: io.Discard}, c) }

func flagsAndVariables(t *testing.T) (flags, variables []string) {
	t.Helper()
	err := kong.Visit(grammar(&cli{}).Model, func(node kong.Visitable, next kong.Next) error {
		if f, ok := node.(*kong.Flag); ok {
			flags, variables = append(flags, f.Name), append(variables, f.Envs...)
		}
		return next(nil)
	})
	if err != nil || len(flags) < 100 {
		t.Fatalf("%d flags, %v", len(flags), err)
	}
	return flags, variables
}

// shellCommands are the simple commands of a script, each with its arguments as a
// shell would pass them; what only a run can tell is written "x".
func shellCommands(t *testing.T, b docBlock) [][]string {
	t.Helper()
	file, err := syntax.NewParser().Parse(strings.NewReader(b.code), b.page)
	if err != nil {
		t.Errorf("%s:%d: %v", b.page, b.line, err)
		return nil
	}
	var found [][]string
	syntax.Walk(file, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok && len(call.Args) > 0 {
			var args []string
			for _, w := range call.Args {
				args = append(args, argument(w.Parts))
			}
			found = append(found, args)
		}
		return true
	})
	return found
}

func argument(parts []syntax.WordPart) string {
	var out strings.Builder
	for _, part := range parts {
		switch x := part.(type) {
		case *syntax.Lit:
			out.WriteString(x.Value)
		case *syntax.SglQuoted:
			out.WriteString(x.Value)
		case *syntax.DblQuoted:
			out.WriteString(argument(x.Parts))
		default:
			out.WriteString("x")
		}
	}
	return out.String()
}

// checkCommand returns why a command of the docs cannot be what it says, or nil. now is
// what the simulator's clock shows before and after it.
func checkCommand(args []string, now *time.Time) error {
	switch args[0] {
	case "darajabox":
		return checkOurs(args[1:], now)
	case "go":
		if len(args) > 2 && args[1] == "run" && args[2] == "./cmd/darajabox" {
			return checkOurs(args[3:], now)
		}
		return checkPaths(args[2:])
	case "sudo":
		return checkCommand(args[1:], now)
	case "docker", "docker-compose":
		return checkContainer(args, now)
	case "make":
		return checkTargets(args[1:])
	case "python3", "node", "php", "java":
		return checkPaths(args[1:])
	}
	if elsewhere()[args[0]] == "" {
		return fmt.Errorf("no test knows %s: add it to elsewhere, with a reason", args[0])
	}
	return nil
}

// checkOurs parses a command line of darajabox, and refuses dates that the clock has
// passed.
func checkOurs(args []string, now *time.Time) (err error) {
	var c cli
	defer func() {
		if _, ok := recover().(exitStatus); ok { // --help and --version end the process
			err = nil
		}
	}()
	if _, err := grammar(&c).Parse(args); err != nil {
		return err
	}
	if at := c.Simulator.At; !at.IsZero() {
		*now = at.Time
	}
	if to := c.Clock.Advance.To; to != nil && !to.date.IsZero() && !to.date.After(*now) {
		return fmt.Errorf("%s is over, and a clock goes forward only", to.date.Format(time.RFC3339))
	}
	return nil
}

// checkContainer looks at our command line within docker's.
func checkContainer(args []string, now *time.Time) error {
	for i, a := range args {
		if rest := args[i+1:]; a == "/darajabox" || a == "darajabox:local" && args[1] == "run" && len(rest) > 0 {
			return checkOurs(rest, now)
		}
	}
	return nil
}

// checkPaths looks for the files and folders of this repository among arguments.
func checkPaths(args []string) error {
	const module = "github.com/darajabox/darajabox/"
	for _, a := range args {
		if rest, ours := strings.CutPrefix(a, module); ours {
			a, _, _ = strings.Cut("./"+rest, "@")
		}
		if strings.HasPrefix(a, "./") || strings.HasPrefix(a, "examples/") {
			if _, err := os.Stat(filepath.Join(root, strings.TrimSuffix(a, "/..."))); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkTargets looks for make's targets in the Makefile.
func checkTargets(args []string) error {
	makefile, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		return err
	}
	for _, a := range args {
		ours := a != "your-tests" && !strings.Contains(a, "=") // docs/ci.md's name for the reader's own target; a variable
		if ours && !strings.Contains(string(makefile), "\n"+a+":") {
			return fmt.Errorf("the Makefile has no target %s", a)
		}
	}
	return nil
}
