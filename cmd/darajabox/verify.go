package main

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/internal/apiclient"
	"github.com/darajabox/darajabox/simulator/control/client"
)

// matchFlags describe the records that a check expects.
type matchFlags struct {
	recordFlags
	Dropped  *bool                 `help:"Callbacks that were dropped on purpose, or with --no-dropped the others." negatable:"" env:"-" json:"dropped,omitempty"`
	Copy     int                   `help:"Which copy of a callback." placeholder:"N" env:"-" json:"copy,omitempty"`
	Body     map[string]jsonOrText `help:"A field of the body that was sent, and its value; may be repeated." placeholder:"PATH=VALUE" env:"-" mapsep:"none" json:"body,omitempty"`
	Response map[string]jsonOrText `help:"A field of the answer, and its value; may be repeated." placeholder:"PATH=VALUE" env:"-" mapsep:"none" json:"response,omitempty"`
	Count    *int                  `help:"Exactly how many; at least one unless given." placeholder:"N" env:"-" json:"-"`
	AtLeast  *int                  `help:"How many at least." placeholder:"N" env:"-" json:"-"`
	AtMost   *int                  `help:"How many at most." placeholder:"N" env:"-" json:"-"`
}

func (f *matchFlags) Validate() error {
	for _, n := range []*int{f.Count, f.AtLeast, f.AtMost} {
		if n != nil && *n < 0 {
			return errors.New("a count is 0 or more")
		}
	}
	switch {
	case f.Count != nil && (f.AtLeast != nil || f.AtMost != nil):
		return errors.New("give either --count, or --at-least and --at-most")
	case f.AtLeast != nil && f.AtMost != nil && *f.AtLeast > *f.AtMost:
		return fmt.Errorf("--at-least %d is more than --at-most %d", *f.AtLeast, *f.AtMost)
	}
	return nil
}

// match is the matcher as the control API takes it.
func (f *matchFlags) match() any {
	var status any
	if f.Status != "" {
		status = numberOrText(f.Status)
	}
	return struct {
		*matchFlags
		Status any `json:"status,omitempty"`
	}{f, status}
}

// count is the count as the control API takes it; nil leaves it to the simulator.
func (f *matchFlags) count() any {
	switch {
	case f.Count != nil:
		return *f.Count
	case f.AtLeast == nil && f.AtMost == nil:
		return nil
	}
	return struct {
		AtLeast *int `json:"at_least,omitempty"`
		AtMost  *int `json:"at_most,omitempty"`
	}{f.AtLeast, f.AtMost}
}

// printVerdict prints a verdict, and fails when it is not ok. A check that cannot be made is
// a mistake of usage: exit code 1 means that it was made and does not hold.
func printVerdict(e *env, f controlFlags, v client.Verdict, err error) error {
	err = f.explain(e, err)
	var refused *apiclient.RefusedError
	switch {
	case errors.As(err, &refused) && refused.Status >= http.StatusInternalServerError:
		return exitError{exitUnreachable, err}
	case errors.As(err, &refused):
		return exitError{exitUsage, err}
	case err != nil:
		return err
	case f.Output == "json":
		err = printJSON(e, v)
	case !v.OK:
		fmt.Fprintln(e.stderr, v.Message)
	default:
		fmt.Fprintf(e.stdout, "ok, found %d\n", v.Found)
		if len(v.Records) > 0 {
			fmt.Fprintln(e.stdout)
			printRecordHeader(e.stdout)
			printRecords(e.stdout, v.Records)
		}
	}
	if err == nil && !v.OK {
		return errReported
	}
	return err
}

type journalVerifyCmd struct {
	matchFlags
	clientFlags
}

func (c *journalVerifyCmd) Run(e *env) error {
	verdict, err := c.world().Verify(e.ctx, c.match(), c.count())
	return printVerdict(e, c.controlFlags, verdict, err)
}

type journalWaitCmd struct {
	matchFlags
	Timeout time.Duration `help:"How long to wait, in real time." default:"10s" env:"-"`
	clientFlags
}

func (c *journalWaitCmd) Run(e *env) error {
	verdict, err := c.world().Wait(e.ctx, c.match(), c.count(), c.Timeout)
	return printVerdict(e, c.controlFlags, verdict, err)
}
