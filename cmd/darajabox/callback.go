package main

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

type callbackCmd struct {
	List    callbackListCmd    `cmd:"" default:"withargs" help:"List the callbacks with their status."`
	Resend  callbackResendCmd  `cmd:"" help:"Send a callback again."`
	Hold    callbackHoldCmd    `cmd:"" help:"Hold all callbacks from now on."`
	Release callbackReleaseCmd `cmd:"" help:"Send the held callbacks, and hold no more."`
}

// Help teaches by example.
func (callbackCmd) Help() string {
	return `Holds back, sends and repeats the callbacks of payments:

    darajabox callback list
    darajabox callback resend ws_CO_24112026120000153708374149
    darajabox callback hold       # payments end, but no callback is sent
    darajabox callback release`
}

// callbackState is a callback as the control API describes it.
type callbackState struct {
	ID         string    `json:"id"`
	URL        string    `json:"url"`
	Phone      string    `json:"phone"`
	Status     string    `json:"status"`
	DueAt      time.Time `json:"due_at"`
	Attempts   int       `json:"attempts"`
	LastStatus int       `json:"last_status"`
	LastError  string    `json:"last_error"`
}

// last is how the latest attempt ended.
func (c callbackState) last() string {
	switch {
	case c.LastError != "":
		return c.LastError
	case c.LastStatus != 0:
		return fmt.Sprintf("HTTP %d", c.LastStatus)
	}
	return ""
}

type callbackListCmd struct{ clientFlags }

// Run lists the callbacks.
func (c *callbackListCmd) Run(e *env) error {
	type list struct {
		Callbacks []callbackState `json:"callbacks"`
		Holding   bool            `json:"holding"`
	}
	return do(e, c.controlFlags, call{method: http.MethodGet, path: c.path("callbacks")}, func(w io.Writer, l list) {
		var rows [][]string
		for _, cb := range l.Callbacks {
			rows = append(rows, []string{cb.ID, cb.Phone, cb.Status, short(cb.DueAt), fmt.Sprint(cb.Attempts), cb.last(), cb.URL})
		}
		table(w, "There is no callback.", []string{"CALLBACK", "PHONE", "STATUS", "DUE (EAT)", "ATTEMPTS", "LATEST", "URL"}, rows)
		if l.Holding {
			fmt.Fprintf(w, "\nCallbacks are held; `%s` sends them.\n", c.hint(e, "callback", "release"))
		}
	})
}

type callbackResendCmd struct {
	ID string `arg:"" help:"ID of the callback, as 'callback list' shows it."`
	clientFlags
}

// Run sends the callback again.
func (c *callbackResendCmd) Run(e *env) error {
	return instruct(e, c.controlFlags, call{method: http.MethodPost, path: c.path("callbacks", c.ID, "resend")}, "callback "+c.ID+" is sent again")
}

type callbackHoldCmd struct{ clientFlags }

// Run holds callbacks.
func (c *callbackHoldCmd) Run(e *env) error {
	return instruct(e, c.controlFlags, call{method: http.MethodPost, path: c.path("callbacks", "hold")},
		"callbacks of world "+c.World+" are held; `"+c.hint(e, "callback", "release")+"` sends them")
}

type callbackReleaseCmd struct{ clientFlags }

// Run releases callbacks.
func (c *callbackReleaseCmd) Run(e *env) error {
	return instruct(e, c.controlFlags, call{method: http.MethodPost, path: c.path("callbacks", "release")},
		"callbacks of world "+c.World+" are no longer held")
}
