// Package apiclient calls a JSON API: it sends a request and gives the answer or the
// refusal.
package apiclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 256 << 20

// maxRefusal bounds what is read of a refusal, in bytes.
const maxRefusal = 1 << 20

// Client sends requests to one API.
type Client struct {
	Base  string       // URL, which the paths of calls are below
	Token string       // sent as a bearer token; "" sends none
	HTTP  *http.Client // nil is one without a time limit: the context ends a call
}

// Call is a request. Its path is escaped already.
type Call struct {
	Method, Path string
	Query        url.Values
	Header       http.Header // besides what a body and a token need
	Body         any         // sent as JSON, YAML as it is; nil sends none
	Accept       int         // a status beside 2xx that is an answer and no refusal
}

// Path joins the parts of a path, each escaped.
func Path(parts ...string) string {
	all := ""
	for _, p := range parts {
		all += "/" + url.PathEscape(p)
	}
	return all
}

// Query has the fields that have a value.
func Query(fields map[string]string) url.Values {
	q := url.Values{}
	for name, value := range fields {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// YAML is a body that is sent as it is.
type YAML string

// RefusedError is an answer that says why the request was not done, or one that is not
// of such an API: then Message is "".
type RefusedError struct {
	Method     string `json:"-"` // of the request
	Status     int    `json:"-"` // of HTTP
	StatusLine string `json:"-"` // "404 Not Found"
	Message    string `json:"error"`
	Code       string `json:"code"`  // stays when the message changes; "" for most
	Field      string `json:"field"` // of the request that the message is about; "" when it is about none
	Body       []byte `json:"-"`     // all of the answer
}

// Error implements error.
func (r *RefusedError) Error() string {
	if r.Message == "" {
		return "answered with " + r.StatusLine
	}
	return r.Message
}

// ErrTooLarge is an answer that is larger than a client takes.
var ErrTooLarge = fmt.Errorf("the answer is over %d bytes", maxAnswer)

// AnswerError is an answer that is not what the API gives.
type AnswerError struct{ Err error }

// Error implements error.
func (a *AnswerError) Error() string { return "the answer cannot be read: " + a.Err.Error() }

// Unwrap returns the cause.
func (a *AnswerError) Unwrap() error { return a.Err }

// Do sends a request and decodes the answer into into, unless that is nil. The error is a
// *RefusedError, an *AnswerError, or what net/http says.
func (c Client) Do(ctx context.Context, call Call, into any) error {
	res, err := c.Open(ctx, call)
	if err != nil {
		return err
	}
	defer func() { _ = res.Close() }()
	body, err := io.ReadAll(io.LimitReader(res, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("reading the answer: %w", err)
	case len(body) > maxAnswer:
		return ErrTooLarge
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &AnswerError{err}
	}
	return nil
}

// Open sends a request and returns the body of the answer, which the caller closes.
func (c Client) Open(ctx context.Context, call Call) (io.ReadCloser, error) {
	req, err := c.request(ctx, call)
	if err != nil {
		return nil, err
	}
	res, err := cmp.Or(c.HTTP, &http.Client{}).Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 2 || res.StatusCode == call.Accept {
		return res.Body, nil
	}
	defer func() { _ = res.Body.Close() }()
	refused := &RefusedError{}
	refused.Body, _ = io.ReadAll(io.LimitReader(res.Body, maxRefusal)) // half of an explanation is better than none
	_ = json.Unmarshal(refused.Body, refused)                          // what is no JSON has no message
	refused.Method, refused.Status, refused.StatusLine = call.Method, res.StatusCode, res.Status
	return nil, refused
}

func (c Client) request(ctx context.Context, call Call) (*http.Request, error) {
	target := strings.TrimRight(c.Base, "/") + call.Path
	if len(call.Query) > 0 {
		target += "?" + call.Query.Encode()
	}
	body, kind, err := call.encode()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, target, body)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, call.Header)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return req, nil
}

// encode is the body and its Content-Type.
func (c Call) encode() (body io.Reader, kind string, err error) {
	switch b := c.Body.(type) {
	case nil:
		return nil, "", nil
	case YAML:
		return strings.NewReader(string(b)), "application/yaml", nil
	}
	sent, err := json.Marshal(c.Body)
	if err != nil {
		return nil, "", fmt.Errorf("encoding the request: %w", err)
	}
	return bytes.NewReader(sent), "application/json", nil
}
