package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// refusedError is a server's refusal to do what a command asks. Its text serves every
// client of the API; printFailure adds the command or flag that helps in a shell.
type refusedError struct {
	status int    // of HTTP
	code   string // the same whatever the text says; "" for most
	text   string
	faults []fault // of the scenario that was sent
}

// Error implements error.
func (r refusedError) Error() string { return r.text }

// printFailure prints why a command failed.
func printFailure(w io.Writer, err error, command *kong.Node) {
	if errors.Is(err, errReported) {
		return
	}
	var refused refusedError
	if errors.As(err, &refused) {
		fmt.Fprintf(w, "darajabox: %s\n", inShell(refused, command))
		return
	}
	fmt.Fprintf(w, "darajabox: %v\n", err)
}

// inShell is a refusal in a shell's terms: a field of the request is the flag that set
// it, and what helps is a command.
func inShell(r refusedError, command *kong.Node) string {
	text := flagged(r.text, command)
	number, _, _ := strings.Cut(r.text, ":")
	switch r.code {
	case "clock_running":
		return text + ": darajabox clock freeze" + inWorld(command)
	case "no_prompt":
		return text + "; --wait 5s waits for one"
	case "phone_off":
		return text + ": darajabox phone on " + number + inWorld(command)
	case "default_world":
		return text + ": darajabox world reset"
	}
	return text
}

// inWorld is the flag for the world that the command works in, when it needs one.
func inWorld(command *kong.Node) string {
	for _, f := range command.Flags {
		if _, set := os.LookupEnv("DARAJABOX_WORLD"); f.Name == "world" && !set && f.Target.String() != f.Default {
			return " --world " + f.Target.String()
		}
	}
	return ""
}

// flagged writes the field that a refusal begins with as the command's flag of that
// name: "match: error_code is …" becomes "--error-code is …".
func flagged(text string, command *kong.Node) string {
	m := regexp.MustCompile(`^(?:match: |count: )?([a-z_]+)(?::\d+:\d+)?((?: is |: | "|\[).*)`).FindStringSubmatch(text)
	if m == nil || command == nil {
		return text
	}
	name := strings.ReplaceAll(m[1], "_", "-")
	for _, f := range command.Flags {
		if f.Name == name {
			return "--" + name + m[2]
		}
	}
	return text
}
