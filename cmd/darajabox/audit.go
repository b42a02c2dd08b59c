package main

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"

	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// auditCmd reads the audit log beside a running gateway.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Verify that the log of everything that Daraja sent is unchanged."`
	Head   auditHeadCmd   `cmd:"" help:"Print the last hash of the log, to keep elsewhere."`
}

type auditFlags struct {
	Data     string `help:"Folder of the gateway's database." default:"darajabox-data" type:"path"`
	Database string `help:"Database that several gateways share, postgres://USER:PASSWORD@HOST/NAME, of a user who may read it; or a folder, or the file gateway.db in it, as --data." placeholder:"URL|PATH"`
	outputFlags
}

type auditVerifyCmd struct {
	ExpectHead hash  `name:"head" help:"Hash that 'audit head' printed earlier. Only this, or --at-least, finds that the end was cut off." placeholder:"HASH" env:"-"`
	AtLeast    int64 `help:"Number of entries that 'audit head' printed earlier." placeholder:"N" env:"-"`
	auditFlags
}

func (c *auditVerifyCmd) Run(e *env) error {
	got, err := c.audit(e, c.ExpectHead, c.AtLeast)
	switch {
	case err != nil:
		return err
	case c.Output == "json":
		err = printIndented(e, got)
	case got.OK:
		got.print(e.stdout)
	default:
		got.printBreaks(e.stderr)
	}
	if err == nil && !got.OK {
		return errReported
	}
	return err
}

type auditHeadCmd struct{ auditFlags }

// Run prints the head of a log that is whole.
func (c *auditHeadCmd) Run(e *env) error {
	got, err := c.audit(e, nil, 0)
	switch {
	case err != nil:
		return err
	case !got.OK: // the head of a broken log must not be kept as a good one
		got.printBreaks(e.stderr)
		return errReported
	case c.Output == "json":
		return printIndented(e, got)
	}
	fmt.Fprintf(e.stdout, "%d %s\n", got.Rows, got.Head)
	return nil
}

// auditResult is what an audit found, in the order of its JSON.
type auditResult struct {
	OK        bool         `json:"ok"`
	Rows      int64        `json:"rows"`
	Head      string       `json:"head"` // zeros while nothing is chained
	LastID    int64        `json:"last_id"`
	Erased    int64        `json:"erased"`
	Unchained int64        `json:"unchained"`
	Breaks    int64        `json:"breaks"`
	Broken    []auditBreak `json:"broken"`
}

type auditBreak struct {
	ID     int64  `json:"id"`
	Reason string `json:"reason"`
}

func (f auditFlags) audit(e *env, head []byte, rows int64) (auditResult, error) {
	log, err := gwapp.OpenAudit(e.ctx, cmp.Or(f.Database, f.Data))
	if err != nil {
		return auditResult{}, err
	}
	defer func() { _ = log.Close() }() // closing after reading loses nothing
	got, err := log.Verify(e.ctx, head, rows)
	if err != nil {
		return auditResult{}, err
	}
	r := auditResult{
		OK: got.OK(), Rows: got.Rows, Head: hex.EncodeToString(got.Head), LastID: got.LastID,
		Erased: got.Erased, Unchained: got.Unchained, Breaks: got.Breaks, Broken: []auditBreak{},
	}
	for _, b := range got.Broken {
		r.Broken = append(r.Broken, auditBreak(b))
	}
	return r, nil
}

// print prints a log that is whole, and what it cannot prove.
func (r auditResult) print(w io.Writer) {
	fmt.Fprintf(w, "ok, %s, head %s\n", plural(r.Rows, "entry", "entries"), r.Head)
	if r.Erased > 0 {
		fmt.Fprintf(w, "%d of them without their body, which was erased\n", r.Erased)
	}
	if r.Unchained > 0 {
		fmt.Fprintf(w, "%d of them from before the chain, which nothing proves\n", r.Unchained)
	}
}

func (r auditResult) printBreaks(w io.Writer) {
	fmt.Fprintf(w, "BROKEN, %s, %s\n", plural(r.Rows, "entry", "entries"), plural(r.Breaks, "break", "breaks"))
	for _, b := range r.Broken {
		fmt.Fprintf(w, "  %s\n", b.Reason)
	}
	if more := r.Breaks - int64(len(r.Broken)); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}
