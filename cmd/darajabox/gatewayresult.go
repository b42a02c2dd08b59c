package main

import (
	"fmt"
	"io"

	"github.com/darajabox/darajabox/gateway/adminapi"
)

type resultCmd struct {
	Declare resultDeclareCmd `cmd:"" help:"Declare what a result code means that the gateway does not know."`
	List    resultListCmd    `cmd:"" help:"List the declared result codes."`
	Forget  resultForgetCmd  `cmd:"" help:"Take a declaration back."`
}

type resultDeclareCmd struct {
	Code    string `arg:"" help:"The result code, such as SFC_IC12."`
	Outcome string `arg:"" help:"failed: no money came; pending: another result follows."`
	personFlags
	adminFlags
}

// Run repeats the call while payments wait with the code.
func (c *resultDeclareCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	var total adminapi.Declared
	for {
		body := map[string]any{"code": c.Code, "outcome": c.Outcome, "note": c.Note, "by": c.by(), "after": total.Next}
		got, err := call[adminapi.Declared](e, c.adminFlags, post(body, "results"))
		if err != nil && total.Settled+total.Kept > 0 {
			return fmt.Errorf("%d payments failed by result code %s so far; repeat the command to go on: %w", total.Settled, c.Code, c.explain(e, err))
		}
		got.Settled, got.Kept = got.Settled+total.Settled, got.Kept+total.Kept
		if total = got; err != nil || got.Next == 0 {
			return answerOf(total, err).print(e, c, printDeclared)
		}
		fmt.Fprintf(e.stderr, "%d payments are settled, more follow\n", total.Settled)
	}
}

func printDeclared(w io.Writer, total adminapi.Declared) {
	fmt.Fprintf(w, "result code %s is declared: %s\n", total.Code, total.Outcome)
	fmt.Fprintf(w, "payments that waited with it and failed now: %d\n", total.Settled)
	if total.Kept > 0 {
		fmt.Fprintf(w, "payments with it that a person must look at, since a callback speaks of money: %d; see 'darajabox gateway review list'\n", total.Kept)
	}
}

type resultListCmd struct{ adminFlags }

func (c *resultListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, get("results"), func(w io.Writer, l adminapi.Results) {
		printTable(w, "No result code is declared.", "CODE|OUTCOME|BY|DECLARED|NOTE", l.Results, func(r adminapi.Result) []string {
			return []string{r.Code, string(r.Outcome), r.By, longTime(r.At.Time), r.Note}
		})
	})
}

type resultForgetCmd struct {
	Code string `arg:"" help:"The result code."`
	personFlags
	adminFlags
}

func (c *resultForgetCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	forget := post(map[string]string{"note": c.Note, "by": c.by()}, "results", c.Code, "forget")
	return callAndConfirm(e, c.adminFlags, forget, "result code "+c.Code+" is forgotten; payments that it settled stay settled")
}
