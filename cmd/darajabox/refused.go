package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// refusedError is a server's refusal to do what a command asks. Its text serves every
// client of the API; printFailure adds the command or flag that helps in a shell.
type refusedError struct {
	status int    // of HTTP
	code   string // the same whatever the text says; "" for most
	field  string // of the request, that the text is about; "" when it is about none
	text   string
	faults []fault // of the scenario that was sent
}

// Error implements error.
func (r refusedError) Error() string { return r.text }

// printFailure prints why a command failed.
func printFailure(e *env, err error, command *kong.Node) {
	if errors.Is(err, errReported) {
		return
	}
	var refused refusedError
	if errors.As(err, &refused) {
		fmt.Fprintf(e.stderr, "darajabox: %s\n", inShell(e, refused, command))
		return
	}
	fmt.Fprintf(e.stderr, "darajabox: %v\n", err)
}

// inShell is a refusal in a shell's terms: a field of the request is the flag that set
// it, and what helps is a command for the same simulator and world.
func inShell(e *env, r refusedError, command *kong.Node) string {
	text := r.inFlags(command)
	switch f := clientFlagsOf(command); r.code {
	case "clock_running":
		return text + ": " + f.hint(e, "clock", "freeze")
	case "no_prompt":
		return text + "; --wait 5s waits for one"
	case "phone_off":
		return text + ": " + f.hint(e, "phone", "on", argumentOf(command, "phone"))
	case "default_world":
		return text + ": " + f.hint(e, "world", "reset")
	}
	return text
}

// clientFlagsOf are a command's flags that say where it works.
func clientFlagsOf(command *kong.Node) (f clientFlags) {
	for _, flag := range command.Flags {
		switch flag.Name {
		case "control":
			f.Control = flag.Target.String()
		case "world":
			f.World = flag.Target.String()
		}
	}
	return f
}

// argumentOf is what was given for a command's argument.
func argumentOf(command *kong.Node, name string) string {
	for _, a := range command.Positional {
		if a.Name == name {
			return a.Target.String()
		}
	}
	return ""
}

// inFlags is the refusal's text with the command's flag of that name in the place of
// the field that it is about: "match: error_code is …" becomes "--error-code is …".
func (r refusedError) inFlags(command *kong.Node) string {
	_, rest, found := strings.Cut(r.text, r.field)
	if !found || r.field == "" {
		return r.text
	}
	name := strings.ReplaceAll(r.field, "_", "-")
	for _, f := range command.Flags {
		if f.Name == name {
			return "--" + name + rest
		}
	}
	return r.text
}
