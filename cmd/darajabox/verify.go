package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// matchFlags describe records that somebody expects.
type matchFlags struct {
	Kind      string            `help:"What it is: request, callback, action." placeholder:"KIND" env:"-"`
	API       string            `help:"oauth, stkpush, stkquery." name:"api" placeholder:"API" env:"-"`
	Phone     phonePattern      `help:"The customer's number, or 2547*." placeholder:"NUMBER" env:"-"`
	Payment   string            `help:"CheckoutRequestID." placeholder:"ID" env:"-"`
	Reference string            `help:"Account reference; * stands for anything, as in 'INV-*'." placeholder:"TEXT" env:"-"`
	Shortcode string            `help:"The organisation's." placeholder:"CODE" env:"-"`
	Status    string            `help:"HTTP status, such as 200 or 4xx." placeholder:"STATUS" env:"-"`
	ErrorCode string            `help:"Error code of Daraja's, such as 404.001.03." placeholder:"CODE" env:"-"`
	URL       string            `help:"Path of a request, URL of a callback; '*…*' finds a part." name:"url" placeholder:"URL" env:"-"`
	Dropped   *bool             `help:"Callbacks that were dropped on purpose, or with --no-dropped the others." negatable:"" env:"-"`
	Copy      int               `help:"Which copy of a callback." placeholder:"N" env:"-"`
	Body      map[string]string `help:"A field of the body that was sent, and its value; may be repeated." placeholder:"PATH=VALUE" env:"-" mapsep:"none"`
	Response  map[string]string `help:"A field of the answer, and its value; may be repeated." placeholder:"PATH=VALUE" env:"-" mapsep:"none"`
	Count     *int              `help:"Exactly how many; at least one unless given." placeholder:"N" env:"-"`
	AtLeast   *int              `help:"How many at least." placeholder:"N" env:"-"`
	AtMost    *int              `help:"How many at most." placeholder:"N" env:"-"`
}

// Validate refuses counts that contradict each other.
func (f *matchFlags) Validate() error {
	for _, n := range []*int{f.Count, f.AtLeast, f.AtMost} {
		if n != nil && *n < 0 {
			return errors.New("a count is 0 or more")
		}
	}
	switch {
	case f.Count != nil && (f.AtLeast != nil || f.AtMost != nil):
		return errors.New("say either --count or --at-least and --at-most")
	case f.AtLeast != nil && f.AtMost != nil && *f.AtLeast > *f.AtMost:
		return fmt.Errorf("--at-least %d is more than --at-most %d", *f.AtLeast, *f.AtMost)
	}
	return nil
}

// match is the matcher as the control API takes it.
func (f *matchFlags) match() map[string]any {
	m := map[string]any{}
	for name, value := range map[string]string{
		"kind": f.Kind, "api": f.API, "phone": string(f.Phone), "payment": f.Payment, "reference": f.Reference,
		"shortcode": f.Shortcode, "error_code": f.ErrorCode, "url": f.URL,
	} {
		if value != "" {
			m[name] = value
		}
	}
	if f.Status != "" {
		m["status"] = numberOrText(f.Status)
	}
	if f.Dropped != nil {
		m["dropped"] = *f.Dropped
	}
	if f.Copy != 0 {
		m["copy"] = f.Copy
	}
	for name, fields := range map[string]map[string]string{"body": f.Body, "response": f.Response} {
		if len(fields) > 0 {
			values := map[string]any{}
			for path, value := range fields {
				values[path] = literal(value)
			}
			m[name] = values
		}
	}
	return m
}

// count is the count as the control API takes it; nil leaves it to the simulator.
func (f *matchFlags) count() any {
	if f.Count != nil {
		return *f.Count
	}
	bounds := map[string]int{}
	if f.AtLeast != nil {
		bounds["at_least"] = *f.AtLeast
	}
	if f.AtMost != nil {
		bounds["at_most"] = *f.AtMost
	}
	if len(bounds) == 0 {
		return nil
	}
	return bounds
}

