package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// become runs the program in file, and returns its exit code.
func become(e *env, file string, args, environ []string) error {
	cmd := exec.Command(file, args[1:]...) // a Ctrl-C reaches it by its console
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = lastOfEach(environ), os.Stdin, e.stdout, e.stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitError{exit.ExitCode(), errReported}
	}
	if err != nil {
		return fmt.Errorf("running %s: %w", file, err)
	}
	return nil
}
