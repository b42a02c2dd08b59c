package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/internal/apiclient"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

type journalCmd struct {
	Show   journalShowCmd   `cmd:"" default:"withargs" help:"Show what happened: requests, callbacks, and the reason of each refusal."`
	Verify journalVerifyCmd `cmd:"" help:"Check what happened; exit 1 when the check does not hold, 3 when no simulator answers."`
	Wait   journalWaitCmd   `cmd:"" help:"Wait until a check holds; exit 1 when it does not in time, 3 when no simulator answers."`
	Export journalExportCmd `cmd:"" help:"Write the journal as JSON lines or HAR."`
	Clear  worldActionCmd   `cmd:"" help:"Empty the journal."`
}

// describeRecord is what a record is about, in a line.
func describeRecord(r client.Record) string {
	var parts []string
	switch {
	case r.Kind == "callback":
		if code, _ := journal.FindResult(r.Request); code != "" {
			parts = append(parts, "result "+code)
		}
		parts = append(parts, "to "+r.URL)
	case !isAction(r):
		parts = append(parts, strings.TrimSpace(r.Method+" "+r.URL))
	}
	parts = append(parts, r.ErrorCode, r.Reason)
	if r.Dropped && !slices.Contains(r.Faults, "dropped") {
		parts = append(parts, "dropped")
	}
	inReason := func(s string) bool { // a reason often names its fault and its rule
		return strings.Contains(r.Reason, s) || s == "error "+r.ErrorCode
	}
	parts = append(parts, strings.Join(slices.DeleteFunc(slices.Clone(r.Faults), inReason), ", "), r.Error)
	if r.By != "" && !inReason(r.By) {
		parts = append(parts, "by "+r.By)
	}
	return oneLine(strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; "))
}

// isAction reports whether the record's reason says what was done: its request adds nothing.
func isAction(r client.Record) bool { return r.Kind == "action" && r.Reason != "" }

// recordColumns have fixed widths, so that records that come later stand below earlier ones.
const recordColumns = "%5s  %-19s  %-8s  %-8s  %-12s  %-12s  %-6s  %s\n"

func printRecordHeader(w io.Writer) {
	fmt.Fprintf(w, recordColumns, "SEQ", "AT (EAT)", "KIND", "API", "PHONE", "REFERENCE", "STATUS", "WHAT")
}

func printRecords(w io.Writer, records []client.Record) {
	for _, r := range records {
		fmt.Fprintf(w, recordColumns, strconv.FormatUint(r.Seq, 10), formatTime(r.At, layoutMilli), string(r.Kind), orDash(string(r.API)),
			orDash(r.Phone), orDash(r.Reference), orDash(nonZero(int64(r.Status))), describeRecord(r))
	}
}

func printRecord(w io.Writer, r client.Record) {
	if isAction(r) {
		r.Method, r.URL = "", ""
	}
	rows := [][]string{
		{"record", fmt.Sprintf("%d, %s", r.Seq, r.Kind)}, {"at", formatTime(r.At, layoutWeekday+".000 EAT")},
		{"api", string(r.API)}, {"payment", r.Payment}, {"phone", r.Phone}, {"reference", r.Reference}, {"shortcode", r.Shortcode},
		{"amount", r.Amount}, {"request", strings.TrimSpace(r.Method + " " + r.URL)}, {"status", strconv.Itoa(r.Status)},
		{"error code", r.ErrorCode}, {"reason", r.Reason}, {"decided by", r.By}, {"faults", strings.Join(r.Faults, ", ")},
		{"copy", strconv.Itoa(r.Copy)}, {"error", r.Error},
	}
	printRows(w, slices.DeleteFunc(rows, func(row []string) bool { return row[1] == "" || row[1] == "0" })...)
	printBody(w, "sent", r.Request)
	printBody(w, "answered", r.Response)
}

func printBody(w io.Writer, name string, body json.RawMessage) {
	if len(body) == 0 || string(body) == "null" || string(body) == `""` {
		return
	}
	var indented bytes.Buffer
	if json.Indent(&indented, body, "  ", "  ") != nil {
		fmt.Fprintf(w, "\n%s\n%s\n", name, body)
		return
	}
	fmt.Fprintf(w, "\n%s\n  %s\n", name, &indented)
}

type recordFlags struct {
	Kind      string       `help:"Kind of the record: request, callback or action." placeholder:"KIND" env:"-" json:"kind,omitempty"`
	API       string       `help:"API: ${apis}." name:"api" placeholder:"API" env:"-" json:"api,omitempty"`
	Phone     phonePattern `help:"The customer's number, or 2547*." placeholder:"NUMBER" env:"-" json:"phone,omitempty"`
	Payment   string       `help:"CheckoutRequestID of the payment." placeholder:"ID" env:"-" json:"payment,omitempty"`
	Reference string       `help:"Account reference; * stands for anything, as in 'INV-*'." placeholder:"TEXT" env:"-" json:"reference,omitempty"`
	Shortcode string       `help:"Shortcode of the organisation." placeholder:"CODE" env:"-" json:"shortcode,omitempty"`
	Amount    string       `help:"Shillings, or a comparison such as '>= 1000', or a range such as 100..200." placeholder:"AMOUNT" env:"-" json:"amount,omitempty"`
	Where     string       `help:"Expression over the record, such as 'status >= 500 && time.hour < 6'." placeholder:"EXPR" env:"-" json:"where,omitempty"`
	Status    string       `help:"HTTP status, such as 200 or 4xx." placeholder:"STATUS" env:"-" json:"status,omitempty"`
	ErrorCode string       `help:"Error code of Daraja's, such as 404.001.03." placeholder:"CODE" env:"-" json:"error_code,omitempty"`
	URL       string       `help:"Path of a request, URL of a callback; '*…*' finds a part." name:"url" placeholder:"URL" env:"-" json:"url,omitempty"`
}

// fields are the flags that were given, by the names that the control API has for them.
func (f recordFlags) fields() map[string]string {
	var fields map[string]string
	given, _ := json.Marshal(f) // texts, which always have a JSON
	_ = json.Unmarshal(given, &fields)
	return fields
}

type filterFlags struct {
	recordFlags
	Text   string `help:"Text anywhere in the record." placeholder:"TEXT" env:"-"`
	After  uint64 `help:"Only records after this number." placeholder:"SEQ" env:"-"`
	Before uint64 `help:"Only records before this number." placeholder:"SEQ" env:"-"`
}

func (f filterFlags) query() url.Values {
	fields := f.fields()
	fields["text"], fields["after"], fields["before"] = f.Text, nonZero(f.After), nonZero(f.Before)
	return apiclient.Query(fields)
}

// none says that a journal has no records, or none that the filter lets through.
func (f filterFlags) none() string {
	if len(f.query()) == 0 {
		return "The journal is empty."
	}
	return "No record matches."
}

type journalExportCmd struct {
	Format string `help:"jsonl has a record a line, har opens in a browser's network panel." enum:"jsonl,har" default:"jsonl" env:"-"`
	Out    string `help:"File to write; standard output unless given." type:"path" placeholder:"FILE" env:"-"`
	filterFlags
	clientFlags
}

func (c *journalExportCmd) Run(e *env) (err error) {
	records, err := c.world().Export(e.ctx, c.Format, c.query())
	if err != nil {
		return c.explain(e, err)
	}
	defer records.Close()
	out := e.stdout
	if c.Out != "" {
		file, err := os.Create(c.Out)
		if err != nil {
			return fmt.Errorf("exporting the journal: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	if _, err := io.Copy(out, records); err != nil {
		return fmt.Errorf("exporting the journal: %w", err)
	}
	return nil
}
