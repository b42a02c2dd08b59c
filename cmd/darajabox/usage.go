package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	simapp "github.com/darajabox/darajabox/simulator/app"
)

// printUsage prints what is wrong with a command line, and where its help is.
func printUsage(e *env, err error, args []string) {
	command, help := misused(err, args)
	fmt.Fprintf(e.stderr, "darajabox: %s%s\n", plainUsage(e, err.Error(), command), meantCommand(err.Error(), help))
	words := []string{"--help"}
	if help != nil {
		words = append(commandWords(help), words...)
	}
	fmt.Fprintf(e.stderr, "Try '%s'.\n", e.command(words...))
}

// meantCommand asks for the command that was probably meant by an argument that nothing
// takes, where the parser does not: below a command that has a default.
func meantCommand(text string, help *kong.Node) string {
	found := regexp.MustCompile(`^(?:.*: )?unexpected argument (\S+)$`).FindStringSubmatch(text)
	if found == nil || help == nil {
		return ""
	}
	var words []string
	for _, c := range help.Children {
		if !c.Hidden {
			words = append(words, c.Name)
		}
	}
	if near := simapp.Nearest(found[1], words); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// misused is the command that a parse error is about, and the one whose help shows the
// way out: a command that was taken by default is not what was typed.
func misused(err error, args []string) (command, help *kong.Node) {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || wrong.Context == nil {
		return nil, nil
	}
	for _, step := range wrong.Context.Path {
		if node := step.Node(); node != nil {
			command = node
		}
	}
	help = command
	if help != nil && help.Parent != nil && !slices.Contains(args, help.Name) {
		help = help.Parent
	}
	return command, help
}

// plainUsage is a parse error in plain words. The parser's own are meant for who writes
// the grammar: `[<by>]: expected duration but got "5": time: missing unit in duration "5"`.
func plainUsage(e *env, text string, command *kong.Node) string {
	text, envar := fromEnvironment(text)
	if command != nil {
		text = strings.TrimPrefix(text, strings.Join(commandWords(command), " ")+": ")
		if strings.HasPrefix(text, "expected ") {
			return missing(e, text, command)
		}
	}
	if command != nil && regexp.MustCompile(`^unknown flag -[0-9.]`).MatchString(text) && commandName(command) == "darajabox clock advance" {
		return forwardOnly
	}
	for _, r := range usageWords() {
		if found := r.from.FindStringSubmatchIndex(text); found != nil {
			text = string(r.from.ExpandString(nil, r.to, text, found))
			break
		}
	}
	return named(text, command, envar)
}

// usageWord is a form of the parser's messages and what to say instead; ${x} is the
// flag or argument, ${got} what was given for it.
type usageWord struct {
	from *regexp.Regexp
	to   string
}

func usageWords() []usageWord {
	const x = `(?s)^(?P<x>\[?<[^>]+>(?: \.\.\.)?\]?|--\S+?)`
	got := `"(?P<got>.*)"`
	form := func(from, to string) usageWord { return usageWord{regexp.MustCompile(from), to} }
	return []usageWord{
		form(x+`: expected .* \((?:short )?flag\); perhaps try .*$`, `${x} needs a value; write one that begins with a dash as ${x}=VALUE`),
		form(x+`: (?:expected .* but got "EOL" \(<EOL>\)|missing value.*)$`, `${x} needs a value`),
		form(x+`: expected duration but got "(?P<got>[0-9]+(?:\.[0-9]+)?)"(?:: .*)?$`, `${x} has no unit: write ${got}s for seconds, or 5m or 1h; got "${got}"`),
		form(x+`: expected duration but got "(?P<got>.*?)"(?:: .*)?$`, `${x} is not a duration: write 5s, 5m or 1h; got "${got}"`),
		form(x+`: expected (?:a valid \d+ bit|an) u?int but got `+got+`(?: \(.*\))?$`, `${x} is not a whole number; got "${got}"`),
		form(x+`: expected a float but got `+got+`(?: \(.*\))?$`, `${x} is not a number; got "${got}"`),
		form(x+`: bool value must be .* but got `+got+`$`, `${x} is true or false; got "${got}"`),
		form(`(?s)^\[<name=value> \.\.\.\]: expected "<key>=<value>" but got `+got+`$`, `${got} has no value: write ${got}=VALUE`),
		form(x+`: expected "<key>=<value>" but got `+got+`$`, `${x} is written ${x} NAME=VALUE; got "${got}"`),
		form(x+` must be one of (?P<words>.*) but got `+got+`$`, `${x} is one of ${words}; got "${got}"`),
		form(`^unexpected argument (?P<got>.*?), did you mean (?P<near>.*)$`, `there is no command "${got}"; did you mean ${near}`),
		form(`^unexpected argument (?P<got>.*)$`, `unexpected argument "${got}"`),
		form(`^unknown flag (?P<got>.*?), did you mean (?P<near>.*)$`, `unknown flag ${got}; did you mean ${near}`),
		form(`^flag (?P<x>--\S+) applies to the default command "(?P<own>.*)", not "(?P<got>.*)"$`, `${x} is a flag of '${own}', not of '${got}'`),
	}
}

// fromEnvironment cuts off the variable that a value came from.
func fromEnvironment(text string) (rest, envar string) {
	m := regexp.MustCompile(`(?s)^(.*) \(from envar (\w+)=.*\)$`).FindStringSubmatch(text)
	if m == nil {
		return text, ""
	}
	return m[1], m[2]
}

// missing says which command or arguments are missing.
func missing(e *env, text string, command *kong.Node) string {
	var words []string
	for _, c := range command.Children {
		if !c.Hidden {
			words = append(words, c.Name)
		}
	}
	if len(words) > 0 {
		return fmt.Sprintf("'%s' needs a command: %s", e.command(commandWords(command)...), orList(words))
	}
	what := regexp.MustCompile(`^expected (?:one of )?"(.*)"$`).ReplaceAllString(text, "$1")
	verb := "is"
	if parts := strings.Split(what, "> <"); len(parts) > 1 { // several arguments
		last := len(parts) - 1
		what, verb = strings.Join(parts[:last], ", ")+" and "+parts[last], "are"
	}
	what = strings.NewReplacer("<", "", ">", "", " ...", "", "-", " ").Replace(what)
	return fmt.Sprintf("%s %s missing: %s", what, verb, e.command(commandWords(command)...)+arguments(command))
}

func orList(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// named replaces the flag or argument that a text begins with by the name that whoever
// gave the value knows it by: that of its variable, or an argument's without brackets.
func named(text string, command *kong.Node, envar string) string {
	name := regexp.MustCompile(`^(\[?<([^>]+)>(?: \.\.\.)?\]?|--[\w-]+)`).FindStringSubmatch(text)
	if name == nil {
		return text
	}
	rest := strings.NewReplacer(`","`, `, `, `one of "`, "one of ", `"; got`, "; got").Replace(text[len(name[1]):])
	if name[2] != "" {
		return strings.ReplaceAll(name[2], "-", " ") + rest
	}
	if envar == "" {
		envar = variableOf(name[1], rest, command)
	}
	if envar != "" {
		return envar + rest
	}
	return name[1] + rest
}

// variableOf is the variable that gave a flag's value, when it ends the message.
func variableOf(flag, message string, command *kong.Node) string {
	for node := command; node != nil; node = node.Parent {
		for _, f := range node.Flags {
			if "--"+f.Name != flag {
				continue
			}
			for _, name := range f.Envs {
				if v, ok := os.LookupEnv(name); ok && strings.HasSuffix(message, fmt.Sprintf("; got %q", v)) {
					return name
				}
			}
		}
	}
	return ""
}