// expectation is the body of verify and wait.
type expectation struct {
	Match   map[string]any `json:"match"`
	Count   any            `json:"count,omitempty"`
	Timeout string         `json:"timeout,omitempty"`
}

// numberOrText is a number when s is one as JSON writes it.
func numberOrText(s string) any {
	if _, err := strconv.ParseInt(s, 10, 64); err == nil && json.Valid([]byte(s)) {
		return json.Number(s)
	}
	return s
}

// literal is the value that s has as JSON: 0, true, "0", null. All else is text.
func literal(s string) any {
	if json.Valid([]byte(s)) {
		return json.RawMessage(s)
	}
	return s
}

// verdictCodes are the exit codes of verify and wait.
const verdictCodes = `Exit codes:

    0  The check holds.
    1  The check does not hold.
    2  The command line is wrong, or the check cannot be made: no such world, field or value.
    3  The simulator cannot be reached.`

// verdict is the answer of verify and wait.
type verdict struct {
	OK      bool     `json:"ok"`
	Found   int      `json:"found"`
	Message string   `json:"message"`
	Records []record `json:"records"`
}

// judge asks for a verdict, prints it, and fails when it is not ok. A check that cannot
// be made, such as one in a world that does not exist, is a mistake of usage: exit code
// 1 means that the check was made and does not hold.
func judge(e *env, f controlFlags, c call) error {
	body, err := f.ask(e, c)
	if refused := (refusedError{}); errors.As(err, &refused) {
		if refused.status >= http.StatusInternalServerError {
			return exitError{exitUnreachable, err}
		}
		return exitError{exitUsage, err}
	}
	if err != nil {
		return err
	}
	var v verdict
	if err := f.decode(body, &v); err != nil {
		return err
	}
	switch {
	case f.Output == "json":
		fmt.Fprintf(e.stdout, "%s\n", bytes.TrimSpace(body))
	case v.OK:
		printVerdict(e.stdout, v)
	default:
		fmt.Fprintln(e.stderr, v.Message)
	}
	if !v.OK {
		return errReported
	}
	return nil
}

func printVerdict(w io.Writer, v verdict) {
	fmt.Fprintf(w, "ok, found %d\n", v.Found)
	if len(v.Records) > 0 {
		fmt.Fprintln(w)
		printRecordHead(w)
		printRecords(w, v.Records)
	}
}

type journalVerifyCmd struct {
	matchFlags
	clientFlags
}

// Help teaches by example.
func (*journalVerifyCmd) Help() string {
	return `When the check does not hold, the records that nearly match are shown. * stands for any characters. A value that is JSON is compared as such: 0 is a number and '"0"' a text.

    darajabox journal verify --kind callback --phone 0708374149 --count 1 --body Body.stkCallback.ResultCode=0
    darajabox journal verify --api stkpush --status 4xx --count 0
    darajabox journal verify --kind callback --reference 'INV-*' --at-least 1 --at-most 2

` + verdictCodes
}

// Run checks.
func (c *journalVerifyCmd) Run(e *env) error {
	return judge(e, c.controlFlags, call{
		method: http.MethodPost, path: c.path("journal", "verify"), body: expectation{Match: c.match(), Count: c.count()},
	})
}

type journalWaitCmd struct {
	matchFlags
	Timeout time.Duration `help:"How long to wait, in real time." default:"10s" env:"-"`
	clientFlags
}

// Help teaches by example.
func (*journalWaitCmd) Help() string {
	return `Waits in real time until the check holds. On a frozen clock nothing happens by itself: 'clock advance' moves it.

    darajabox journal wait --timeout 10s --kind callback --phone 0708374149
    darajabox journal wait --api stkpush --reference INV-1 && darajabox phone cancel 0708374149

` + verdictCodes
}

// Run waits.
func (c *journalWaitCmd) Run(e *env) error {
	return judge(e, c.controlFlags, call{
		method: http.MethodPost, path: c.path("journal", "wait"), accept: http.StatusRequestTimeout,
		body: expectation{Match: c.match(), Count: c.count(), Timeout: c.Timeout.String()},
	})
}
