package main

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/darajabox/darajabox/internal/suggest"
)

// longHelp has what --help says of commands beside their arguments, each section below
// the names of its commands.
//
//go:embed help.txt
var longHelp string

// addLongHelp gives the commands below node their long help.
func addLongHelp(node *kong.Node) {
	for _, command := range visible(node)[1:] {
		name := strings.Join(commandWords(command), " ")
		for section := range strings.SplitSeq("\n"+longHelp, "\n# ") {
			if names, text, _ := strings.Cut(section, "\n\n"); slices.Contains(strings.Split(names, ", "), name) {
				command.Detail += strings.TrimRight(text, "\n") + "\n\n"
			}
		}
	}
}

// helpCmd prints a command's help, as --help behind it does.
type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command, such as: world load."`
}

func (c *helpCmd) Run(e *env) error {
	if code := run(*e, append(c.Command, "--help")); code != exitOK {
		return exitError{code, errReported}
	}
	return nil
}

// printUsage prints what is wrong with a command line, and where its help is.
func printUsage(e *env, err error, args []string) {
	text, help := err.Error(), []string{"--help"}
	if wrong := (*kong.ParseError)(nil); errors.As(err, &wrong) && wrong.Context != nil {
		command := cmp.Or(wrong.Context.Selected(), wrong.Context.Model.Node)
		typed := command // a command that was taken by default was not typed
		if command.Parent != nil && !slices.Contains(args, command.Name) {
			typed = command.Parent
		}
		text = rewriteParseError(e, text, command) + suggestCommand(text, typed)
		help = append(commandWords(typed), help...)
	}
	fmt.Fprintf(e.stderr, "darajabox: %s\nTry '%s'.\n", text, e.command(help...))
}

// suggestCommand asks for the command that was probably meant by an argument that nothing
// takes, where the parser does not: below a command that has a default.
func suggestCommand(text string, command *kong.Node) string {
	found := regexp.MustCompile(`^(?:.*: )?unexpected argument (\S+)$`).FindStringSubmatch(text)
	if found == nil {
		return ""
	}
	if near := suggest.Nearest(found[1], childNames(command)); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// rewriteParseError is a parse error in plain words. The parser's own are meant for the
// writer of the grammar: `[<by>]: expected duration but got "5": time: missing unit in duration "5"`.
func rewriteParseError(e *env, text string, command *kong.Node) string {
	envar := ""
	if m := regexp.MustCompile(`(?s)^(.*) \(from envar (\w+)=.*\)$`).FindStringSubmatch(text); m != nil {
		text, envar = m[1], m[2]
	}
	text = strings.TrimPrefix(text, strings.Join(commandWords(command), " ")+": ")
	if strings.HasPrefix(text, "expected ") {
		return missingText(e, text, command)
	}
	if regexp.MustCompile(`^unknown flag -[0-9.]`).MatchString(text) && commandName(command) == "darajabox clock advance" {
		return backwardError
	}
	for _, r := range parseErrors() {
		if found := r.from.FindStringSubmatchIndex(text); found != nil {
			text = string(r.from.ExpandString(nil, r.to, text, found))
			break
		}
	}
	return renameFlag(text, command, envar)
}

// parseError is a form of the parser's messages and its replacement; ${x} is the
// flag or argument, ${got} what was given for it.
type parseError struct {
	from *regexp.Regexp
	to   string
}

func parseErrors() []parseError {
	const x = `(?s)^(?P<x>\[?<[^>]+>(?: \.\.\.)?\]?|--\S+?)`
	got := `"(?P<got>.*)"`
	form := func(from, to string) parseError { return parseError{regexp.MustCompile(from), to} }
	return []parseError{
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

// missingText says which command or arguments are missing.
func missingText(e *env, text string, command *kong.Node) string {
	if names := childNames(command); len(names) > 0 {
		return fmt.Sprintf("'%s' needs a command: %s", e.command(commandWords(command)...), enumerate(names, "or"))
	}
	what := regexp.MustCompile(`^expected (?:one of )?"(.*)"$`).ReplaceAllString(text, "$1")
	verb := "is"
	arguments := strings.Split(what, "> <")
	if len(arguments) > 1 {
		verb = "are"
	}
	what = strings.NewReplacer("<", "", ">", "", " ...", "", "-", " ").Replace(enumerate(arguments, "and"))
	return fmt.Sprintf("%s %s missing: %s", what, verb, e.command(commandWords(command)...)+argumentsText(command))
}

// enumerate is words as a sentence has them: a, b or c.
func enumerate(words []string, conjunction string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}

// renameFlag replaces the flag or argument that a text begins with: by the variable that
// gave the value, or by an argument's name without brackets.
func renameFlag(text string, command *kong.Node, envar string) string {
	name := regexp.MustCompile(`^(\[?<([^>]+)>(?: \.\.\.)?\]?|--[\w-]+)`).FindStringSubmatch(text)
	if name == nil {
		return text
	}
	rest := strings.NewReplacer(`","`, `, `, `one of "`, "one of ", `"; got`, "; got").Replace(text[len(name[1]):])
	if name[2] != "" {
		return strings.ReplaceAll(name[2], "-", " ") + rest
	}
	return cmp.Or(envar, variableOf(name[1], rest, command), name[1]) + rest
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
