// Command darajabox is M-PESA's Daraja API on your own machine, and a payment
// gateway on top of it.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
	"github.com/darajabox/darajabox/simulator"
	simapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/product/all"
	_ "golang.org/x/crypto/x509roots/fallback" // an image from scratch has no certificates of its own
)

// cli is every command; each has a file.
type cli struct {
	Up           upCmd           `cmd:"" help:"Run everything: simulator, gateway, and an inbox that receives webhooks as a partner (your shop or app) does."`
	Simulator    simulatorCmd    `cmd:"" help:"Run the Daraja simulator alone."`
	Gateway      gatewayCmd      `cmd:"" help:"Run the payment gateway alone, or administer a running one."`
	Inbox        inboxCmd        `cmd:"" help:"Run the inbox alone: it receives and prints webhooks as a partner (your shop or app) does."`
	Scenario     scenarioCmd     `cmd:"" help:"Check, list, show and write scenario files."`
	World        worldCmd        `cmd:"" help:"Create, list, reset, snapshot and delete worlds: isolated copies of the simulator."`
	Clock        clockCmd        `cmd:"" help:"Read, freeze, run and advance a world's clock."`
	Phone        phoneCmd        `cmd:"" help:"Act as the customer: enter the PIN, cancel, switch the phone off."`
	Organisation organisationCmd `cmd:"" help:"List and edit organisations: accounts, limits, initiators."`
	App          appCmd          `cmd:"" help:"List apps, and change which products they may use."`
	Pay          payCmd          `cmd:"" help:"Make a payment: an STK push without an app."`
	Payments     paymentsCmd     `cmd:"" help:"List payments with their status, and what happened to each."`
	Product      productCmd      `cmd:"" help:"List the products of Daraja that are simulated, and do what customers do without its API."`
	Queue        queueCmd        `cmd:"" help:"Queue the outcomes of the next payments."`
	Journal      journalCmd      `cmd:"" help:"Show, follow, check and export what happened."`
	Callback     callbackCmd     `cmd:"" help:"List, resend, hold and release callbacks."`
	Certificate  certificateCmd  `cmd:"" aliases:"cert" help:"Print the certificate with which an app encrypts an initiator's password, or the SecurityCredential of a password."`
	Env          envCmd          `cmd:"" help:"Print the variables that bring an app with Safaricom's hosts built in to the simulator, or run a command with them."`
	Healthcheck  healthcheckCmd  `cmd:"" help:"Check that a service is healthy; exit 0 when it is, 1 when it is not or does not answer."`
	Help         helpCmd         `cmd:"" help:"Print the help of a command."`
	Completion   completionCmd   `cmd:"" help:"Print the completion script of a shell: bash, zsh or fish."`
	Man          manCmd          `cmd:"" hidden:"" help:"Write the manual pages into a folder."`
	Version      versionCmd      `cmd:"" help:"Print the version."`

	VersionFlag kong.VersionFlag `name:"version" short:"V" env:"-" help:"Print the version."`
}

// env is what a command uses of its process.
type env struct {
	ctx    context.Context // ends on Ctrl-C
	stdout io.Writer
	stderr io.Writer

	program string                                          // begins the commands that are printed; "" is darajabox
	become  func(file string, args, environ []string) error // runs a program in the place of this one; nil does so
}

func main() {
	log.SetOutput(io.Discard) // net/http logs here what a partner's system sent, phone numbers too; our own code has a logger
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals()...)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	os.Exit(run(env{ctx: ctx, stdout: os.Stdout, stderr: os.Stderr, program: thisProcess().commandPrefix()}, os.Args[1:]))
}

// ignoreSIGPIPE keeps a service running when the reader of its output is gone: "up | head".
func ignoreSIGPIPE() { signal.Ignore(syscall.SIGPIPE) }

// stopSignals end a service as Ctrl-C does. A closed terminal sends SIGHUP; nohup ignores it.
func stopSignals() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

// exitStatus carries an exit code out of kong, which ends the process after --help.
type exitStatus int

func run(e env, args []string) (code int) {
	defer func() {
		if status, ok := recover().(exitStatus); ok {
			code = int(status)
		}
	}()
	var c cli
	parser := newParser(&e, &c)
	if os.Getenv("COMP_LINE") != "" {
		return completions(e, parser)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	cmd, err := parser.Parse(args)
	if err != nil {
		printUsage(&e, err, args)
		return exitUsage
	}
	if err = cmd.Run(); err != nil {
		printFailure(&e, err, cmd.Selected())
	}
	return codeOf(err)
}

func newParser(e *env, c *cli) *kong.Kong {
	return kong.Must(c,
		kong.Name("darajabox"),
		kong.Description("M-PESA's Daraja API simulated on your own machine, and a payment gateway on top of it.\n\nFlags that name an environment variable can be set by it too.\n\n"+exitCodesHelp()),
		kong.DefaultEnvars("DARAJABOX"),
		kong.Bind(e),
		kong.PostBuild(func(k *kong.Kong) error { addLongHelp(k.Model.Node); return nil }),
		kong.Writers(e.stdout, e.stderr),
		kong.Exit(func(code int) { panic(exitStatus(code)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Vars{
			"localKey": localKey, "controlURL": defaultControlURL, "adminURL": defaultAdminURL, "world": defaultWorld, "data": defaultData, "proxyAddr": simapp.DefaultProxyAddr,
			"version": thisBuild().String(), "paymentStatuses": joinWords(simulator.PaymentStatuses(), ","), "apis": joinWords(all.Catalogue().APIs(), ", "),
		},
	)
}
