package main

// helpCmd prints a command's help, as --help behind it does.
type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command, such as: world load."`
}

// Run prints the help.
func (c *helpCmd) Run(e *env) error {
	if code := run(*e, append(c.Command, "--help")); code != exitOK {
		return exitError{code: code, err: errReported}
	}
	return nil
}
