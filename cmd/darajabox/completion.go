package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
	"github.com/posener/complete"

	"github.com/darajabox/darajabox/scenarios"
)

// completionCmd prints what a shell loads to complete darajabox's commands.
type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Your shell: bash, zsh or fish."`
}

// Help says where each shell looks for it.
func (*completionCmd) Help() string {
	return `Prints the completion script of a shell. Load it in the shell's startup file, or save it where the shell looks for completions:

    source <(darajabox completion bash)                                            # in ~/.bashrc
    darajabox completion zsh > "${fpath[1]}/_darajabox"
    darajabox completion fish > ~/.config/fish/completions/darajabox.fish

The script calls the darajabox that is on the PATH, so it does not go out of date.`
}

// Run prints the script.
func (c *completionCmd) Run(e *env) error {
	script := map[string]string{"bash": completionBash, "zsh": completionZsh, "fish": completionFish}[c.Shell]
	if _, err := fmt.Fprint(e.stdout, script); err != nil {
		return fmt.Errorf("printing the completion script: %w", err)
	}
	return nil
}

// The scripts hand the command line to darajabox in COMP_LINE and offer the lines that
// it prints.
const (
	completionBash = `# bash completion for darajabox
complete -o default -C darajabox darajabox
`
	completionZsh = `#compdef darajabox
# zsh completion for darajabox
_darajabox() {
	local -a matches
	matches=("${(@f)$(COMP_LINE="${(j: :)words[1,CURRENT]}" darajabox 2>/dev/null)}")
	if [[ -n "${matches[1]}" ]]; then
		compadd -- "${matches[@]}"
	else
		_files
	fi
}
if [[ "${funcstack[1]}" == _darajabox ]]; then
	_darajabox "$@"
else
	compdef _darajabox darajabox
fi
`
	completionFish = `# fish completion for darajabox
function __darajabox_complete
	set -lx COMP_LINE (commandline --cut-at-cursor)
	set -l words (darajabox 2>/dev/null)
	if test (count $words) -gt 0
		printf '%s\n' $words
	else
		__fish_complete_path (commandline --current-token)
	end
end
complete --command darajabox --no-files --arguments '(__darajabox_complete)'
`
)

// completing reports whether a shell asks for completions instead of running a command.
func completing() bool { return os.Getenv("COMP_LINE") != "" }

// completions prints the words that continue the command line in COMP_LINE.
func completions(e env, parser *kong.Kong) int {
	command, err := kongcompletion.Command(parser, kongcompletion.WithPredictors(map[string]complete.Predictor{
		"scenario": complete.PredictFunc(predictScenario),
		"ready":    complete.PredictFunc(predictReady),
		"preset":   complete.PredictFunc(predictPreset),
	}))
	if err != nil {
		fmt.Fprintf(e.stderr, "darajabox: completing: %v\n", err)
		return exitFailed
	}
	// Arguments that may be repeated, of which the library completes the first only.
	repeat(command, complete.PredictFunc(predictCommand(parser)), "help")
	repeat(command, complete.PredictFunc(predictScenario), "scenario", "validate")
	c := complete.New(parser.Model.Name, command)
	c.Out = e.stdout
	c.Complete()
	return exitOK
}

// repeat has the command at path complete each of its arguments by p.
func repeat(command complete.Command, p complete.Predictor, path ...string) {
	for _, name := range path[:len(path)-1] {
		command = command.Sub[name]
	}
	last := path[len(path)-1]
	sub := command.Sub[last]
	sub.Args = p
	command.Sub[last] = sub
}

// predictScenario offers ready scenarios, then files.
func predictScenario(a complete.Args) []string {
	return append(readyNames(false), complete.PredictFiles("*.yaml").Predict(a)...)
}

func predictReady(complete.Args) []string {
	return append(readyNames(false), readyNames(true)...)
}

func predictPreset(complete.Args) []string { return readyNames(true) }

// readyNames are the names of the ready presets, or of the other ready scenarios.
func readyNames(presets bool) []string {
	ready, err := scenarios.Describe()
	if err != nil { // a completion has nowhere to report it
		return nil
	}
	var names []string
	for _, r := range ready {
		if r.Preset == presets {
			names = append(names, r.Name)
		}
	}
	return names
}

// predictCommand offers the next word of a command's name, for `darajabox help`.
func predictCommand(parser *kong.Kong) func(complete.Args) []string {
	return func(a complete.Args) []string {
		node := parser.Model.Node
		for _, word := range a.Completed {
			if node = child(node, word); node == nil {
				return nil
			}
		}
		var names []string
		for _, c := range node.Children {
			if !c.Hidden {
				names = append(names, c.Name)
			}
		}
		return names
	}
}

// child is the command of that name below node, or nil.
func child(node *kong.Node, name string) *kong.Node {
	for _, c := range node.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}
