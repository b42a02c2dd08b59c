package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/darajabox/darajabox/simulator"
)

// What is wrong with a command line is said in plain words, with the flag or argument,
// and with the help of the command that was meant.
func TestUsageInPlainWords(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"world", "'darajabox world' needs a command: create, list, show, load, unload, set, reset, snapshot, restore or delete\nTry 'darajabox world --help'."},
		{"world lod", "there is no command \"lod\"; did you mean \"load\"?\nTry 'darajabox world --help'."},
		{"phone cancl", "unexpected argument \"cancl\"; did you mean \"cancel\"?\nTry 'darajabox phone --help'."},
		{"pay", "phone and amount are missing: darajabox pay <phone> <amount>\nTry 'darajabox pay --help'."},
		{"healthcheck", "url is missing: darajabox healthcheck <url>\nTry 'darajabox healthcheck --help'."},
		{"help wrld", "there is no command \"wrld\"; did you mean \"world\"?\nTry 'darajabox --help'."},
		{"wurld", "there is no command \"wurld\"; did you mean \"world\"?\nTry 'darajabox --help'."},
		{"world load", "file or name is missing: darajabox world load <file-or-name>\nTry 'darajabox world load --help'."},
		{"scenario validate", "file is missing: darajabox scenario validate <file> ...\nTry 'darajabox scenario validate --help'."},
		{"clock advance 5", "how far has no unit: write 5s for seconds, or 5m or 1h; got \"5\"\nTry 'darajabox clock advance --help'."},
		{"clock advance soon", "how far is not a duration: write 5s, 5m or 1h; got \"soon\"\nTry 'darajabox clock advance --help'."},
		{"clock advance -5s", "a clock goes forward only; 'world restore' brings a world back\nTry 'darajabox clock advance --help'."},
		{"clock advance -1h30m", "a clock goes forward only; 'world restore' brings a world back\nTry 'darajabox clock advance --help'."},
		{"world set think_time", "think_time has no value: write think_time=VALUE\nTry 'darajabox world set --help'."},
		{"clock advance", "give a duration, as in 'clock advance 90s', or a time with --to\nTry 'darajabox clock advance --help'."},
		{"clock run --speed x", "--speed is not a number; got \"x\"\nTry 'darajabox clock run --help'."},
		{"journal wait --timeout 5", "--timeout has no unit: write 5s for seconds, or 5m or 1h; got \"5\"\nTry 'darajabox journal wait --help'."},
		{"journal foo", "seq is not a whole number; got \"foo\"\nTry 'darajabox journal --help'."},
		{"journal show --limit x", "--limit is not a whole number; got \"x\"\nTry 'darajabox journal show --help'."},
		{"journal verify --count", "--count needs a value\nTry 'darajabox journal verify --help'."},
		{"journal verify --count -1", "--count needs a value; write one that begins with a dash as --count=VALUE\nTry 'darajabox journal verify --help'."},
		{"journal verify --body x", "--body is written --body NAME=VALUE; got \"x\"\nTry 'darajabox journal verify --help'."},
		{"journal wait --dropped=x", "--dropped is true or false; got \"x\"\nTry 'darajabox journal wait --help'."},
		{"queue add --phone", "--phone needs a value\nTry 'darajabox queue add --help'."},
		{"world list -o xml", "--output is one of text, json; got \"xml\"\nTry 'darajabox world list --help'."},
		{"completion tcsh", "shell is one of bash, zsh, fish; got \"tcsh\"\nTry 'darajabox completion --help'."},
		{"phone cancel 12", "phone: \"12\" is not a Kenyan mobile number; write 0708374149 or 254708374149\nTry 'darajabox phone cancel --help'."},
		{"gateway partner --addr x list", "unknown flag --addr\nTry 'darajabox gateway partner --help'."},
		{"up --control-host", "--control-host needs a value\nTry 'darajabox up --help'."},
		{"--foo", "unknown flag --foo\nTry 'darajabox --help'."},
	} {
		t.Run(test.line, func(t *testing.T) {
			if o := darajabox(t, strings.Fields(test.line)...); o.code != exitUsage || o.stderr != "darajabox: "+test.want+"\n" {
				t.Errorf("exit %d\n got: %s\nwant: darajabox: %s", o.code, o.stderr, test.want)
			}
		})
	}
}

