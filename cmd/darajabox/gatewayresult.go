package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

type resultCmd struct {
	Declare resultDeclareCmd `cmd:"" help:"Declare what a result code means that the gateway does not know."`
	List    resultListCmd    `cmd:"" help:"List the declared result codes."`
	Forget  resultForgetCmd  `cmd:"" help:"Take a declaration back."`
}

// Help teaches by example.
func (resultCmd) Help() string {
	return `M-PESA sometimes adds result codes. A code in the form of M-PESA's codes, such as 1050, is a failure. The gateway does not guess what another form means: its payments wait, and 'gateway review list' shows them. Ask Safaricom, then declare the code. Codes that the gateway knows can't be declared, and no code can be declared a success: only result 0 with a receipt proves that money came.

    darajabox gateway result declare SFC_IC12 failed --note "per Safaricom's mail of 24 November"
    darajabox gateway result list
    darajabox gateway result forget SFC_IC12 --note "declared by mistake"`
}

// resultInfo is a declared code as the administration describes it.
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

// Help teaches by example.
func (*resultDeclareCmd) Help() string {
	return `After failed, the payments that wait with the code fail too, and their partners get the webhook. This cannot be taken back. Payments of which a callback had a receipt are left to you: see 'gateway review list'. After pending, its payments wait for another result. The same declaration may be made again.

    darajabox gateway result declare SFC_IC12 failed --note "per Safaricom's mail of 24 November"`
}

// Run declares the code, and goes on while payments wait with it.
func (c *resultDeclareCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	var total resultInfo
	for {
		body, err := c.ask(e, post(map[string]any{
			"code": c.Code, "outcome": c.Outcome, "note": c.Note, "by": c.by(), "after": total.Next,
		}, "results"))
		if err != nil {
			if total.Settled+total.Kept > 0 {
				return fmt.Errorf("%d payments failed by result code %s so far; repeat the command to go on: %w", total.Settled, c.Code, err)
			}
			return err
		}
		var got resultInfo
		if err := c.decode(body, &got); err != nil {
			return err
		}
		got.Settled, got.Kept = got.Settled+total.Settled, got.Kept+total.Kept
		if total = got; got.Next == 0 {
			return c.print(e, total)
		}
		fmt.Fprintf(e.stderr, "%d payments are settled, more follow\n", total.Settled)
	}
}

// print prints what all calls together have done.
func (c *resultDeclareCmd) print(e *env, total resultInfo) error {
	if c.form() == "json" {
		return json.NewEncoder(e.stdout).Encode(total)
	}
	fmt.Fprintf(e.stdout, "result code %s is declared: %s\n", total.Code, total.Outcome)
	fmt.Fprintf(e.stdout, "payments that waited with it and failed now: %d\n", total.Settled)
	if total.Kept > 0 {
		fmt.Fprintf(e.stdout, "payments with it that a person must look at, since a callback speaks of money: %d; see 'darajabox gateway review list'\n", total.Kept)
	}
	return nil
}

type resultListCmd struct{ adminFlags }

// Run lists the declared codes.
func (c *resultListCmd) Run(e *env) error {
	type list struct {
		Results []resultInfo `json:"results"`
	}
	return do(e, c.adminFlags, get("results"), func(w io.Writer, l list) {
		var rows [][]string
		for _, r := range l.Results {
			rows = append(rows, []string{r.Code, r.Outcome, r.By, day(r.At), r.Note})
		}
		table(w, "No result code is declared.", []string{"CODE", "OUTCOME", "BY", "DECLARED", "NOTE"}, rows)
	})
}

type resultForgetCmd struct {
	Code string `arg:"" help:"The result code."`
	personFlags
	adminFlags
}

// Help teaches by example.
func (*resultForgetCmd) Help() string {
	return `Payments that the declaration settled stay settled. Later ones are treated as if the code had not been declared.

    darajabox gateway result forget SFC_IC12 --note "declared by mistake"`
}

// Run takes the declaration back.
func (c *resultForgetCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	ask := post(map[string]string{"note": c.Note, "by": c.by()}, "results", c.Code, "forget")
	return instruct(e, c.adminFlags, ask, "result code "+c.Code+" is forgotten; payments that it settled stay settled")
}
