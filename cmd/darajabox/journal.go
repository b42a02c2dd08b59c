package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

type journalCmd struct {
	Show   journalShowCmd   `cmd:"" default:"withargs" help:"Show what happened: requests, callbacks, and the reason of each refusal."`
	Verify journalVerifyCmd `cmd:"" help:"Check what happened; exit 1 when the check does not hold, 3 when no simulator answers."`
	Wait   journalWaitCmd   `cmd:"" help:"Wait until a check holds; exit 1 when it does not in time, 3 when no simulator answers."`
	Export journalExportCmd `cmd:"" help:"Write the journal as JSON lines or HAR."`
	Clear  journalClearCmd  `cmd:"" help:"Empty the journal."`
}

// Help teaches by example.
func (journalCmd) Help() string {
	return `Each record has its bodies, its time on the world's clock, and the reason of a refusal:

    darajabox journal                                    # the latest
    darajabox journal show --follow --phone 0708374149
    darajabox journal show 12                            # one record with its bodies
    darajabox journal verify --kind callback --count 1 --body Body.stkCallback.ResultCode=0
    darajabox journal export --format har --out run.har`
}

// record is a journal record as the control API describes it.
type record struct {
	Seq       uint64          `json:"seq"`
	At        time.Time       `json:"at"`
	Kind      string          `json:"kind"`
	API       string          `json:"api"`
	Payment   string          `json:"payment"`
	Phone     string          `json:"phone"`
	Reference string          `json:"reference"`
	Shortcode string          `json:"shortcode"`
	Amount    string          `json:"amount"`
	Method    string          `json:"method"`
	URL       string          `json:"url"`
	Status    int             `json:"status"`
	ErrorCode string          `json:"error_code"`
	Reason    string          `json:"reason"`
	By        string          `json:"by"`
	Faults    []string        `json:"faults"`
	Copy      int             `json:"copy"`
	Dropped   bool            `json:"dropped"`
	Error     string          `json:"error"`
	Request   json.RawMessage `json:"request"`
	Response  json.RawMessage `json:"response"`
}

// what tells in a line what the record is about.
func (r record) what() string {
	var parts []string
	say := func(s string) {
		if s != "" {
			parts = append(parts, s)
		}
	}
	switch {
	case r.Kind == "callback":
		say(r.result())
		say("to " + r.URL)
	case r.action(): // its reason says it
	default:
		say(strings.TrimSpace(r.Method + " " + r.URL))
	}
	say(r.ErrorCode)
	say(r.Reason)
	if r.Dropped && !slices.Contains(r.Faults, "dropped") {
		say("dropped")
	}
	said := func(s string) bool { // a reason often names its fault and its rule
		return strings.Contains(r.Reason, s) || s == "error "+r.ErrorCode
	}
	say(strings.Join(slices.DeleteFunc(slices.Clone(r.Faults), said), ", "))
	say(r.Error)
	if r.By != "" && !said(r.By) {
		say("by " + r.By)
	}
	return oneLine(strings.Join(parts, "; "))
}

// action reports whether the record is of something that was done to the world, with the
// reason in words: how it was asked for says nothing more.
func (r record) action() bool { return r.Kind == "action" && r.Reason != "" }

// result is the result code that an STK callback tells, "" for another body.
func (r record) result() string {
	var body struct {
		Body struct {
			STKCallback struct {
				ResultCode json.RawMessage `json:"ResultCode"`
			} `json:"stkCallback"`
		} `json:"Body"`
	}
	if json.Unmarshal(r.Request, &body) != nil || body.Body.STKCallback.ResultCode == nil {
		return ""
	}
	return "result " + strings.Trim(string(body.Body.STKCallback.ResultCode), `"`)
}

// recordColumns are of a fixed width, so that records that come later stand below
// those that came before.
const recordColumns = "%5s  %-19s  %-8s  %-8s  %-12s  %-12s  %-6s  %s\n"

func printRecordHead(w io.Writer) {
	fmt.Fprintf(w, recordColumns, "SEQ", "AT (EAT)", "KIND", "API", "PHONE", "REFERENCE", "STATUS", "WHAT")
}

func printRecords(w io.Writer, records []record) {
	for _, r := range records {
		status := "-"
		if r.Status != 0 {
			status = strconv.Itoa(r.Status)
		}
		fmt.Fprintf(w, recordColumns, strconv.FormatUint(r.Seq, 10), r.At.In(daraja.EAT()).Format(layoutMilli), r.Kind, dash(r.API),
			dash(r.Phone), dash(r.Reference), status, r.what())
	}
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return oneLine(s)
}

