// Command darajabox is M-PESA's Daraja API on your own machine, and a payment
// gateway on top of it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	_ "golang.org/x/crypto/x509roots/fallback" // an image from scratch has no certificates of its own
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// cli is every command; each has a file.
type cli struct {
	Up          upCmd          `cmd:"" help:"Run everything: simulator, gateway and an inbox that plays the partner."`
	Simulator   simulatorCmd   `cmd:"" help:"Run the fake Daraja alone."`
	Gateway     gatewayCmd     `cmd:"" help:"Run the payment gateway alone, or administer one that runs."`
	Inbox       inboxCmd       `cmd:"" help:"Run the inbox that plays the partner alone."`
	Scenario    scenarioCmd    `cmd:"" help:"Work with scenario files."`
	World       worldCmd       `cmd:"" help:"Make, list, reset, snapshot and delete a running simulator's worlds."`
	Clock       clockCmd       `cmd:"" help:"Read, freeze, run and advance a world's clock."`
	Phone       phoneCmd       `cmd:"" help:"Be the customer: enter the PIN, cancel, switch the phone off."`
	Queue       queueCmd       `cmd:"" help:"Decide the next outcomes."`
	Journal     journalCmd     `cmd:"" help:"See, follow, check and export what happened."`
	Callback    callbackCmd    `cmd:"" help:"List, resend, hold and release callbacks."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask a service whether it is well; exit 0 when it is."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
}

// env is what a command may touch of the world outside.
type env struct {
	ctx    context.Context // ends on Ctrl-C
	stdout io.Writer
	stderr io.Writer

	program string // how the commands that are printed begin; "" is darajabox
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	program := thisProcess().program()
	os.Exit(run(env{ctx: ctx, stdout: os.Stdout, stderr: pasting(os.Stderr, program), program: program}, os.Args[1:]))
}

// leave carries an exit code out of kong, which ends the process after --help.
type leave int

func run(e env, args []string) (code int) {
	defer func() {
		if l, ok := recover().(leave); ok {
			code = int(l)
		}
	}()
	var c cli
	parser := kong.Must(&c,
		kong.Name("darajabox"),
		kong.Description("M-PESA's Daraja API on your own machine, and a payment gateway on top of it.\n\nFlags that name an environment variable can be given by it too."),
		kong.DefaultEnvars("DARAJABOX"),
		kong.Writers(e.stdout, e.stderr),
		kong.Exit(func(code int) { panic(leave(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Vars{"localKey": localKey},
	)
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(e.stderr, "darajabox: %v\nTry 'darajabox --help'.\n", err)
		return exitUsage
	}
	if err := cmd.Run(&e); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintf(e.stderr, "darajabox: %v\n", err)
		}
		return exitFailed
	}
	return exitOK
}

// errReported is a failure that the command has told about already.
var errReported = errors.New("reported")
