//go:build !windows

package main

import (
	"fmt"
	"syscall"
)

// become makes this process the program in file: signals and the exit code are the
// program's own. It returns only when it fails.
func become(_ *env, file string, args, environ []string) error {
	environ = lastOfEach(environ)
	if err := syscall.Exec(file, args, environ); err != nil { //nolint:gosec // the user's own command
		return fmt.Errorf("running %s: %w", file, err)
	}
	return nil
}
