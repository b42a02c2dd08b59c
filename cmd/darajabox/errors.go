package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/apiclient"
	"github.com/darajabox/darajabox/internal/listen"
)

// Exit codes, the same for every command.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
)

type exitCode struct {
	Code    int
	Meaning string
}

// exitCodes are all. healthcheck alone differs: container engines know 0 and 1 only.
func exitCodes() []exitCode {
	return []exitCode{
		{exitOK, "The command did what was asked; a check holds."},
		{exitFailed, "It did not: a check does not hold, a file has a mistake, or the server refused."},
		{exitUsage, "The command line is wrong, or a check cannot be made as asked."},
		{exitUnreachable, "The simulator or gateway cannot be reached."},
	}
}

func exitCodesHelp() string {
	text := "Exit codes:\n"
	for _, x := range exitCodes() {
		text += fmt.Sprintf("\n    %d  %s", x.Code, x.Meaning)
	}
	return text
}

// exitError is an error with the exit code that it ends the process with.
type exitError struct {
	code int
	error
}

func (e exitError) Unwrap() error { return e.error }

func usageError(format string, args ...any) error {
	return exitError{exitUsage, fmt.Errorf(format, args...)}
}

// errReported is a failure that the command has printed already.
var errReported = errors.New("reported")

func codeOf(err error) int {
	var exit exitError
	var refused *apiclient.RefusedError
	var address *listen.Error
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &refused) && refused.Status == http.StatusServiceUnavailable:
		return exitUnreachable // it is stopping, or its database cannot be reached
	case errors.As(err, &address) && address.Reason == listen.Malformed:
		return exitUsage
	}
	return exitFailed
}

// endpoint is a service that a command calls, as error messages describe it.
type endpoint struct {
	url      string // base URL
	flag     string // that gave the URL
	example  string // of a URL
	service  string // what runs there, and the command that starts one
	listener string // what listens there
}

// explain is the error of a call to the service in a shell's terms, with its exit code;
// nil for none. A refusal stays an *apiclient.RefusedError.
func (p endpoint) explain(e *env, err error) error {
	base, urlErr := url.Parse(p.url)
	refused, unread, dial := (*apiclient.RefusedError)(nil), (*apiclient.AnswerError)(nil), (*net.OpError)(nil)
	switch {
	case err == nil:
		return nil
	case urlErr != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https":
		return usageError("%s %q is not a URL; write one such as %s", p.flag, p.url, p.example)
	case errors.As(err, &refused):
		return p.refusal(refused)
	case errors.As(err, &unread):
		return unreachable("the answer of %s is not that of a %s; set %s URL: %w", p.url, p.listener, p.flag, unread.Err)
	case errors.Is(err, apiclient.ErrTooLarge):
		return fmt.Errorf("%w; ask for less with --limit", err)
	case errors.As(err, &dial) && dial.Op == "dial":
		return unreachable("no %s answers at %s; start one with `%s`, or set %s URL", p.service, p.url, e.command(p.service), p.flag)
	}
	return unreachable("calling the %s: %w", p.service, err)
}

func unreachable(format string, args ...any) error {
	return exitError{exitUnreachable, fmt.Errorf(format, args...)}
}

// refusal distinguishes a refusal of the service from the answer of another server.
func (p endpoint) refusal(refused *apiclient.RefusedError) error {
	var envelope daraja.Envelope
	switch {
	case json.Unmarshal(refused.Body, &envelope) == nil && envelope.ErrorCode != "" && envelope.ErrorMessage != "":
		return unreachable("%s is the address of the Daraja API, not that of a %s; set %s URL, such as %s", p.url, p.listener, p.flag, p.example)
	case refused.Message == "":
		return unreachable("%s answers %s and may not be a %s; set %s URL", p.url, refused.StatusLine, p.listener, p.flag)
	case refused.Method == http.MethodGet && refused.Status == http.StatusBadRequest:
		// All that can be wrong with a request that only reads is what the command line says.
		return exitError{exitUsage, refused}
	}
	return refused
}

// printFailure prints why a command failed. The text of a refusal serves every client of an
// API; printFailure adds the command or flag that helps in a shell.
func printFailure(e *env, err error, command *kong.Node) {
	if errors.Is(err, errReported) {
		return
	}
	text := err.Error()
	var refused *apiclient.RefusedError
	if errors.As(err, &refused) {
		text = refusalText(e, refused, command)
	}
	fmt.Fprintf(e.stderr, "darajabox: %s\n", text)
}

// refusalText is a refusal in a shell's terms: a field of the request is the flag that set
// it, and what helps is a command for the same simulator and world.
func refusalText(e *env, r *apiclient.RefusedError, command *kong.Node) string {
	text := r.Message
	given := map[string]string{} // values of flags and arguments
	for _, f := range command.Flags {
		given[f.Name] = f.Target.String()
	}
	flag := strings.ReplaceAll(r.Field, "_", "-")
	if _, rest, found := strings.Cut(text, r.Field); found && r.Field != "" {
		if _, isFlag := given[flag]; isFlag { // "match: error_code is …" becomes "--error-code is …"
			text = "--" + flag + rest
		}
	}
	for _, a := range command.Positional {
		given[a.Name] = a.Target.String()
	}
	f := clientFlags{controlFlags{Control: given["control"]}, given["world"]}
	switch r.Code {
	case "clock_running":
		return text + ": " + f.hint(e, "clock", "freeze")
	case "no_prompt":
		return text + "; --wait 5s waits for one"
	case "phone_off":
		return text + ": " + f.hint(e, "phone", "on", given["phone"])
	case "default_world":
		return text + ": " + f.hint(e, "world", "reset")
	}
	return text
}
