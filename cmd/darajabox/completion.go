package main

import (
	"embed"
	"fmt"
	"slices"

	"github.com/alecthomas/kong"
	kongcompletion "github.com/jotaen/kong-completion"
	"github.com/posener/complete"

	"github.com/darajabox/darajabox/scenarios"
)

// completionScripts hand the command line to darajabox in COMP_LINE and offer its lines.
//
//go:embed completion/darajabox.*
var completionScripts embed.FS

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"Your shell: bash, zsh or fish."`
}

func (c *completionCmd) Run(e *env) error {
	script, err := completionScripts.ReadFile("completion/darajabox." + c.Shell)
	if err != nil {
		return err
	}
	_, err = e.stdout.Write(script)
	return err
}

// completions prints the words that continue the command line in COMP_LINE.
func completions(e env, parser *kong.Kong) int {
	command, err := kongcompletion.Command(parser, kongcompletion.WithPredictors(map[string]complete.Predictor{
		"scenario": complete.PredictFunc(predictScenario),
		"ready":    complete.PredictSet(scenarios.Names()...),
		"preset":   complete.PredictSet(scenarios.Presets()...),
	}))
	if err != nil {
		fmt.Fprintf(e.stderr, "darajabox: completing: %v\n", err)
		return exitFailed
	}
	// The library completes only the first of arguments that may be repeated.
	help := command.Sub["help"]
	help.Args = complete.PredictFunc(predictCommand(parser))
	command.Sub["help"] = help
	validate := command.Sub["scenario"].Sub["validate"]
	validate.Args = complete.PredictFunc(predictScenario)
	command.Sub["scenario"].Sub["validate"] = validate
	c := complete.New(parser.Model.Name, command)
	c.Out = e.stdout
	c.Complete()
	return exitOK
}

// predictScenario offers the ready scenarios but the presets, and files.
func predictScenario(a complete.Args) []string {
	names := slices.DeleteFunc(scenarios.Names(), func(name string) bool { return slices.Contains(scenarios.Presets(), name) })
	return append(names, complete.PredictFiles("*.yaml").Predict(a)...)
}

// predictCommand offers the next word of a command's name, for `darajabox help`.
func predictCommand(parser *kong.Kong) func(complete.Args) []string {
	return func(a complete.Args) []string {
		node := parser.Model.Node
		for _, word := range a.Completed {
			i := slices.IndexFunc(node.Children, func(c *kong.Node) bool { return c.Name == word })
			if i < 0 {
				return nil
			}
			node = node.Children[i]
		}
		return childNames(node)
	}
}
