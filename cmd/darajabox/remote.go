package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// call is a request to an API.
type call struct {
	method, path string
	query        url.Values
	body         any // sent as JSON, YAML as it is; nil sends none
	accept       int // a status beside 2xx that is an answer and no refusal
}

// yamlText is a body that is sent as it is.
type yamlText string

// maxAnswer is more than a page of the journal has.
const maxAnswer = 256 << 20

// remote is a service that runs, with what to say of it when it cannot be spoken to.
type remote struct {
	base    string   // of its URL
	flag    string   // that gave base
	example string   // of base
	token   string   // shown as a bearer token; "" shows none
	service string   // what it is
	start   []string // the command that starts one
	port    string   // what listens there
}

// ask sends a request and returns the body of its answer. The error of a refusal is
// what the service says.
func (f remote) ask(e *env, c call) ([]byte, error) {
	resp, err := f.open(e, c)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, exitError{exitUnreachable, fmt.Errorf("reading the answer of %s: %w", f.base, err)}
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the answer is over %d bytes; ask for less with --limit", maxAnswer)
	}
	return body, nil
}

// open sends a request. The body of what it returns is open, and an answer.
func (f remote) open(e *env, c call) (*http.Response, error) {
	req, err := f.request(e, c)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, f.unreachable(e, err)
	}
	if resp.StatusCode/100 == 2 || resp.StatusCode == c.accept {
		return resp, nil
	}
	defer resp.Body.Close()
	err = f.refusal(resp)
	if c.method == http.MethodGet && resp.StatusCode == http.StatusBadRequest {
		// All that can be wrong with a request that only reads is what the command line says.
		return nil, exitError{exitUsage, err}
	}
	return nil, err
}

func (f remote) request(e *env, c call) (*http.Request, error) {
	base, err := url.Parse(f.base)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, exitError{exitUsage, fmt.Errorf("%s %q is not a URL; write one such as %s", f.flag, f.base, f.example)}
	}
	target := strings.TrimRight(f.base, "/") + c.path
	if len(c.query) > 0 {
		target += "?" + c.query.Encode()
	}
	body, kind, err := c.encode()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(e.ctx, c.method, target, body)
	if err != nil {
		return nil, exitError{exitUsage, fmt.Errorf("%s %q: %w", f.flag, f.base, err)}
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if f.token != "" {
		req.Header.Set("Authorization", "Bearer "+f.token)
	}
	return req, nil
}

// encode is the body and its Content-Type.
func (c call) encode() (body io.Reader, kind string, err error) {
	switch b := c.body.(type) {
	case nil:
		return nil, "", nil
	case yamlText:
		return strings.NewReader(string(b)), "application/yaml", nil
	}
	sent, err := json.Marshal(c.body)
	if err != nil {
		return nil, "", fmt.Errorf("encoding the request: %w", err)
	}
	return bytes.NewReader(sent), "application/json", nil
}

// unreachable says what to do when there is no answer.
func (f remote) unreachable(e *env, err error) error {
	if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" {
		return exitError{exitUnreachable, fmt.Errorf("no %s answers at %s; start one with `%s`, or set %s URL", f.service, f.base, e.command(f.start...), f.flag)}
	}
	return exitError{exitUnreachable, fmt.Errorf("asking the %s: %w", f.service, err)}
}

// refusal is what the service says when it does not do what was asked.
func (f remote) refusal(resp *http.Response) error {
	const enough = 1 << 20
	body, _ := io.ReadAll(io.LimitReader(resp.Body, enough)) // half of an explanation is better than none
	var said struct {
		Error  string  `json:"error"`
		Code   string  `json:"code"`
		Field  string  `json:"field"`
		Faults []fault `json:"faults"`
	}
	if isDaraja(body) {
		return exitError{exitUnreachable, fmt.Errorf("%s is the address of the Daraja API, not that of a %s; set %s URL, such as %s", f.base, f.port, f.flag, f.example)}
	}
	if json.Unmarshal(body, &said) != nil || said.Error == "" {
		return exitError{exitUnreachable, fmt.Errorf("%s answers %s and may not be a %s; set %s URL", f.base, resp.Status, f.port, f.flag)}
	}
	return refusedError{status: resp.StatusCode, code: said.Code, field: said.Field, text: said.Error, faults: said.Faults}
}

// isDaraja reports whether a refusal is one of Daraja's.
func isDaraja(body []byte) bool {
	var said daraja.Envelope
	return json.Unmarshal(body, &said) == nil && said.ErrorCode != "" && said.ErrorMessage != ""
}

func (f remote) decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return exitError{exitUnreachable, fmt.Errorf("the answer of %s is not that of a %s; set %s URL: %w", f.base, f.port, f.flag, err)}
	}
	return nil
}