// A wrong value that came from the environment is reported by the variable's name.
func TestUsageNamesTheVariable(t *testing.T) {
	for _, test := range []struct{ name, value, line, want string }{
		{"DARAJABOX_SEED", "x", "simulator", `DARAJABOX_SEED is not a whole number; got "x"`},
		{"DARAJABOX_FROZEN", "maybe", "simulator", `DARAJABOX_FROZEN is true or false; got "maybe"`},
		{"DARAJABOX_OUTPUT", "xml", "world list", `DARAJABOX_OUTPUT is one of text, json; got "xml"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv(test.name, test.value)
			if o := darajabox(t, strings.Fields(test.line)...); o.code != exitUsage || !strings.HasPrefix(o.stderr, "darajabox: "+test.want+"\n") {
				t.Errorf("exit %d: %s", o.code, o.stderr)
			}
		})
	}
}

// None of the parser's own words reach a person, whichever flag of whichever command is
// wrong. Where this fails after an upgrade of kong, its messages have changed.
func TestNoFlagSpeaksTheParsersWords(t *testing.T) {
	raw := regexp.MustCompile(`expected|\(string\)|EOL|strconv|time: |parsing|must be one of|bit int|perhaps try|envar|%!`)
	seen := map[string]bool{} // a flag that many commands have is tried once
	for _, command := range visible(model(t)) {
		path := strings.Fields(commandName(command))[1:]
		for _, flag := range command.Flags {
			key := fmt.Sprint(flag.Name, flag.Target.Type())
			if flag.Name == "help" || flag.Name == "version" || seen[key] {
				continue
			}
			seen[key] = true
			var lines [][]string
			takes := flag.Target.Type()
			if takes.Kind() == reflect.Pointer {
				takes = takes.Elem()
			}
			if (takes != reflect.TypeFor[string]() || flag.Enum != "") && takes.Kind() != reflect.Slice {
				lines = append(lines, []string{"--" + flag.Name + "=?!"})
			}
			if !flag.IsBool() && flag.Target.Kind() != reflect.Pointer || flag.Target.Kind() == reflect.Pointer && flag.Target.Type().Elem().Kind() != reflect.Bool {
				lines = append(lines, []string{"--" + flag.Name})
			}
			for _, line := range lines {
				o := darajabox(t, append(append([]string{}, path...), line...)...)
				if o.code != exitUsage || raw.MatchString(o.stderr) || !strings.Contains(o.stderr, "--"+flag.Name) {
					t.Errorf("%s %s: exit %d: %s", commandName(command), line[0], o.code, o.stderr)
				}
			}
		}
	}
}

// model is the grammar of the command line.
func model(t *testing.T) *kong.Node {
	t.Helper()
	return newParser(&env{ctx: t.Context(), stdout: t.Output(), stderr: t.Output()}, &cli{}).Model.Node
}

// ofHTTP is how a text speaks of HTTP, which a person in a shell has not asked for.
var ofHTTP = regexp.MustCompile(`\b(GET|POST|PUT|PATCH|DELETE) (/|…)|…/|\?\w+=|\bwait=|the control port'?s? (lists|advances)`)

func TestHelpNamesCommandsAndFlags(t *testing.T) {
	for _, command := range visible(model(t)) {
		texts := []string{command.Help, command.Detail}
		for _, f := range command.Flags {
			texts = append(texts, f.Help)
		}
		for _, text := range texts {
			if bad := ofHTTP.FindString(text); bad != "" {
				t.Errorf("%s says %q: %s", commandName(command), bad, text)
			}
		}
	}
}

// Each section of the long help is below the names of commands.
func TestLongHelpIsOfCommands(t *testing.T) {
	var names []string
	for _, command := range visible(model(t)) {
		names = append(names, strings.Join(commandWords(command), " "))
	}
	headings := regexp.MustCompile(`(?m)^# (.*)$`).FindAllStringSubmatch(longHelp, -1)
	for _, heading := range headings {
		for name := range strings.SplitSeq(heading[1], ", ") {
			if !slices.Contains(names, name) {
				t.Errorf("help.txt: there is no command %q", name)
			}
		}
	}
	if len(headings) < 40 {
		t.Errorf("%d sections", len(headings))
	}
	for _, want := range []string{simulator.SandboxInitiator, simulator.SandboxInitiatorPassword} {
		if !strings.Contains(longHelp, want) {
			t.Errorf("the help of certificate lacks %s", want)
		}
	}
}

// Whatever error of the control API or the administration may reach a shell names no
// path of HTTP.
func TestErrorsOfTheAPINameNoPaths(t *testing.T) {
	texts := 0
	for _, dir := range []string{"../../simulator", "../../gateway", "../../scenarios", "."} {
		err := filepath.WalkDir(dir, func(file string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
				return err
			}
			for _, text := range errorTexts(t, file) {
				texts++
				if bad := ofHTTP.FindString(text); bad != "" {
					t.Errorf("%s: an error says %q: %s", file, bad, text)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if texts < 300 {
		t.Errorf("found %d texts of errors only", texts)
	}
}

// errorTexts are the texts in a file that errors are made of.
func errorTexts(t *testing.T, file string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || !makesErrors(call.Fun) {
			return true
		}
		for _, arg := range call.Args {
			if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					texts = append(texts, text)
				}
			}
		}
		return true
	})
	return texts
}

func makesErrors(f ast.Expr) bool {
	name := ""
	switch f := f.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	return regexp.MustCompile(`^(refuse|refuseCode|refuseField|Errorf|New|Sprintf|bad\w*|fail\w*|wrong|problem|mistake)$`).MatchString(name)
}

// Exit codes are the same for every command, and the help says which.
func TestExitCodes(t *testing.T) {
	f := newFakeControl(t, answers{
		"POST /worlds/default/journal/verify": `200 {"ok":false,"found":0,"message":"found 0","records":[]}`,
		"POST /worlds/gone/journal/verify":    `404 {"error":"there is no world \"gone\""}`,
		"POST /worlds/ill/journal/verify":     `503 {"error":"the simulator is stopping"}`,
		"POST /worlds/default/clock/freeze":   `409 {"error":"not now"}`,
		"GET /worlds/default/clock":           "200 " + clockJSON,
	})
	for _, test := range []struct {
		line string
		code int
	}{
		{"clock show", exitOK},
		{"clock freeze", exitFailed},
		{"journal verify", exitFailed},
		{"journal verify --count x", exitUsage},
		{"journal verify --world gone", exitUsage},
		{"journal verify --world ill", exitUnreachable},
		{"journal verify --control http://127.0.0.1:1", exitUnreachable},
		{"journal wait --control http://127.0.0.1:1", exitUnreachable},
		{"world list --control http://127.0.0.1:1", exitUnreachable},
		{"world list --control 127.0.0.1:1", exitUsage},
	} {
		t.Run(test.line, func(t *testing.T) {
			t.Setenv("DARAJABOX_CONTROL", f.URL)
			if o := darajabox(t, strings.Fields(test.line)...); o.code != test.code {
				t.Errorf("exit %d, want %d: %s", o.code, test.code, o.stderr)
			}
		})
	}
	for _, args := range [][]string{{"--help"}, {"journal", "verify", "--help"}, {"journal", "wait", "--help"}} {
		o := darajabox(t, args...)
		for _, x := range exitCodes() {
			if !strings.Contains(o.stdout, fmt.Sprintf("    %d  ", x.Code)) {
				t.Errorf("%v does not tell exit code %d:\n%s", args, x.Code, o.stdout)
			}
		}
	}
}
