package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/darajabox/darajabox/simulator/control/client"
)

// Where commands look for running services unless a flag or a variable says otherwise.
const (
	defaultControlURL = "http://127.0.0.1:7071"
	defaultAdminURL   = "http://127.0.0.1:8081"
)

type controlFlags struct {
	Control string `help:"Base URL of the simulator's control port." default:"${controlURL}" placeholder:"URL"`
	outputFlags
}

type clientFlags struct {
	controlFlags
	World string `help:"World to work in." default:"${world}" placeholder:"ID"`
}

// hint is a command to print, for the same simulator and world.
func (f clientFlags) hint(e *env, args ...string) string {
	return e.hint([]flagValue{
		{"--control", f.Control, "DARAJABOX_CONTROL", defaultControlURL}, {"--world", f.World, "DARAJABOX_WORLD", defaultWorld},
	}, args...)
}

// client calls the simulator, for what belongs to no world.
func (f controlFlags) client() *client.Client { return client.New(f.Control, nil) }

func (f clientFlags) world() *client.Client { return f.client().In(f.World) }

// explain is the error of a call to the simulator in a shell's terms; nil for none.
func (f controlFlags) explain(e *env, err error) error {
	return endpoint{
		url: f.Control, flag: "--control", example: defaultControlURL,
		service: "simulator", listener: "simulator's control port",
	}.explain(e, err)
}

// answer is what a service answered to a call, or the error.
type answer[T any] struct {
	value T
	err   error
}

func answerOf[T any](value T, err error) answer[T] { return answer[T]{value, err} }

// callFlags are the flags of a command that calls a service.
type callFlags interface {
	asJSON() bool
	explain(e *env, err error) error // in a shell's terms; nil for none
}

// print prints the answer as JSON or by text, or explains the error.
func (a answer[T]) print(e *env, f callFlags, text func(io.Writer, T)) error {
	switch {
	case a.err != nil:
		return f.explain(e, a.err)
	case f.asJSON():
		return printJSON(e, a.value)
	}
	text(e.stdout, a.value)
	return nil
}

// confirm says to a person that a call without an answer is done, or explains the error.
func confirm(e *env, f callFlags, err error, done string) error {
	if err == nil && !f.asJSON() {
		fmt.Fprintln(e.stdout, done)
	}
	return f.explain(e, err)
}

// worldActionCmd does in a world what its command is called, and needs no more to know.
type worldActionCmd struct{ clientFlags }

func (c *worldActionCmd) Run(e *env, k *kong.Context) error {
	api, world := c.world(), "world "+c.World
	action := map[string]struct {
		do   func(context.Context) error
		done string
	}{
		"world unload":     {api.UnloadScenario, world + " has no scenario"},
		"world reset":      {api.Reset, world + " is reset"},
		"queue clear":      {api.ClearQueue, "the queue of " + world + " is empty"},
		"journal clear":    {api.ClearJournal, "the journal of " + world + " is empty"},
		"callback hold":    {api.HoldCallbacks, "callbacks of " + world + " are held; `" + c.hint(e, "callback", "release") + "` sends them"},
		"callback release": {api.ReleaseCallbacks, "callbacks of " + world + " are no longer held"},
	}[strings.Join(commandWords(k.Selected()), " ")]
	return confirm(e, c, action.do(e.ctx), action.done)
}
