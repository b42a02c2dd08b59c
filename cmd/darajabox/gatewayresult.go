package main

import (
	"fmt"
	"io"
	"time"
)

type resultCmd struct {
	Declare resultDeclareCmd `cmd:"" help:"Declare what a result code means that the gateway does not know."`
	List    resultListCmd    `cmd:"" help:"List the declared result codes."`
	Forget  resultForgetCmd  `cmd:"" help:"Take a declaration back."`
}

type resultInfo struct {
	Code    string    `json:"code"`
	Outcome string    `json:"outcome"`
	Note    string    `json:"note"`
	By      string    `json:"by"`
	At      time.Time `json:"declared_at"`
	Settled int       `json:"settled"`
	Kept    int       `json:"kept"`
	Next    int64     `json:"next"`
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
	var total resultInfo
	for {
		body := map[string]any{"code": c.Code, "outcome": c.Outcome, "note": c.Note, "by": c.by(), "after": total.Next}
		_, got, err := call[resultInfo](e, c.adminFlags, post(body, "results"))
		if err != nil {
			if total.Settled+total.Kept > 0 {
				return fmt.Errorf("%d payments failed by result code %s so far; repeat the command to go on: %w", total.Settled, c.Code, err)
			}
			return err
		}
		got.Settled, got.Kept = got.Settled+total.Settled, got.Kept+total.Kept
		if total = got; got.Next == 0 {
			return c.printTotal(e, total)
		}
		fmt.Fprintf(e.stderr, "%d payments are settled, more follow\n", total.Settled)
	}
}

func (c *resultDeclareCmd) printTotal(e *env, total resultInfo) error {
	if c.Output == "json" {
		return printJSON(e, total)
	}
	fmt.Fprintf(e.stdout, "result code %s is declared: %s\n", total.Code, total.Outcome)
	fmt.Fprintf(e.stdout, "payments that waited with it and failed now: %d\n", total.Settled)
	if total.Kept > 0 {
		fmt.Fprintf(e.stdout, "payments with it that a person must look at, since a callback speaks of money: %d; see 'darajabox gateway review list'\n", total.Kept)
	}
	return nil
}

type resultListCmd struct{ adminFlags }

func (c *resultListCmd) Run(e *env) error {
	return callAndPrint(e, c.adminFlags, get("results"), func(w io.Writer, l struct{ Results []resultInfo }) {
		printTable(w, "No result code is declared.", "CODE|OUTCOME|BY|DECLARED|NOTE", l.Results, func(r resultInfo) []string {
			return []string{r.Code, r.Outcome, r.By, longTime(r.At), r.Note}
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
