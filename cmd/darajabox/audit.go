package main

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"

	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// auditCmd looks at the audit log from outside.
type auditCmd struct {
	Verify auditVerifyCmd `cmd:"" help:"Verify that the log of everything that Daraja sent is unchanged."`
	Head   auditHeadCmd   `cmd:"" help:"Print the last hash of the log, to keep elsewhere."`
}

// auditFlags say which log, and how it is told.
type auditFlags struct {
	Data     string `help:"Folder of the gateway's database." default:"darajabox-data" type:"path"`
	Database string `help:"Database that several gateways share, postgres://USER:PASSWORD@HOST/NAME, of a user who may read it; or a folder, or the file gateway.db in it, as --data." placeholder:"URL|PATH"`
	Output   string `help:"Form of the answer: text for people, or json." enum:"text,json" default:"text" short:"o"`
}

// hash is SHA-256 in hex.
type hash []byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *hash) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != 32 {
		return fmt.Errorf("a hash is 64 hexadecimal digits")
	}
	*h = raw
	return nil
}

type auditVerifyCmd struct {
	ExpectHead hash  `name:"head" help:"Hash that 'audit head' printed earlier. Only this, or --at-least, finds that the end was cut off." placeholder:"HASH" env:"-"`
	AtLeast    int64 `help:"Number of entries that 'audit head' printed earlier." placeholder:"N" env:"-"`
	auditFlags
}

// Help teaches by example.
func (*auditVerifyCmd) Help() string {
	return `An entry of the log is a callback, or a person's decision. Each carries the hash of the one before. An entry that was changed, added or removed breaks the chain, and the exit code is 1. The gateway may run meanwhile; nothing is written.

    darajabox gateway audit head                      # 1042 9f2c… : write it down where the database's owner cannot reach
    darajabox gateway audit verify --head 9f2c… --at-least 1042
    darajabox gateway audit verify --database postgres://auditor@db.internal/darajabox`
}

// Run verifies.
func (c *auditVerifyCmd) Run(e *env) error {
	got, err := c.audit(e, c.ExpectHead, c.AtLeast)
	if err != nil {
		return err
	}
	switch {
	case c.Output == "json":
		err = writeJSON(e, got)
	case got.OK:
		fmt.Fprintf(e.stdout, "ok, %s, head %s\n", entries(got.Rows), got.Head)
		got.notes(e.stdout)
	default:
		got.complain(e.stderr)
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
		got.complain(e.stderr)
		return errReported
	case c.Output == "json":
		return writeJSON(e, got)
	}
	fmt.Fprintf(e.stdout, "%d %s\n", got.Rows, got.Head)
	return nil
}

// auditResult is what an audit found, in the order in which it is told.
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
	defer func() { _ = log.Close() }() // after reading it has nothing to tell
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

// entries counts those of the log: callbacks, and what people decided.
func entries(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}

// notes says what a whole log cannot prove.
func (r auditResult) notes(w io.Writer) {
	if r.Erased > 0 {
		fmt.Fprintf(w, "%d of them without their body, which was erased\n", r.Erased)
	}
	if r.Unchained > 0 {
		fmt.Fprintf(w, "%d of them from before the chain, which nothing proves\n", r.Unchained)
	}
}

// complain tells the breaks, the first one first.
func (r auditResult) complain(w io.Writer) {
	fmt.Fprintf(w, "BROKEN, %s, %s\n", entries(r.Rows), counted(r.Breaks, "break"))
	for _, b := range r.Broken {
		fmt.Fprintf(w, "  %s\n", b.Reason)
	}
	if more := r.Breaks - int64(len(r.Broken)); more > 0 {
		fmt.Fprintf(w, "  and %d more\n", more)
	}
}
