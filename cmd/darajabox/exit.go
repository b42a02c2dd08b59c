package main

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Exit codes, the same for every command.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
)

// exitCode is an exit code with its meaning, for help and manual.
type exitCode struct {
	code    int
	meaning string
}

// exitCodes are all of them. healthcheck alone differs: container engines know 0 and 1
// only.
func exitCodes() []exitCode {
	return []exitCode{
		{exitOK, "The command did what was asked; a check holds."},
		{exitFailed, "It did not: a check does not hold, a file has a mistake, or the server refused."},
		{exitUsage, "The command line is wrong, or a check cannot be made as asked."},
		{exitUnreachable, "The simulator or gateway cannot be reached."},
	}
}

// exitCodesHelp lists the exit codes for --help.
func exitCodesHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n\n")
	for _, x := range exitCodes() {
		fmt.Fprintf(&b, "    %d  %s\n", x.code, x.meaning)
	}
	return strings.TrimRight(b.String(), "\n")
}

// exitError is an error with the exit code that it ends the process with.
type exitError struct {
	code int
	err  error
}

// Error implements error.
func (e exitError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e exitError) Unwrap() error { return e.err }

// codeOf is the exit code of a command that returned err.
func codeOf(err error) int {
	if err == nil {
		return exitOK
	}
	if x := (exitError{}); errors.As(err, &x) {
		return x.code
	}
	if refused := (refusedError{}); errors.As(err, &refused) && refused.status == http.StatusServiceUnavailable {
		return exitUnreachable // it is stopping, or its database cannot be reached
	}
	if isMalformed(err) {
		return exitUsage
	}
	return exitFailed
}

// errReported is a failure that the command has printed already.
var errReported = errors.New("reported")