// printRecord shows all of one record.
func printRecord(w io.Writer, r record) {
	if r.action() {
		r.Method, r.URL = "", ""
	}
	rows := [][]string{
		{"record", fmt.Sprintf("%d, %s", r.Seq, r.Kind)}, {"at", r.At.In(daraja.EAT()).Format(layoutDay+".000") + " EAT"},
		{"api", r.API}, {"payment", r.Payment}, {"phone", r.Phone}, {"reference", r.Reference}, {"shortcode", r.Shortcode},
		{"amount", r.Amount}, {"request", strings.TrimSpace(r.Method + " " + r.URL)}, {"status", strconv.Itoa(r.Status)},
		{"error code", r.ErrorCode}, {"reason", r.Reason}, {"decided by", r.By}, {"faults", strings.Join(r.Faults, ", ")},
		{"copy", strconv.Itoa(r.Copy)}, {"error", r.Error},
	}
	aligned(w, slices.DeleteFunc(rows, func(row []string) bool { return row[1] == "" || row[1] == "0" }))
	for _, body := range []struct {
		name string
		text json.RawMessage
	}{{"sent", r.Request}, {"answered", r.Response}} {
		if len(body.text) > 0 && string(body.text) != "null" && string(body.text) != `""` {
			fmt.Fprintf(w, "\n%s\n%s\n", body.name, indent(body.text))
		}
	}
}

// filterFlags choose records.
type filterFlags struct {
	Kind      string       `help:"Only requests, callbacks or actions: request, callback, action." placeholder:"KIND" env:"-"`
	API       string       `help:"Only this API: oauth, stkpush, stkquery." name:"api" placeholder:"API" env:"-"`
	Phone     phonePattern `help:"Only this phone." placeholder:"NUMBER" env:"-"`
	Payment   string       `help:"Only this payment, by its CheckoutRequestID." placeholder:"ID" env:"-"`
	Reference string       `help:"Only this account reference." placeholder:"TEXT" env:"-"`
	Shortcode string       `help:"Only this organisation." placeholder:"CODE" env:"-"`
	Status    string       `help:"Only this HTTP status, such as 400 or 4xx." placeholder:"STATUS" env:"-"`
	ErrorCode string       `help:"Only this error code of Daraja's." placeholder:"CODE" env:"-"`
	Text      string       `help:"Only records with this text anywhere." placeholder:"TEXT" env:"-"`
	After     uint64       `help:"Only records after this number." placeholder:"SEQ" env:"-"`
	Before    uint64       `help:"Only records before this number." placeholder:"SEQ" env:"-"`
}

func (f filterFlags) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"kind": f.Kind, "api": f.API, "phone": string(f.Phone), "payment": f.Payment, "reference": f.Reference,
		"shortcode": f.Shortcode, "status": f.Status, "error_code": f.ErrorCode, "text": f.Text,
		"after": number(f.After), "before": number(f.Before),
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// none says that a journal has no records, or none that the filter lets through.
func (f filterFlags) none() string {
	if len(f.query()) == 0 {
		return "The journal is empty."
	}
	return "No record matches."
}

func number(n uint64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(n, 10)
}

type journalExportCmd struct {
	Format string `help:"jsonl has a record a line, har opens in a browser's network panel." enum:"jsonl,har" default:"jsonl" env:"-"`
	Out    string `help:"File to write; standard output unless given." type:"path" placeholder:"FILE" env:"-"`
	filterFlags
	clientFlags
}

// Help teaches by example.
func (*journalExportCmd) Help() string {
	return `Two runs with the same seed and scenario on a frozen clock write the same bytes.

    darajabox journal export > run.jsonl
    darajabox journal export --format har --out run.har --phone 0708374149`
}

// Run writes the journal.
func (c *journalExportCmd) Run(e *env) (err error) {
	resp, err := c.open(e, call{method: http.MethodGet, path: c.path("journal." + c.Format), query: c.query()})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	out := e.stdout
	if c.Out != "" {
		file, err := os.Create(c.Out)
		if err != nil {
			return fmt.Errorf("exporting the journal: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	if _, err := io.Copy(out, resp.Body); err != nil {
		return fmt.Errorf("exporting the journal: %w", err)
	}
	return nil
}

type journalClearCmd struct{ clientFlags }

// Run empties the journal.
func (c *journalClearCmd) Run(e *env) error {
	return instruct(e, c.controlFlags, call{method: http.MethodDelete, path: c.path("journal")}, "the journal of world "+c.World+" is empty")
}
