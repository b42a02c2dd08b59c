package main

import (
	"fmt"
	"io"

	"github.com/darajabox/darajabox/simulator/control/client"
)

type callbackCmd struct {
	List    callbackListCmd   `cmd:"" default:"withargs" help:"List the callbacks with their status."`
	Resend  callbackResendCmd `cmd:"" help:"Send a callback again."`
	Hold    worldActionCmd    `cmd:"" help:"Hold all callbacks from now on."`
	Release worldActionCmd    `cmd:"" help:"Send the held callbacks, and hold no more."`
}

func lastAttempt(c client.Callback) string {
	if c.LastError == "" && c.LastStatus != 0 {
		return fmt.Sprintf("HTTP %d", c.LastStatus)
	}
	return c.LastError
}

type callbackListCmd struct{ clientFlags }

func (c *callbackListCmd) Run(e *env) error {
	return answerOf(c.world().Callbacks(e.ctx)).print(e, c, func(w io.Writer, l client.Callbacks) {
		const header = "CALLBACK|PHONE|STATUS|DUE (EAT)|ATTEMPTS|LATEST|URL"
		printTable(w, "There is no callback.", header, l.Callbacks, func(cb client.Callback) []string {
			return []string{cb.ID, cb.Phone, cb.Status, shortTime(cb.DueAt), fmt.Sprint(cb.Attempts), lastAttempt(cb), cb.URL}
		})
		if l.Holding {
			fmt.Fprintf(w, "\nCallbacks are held; `%s` sends them.\n", c.hint(e, "callback", "release"))
		}
	})
}

type callbackResendCmd struct {
	ID string `arg:"" help:"ID of the callback, as 'callback list' shows it."`
	clientFlags
}

func (c *callbackResendCmd) Run(e *env) error {
	return confirm(e, c, c.world().ResendCallback(e.ctx, c.ID), "callback "+c.ID+" is sent again")
}
