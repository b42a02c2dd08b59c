package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// fields are the members of a JSON object by their exact names: a "phonenumber"
// is not a PhoneNumber, as it would be to encoding/json. Of a name that comes
// twice the last one counts.
type fields map[string]json.RawMessage

// fields reads the body of r as Daraja does: what is not sent as JSON counts as a
// request without its first field.
func (r *request) fields() (fields, error) {
	if err := checkContentType(r.Header.Get("Content-Type")); err != nil {
		return nil, daraja.ErrInvalidField("BusinessShortCode").Because("%s", err)
	}
	if tooBig := (*http.MaxBytesError)(nil); errors.As(r.bodyErr, &tooBig) {
		return nil, daraja.ErrInvalidPayload().Because("the body is over %d bytes", MaxBody)
	}
	if r.bodyErr != nil {
		return nil, daraja.ErrInvalidPayload().Because("the body could not be read to its end: %v", r.bodyErr)
	}
	if len(r.body) == 0 {
		return nil, daraja.ErrInvalidPayload().Because("there is no body")
	}
	var f fields
	if err := json.Unmarshal(r.body, &f); err != nil {
		return nil, daraja.ErrInvalidPayload().Because("the body is not a JSON object: %s", explain(err))
	}
	if f == nil {
		return nil, daraja.ErrInvalidPayload().Because("the body is null, not a JSON object")
	}
	return f, nil
}

// checkContentType returns why a Content-Type is not JSON's, or nil. Parameters
// such as charset do not matter.
func checkContentType(header string) error {
	if header == "" {
		return fmt.Errorf("there is no Content-Type, so the body is not read; it must be application/json")
	}
	if mediaType, _, _ := mime.ParseMediaType(header); mediaType != "application/json" {
		return fmt.Errorf("the Content-Type is %.100q, so the body is not read as JSON; it must be application/json", header)
	}
	return nil
}

// explain says where the JSON is wrong, without the Go in encoding/json's errors.
func explain(err error) string {
	if at := (*json.SyntaxError)(nil); errors.As(err, &at) {
		return fmt.Sprintf("%s, at byte %d", at.Error(), at.Offset)
	}
	if kind := (*json.UnmarshalTypeError)(nil); errors.As(err, &kind) {
		return "it is a JSON " + kind.Value
	}
	return err.Error()
}

// text is the field of that name, "" when there is none.
func (f fields) text(name string) daraja.Text {
	var t daraja.Text
	if raw, ok := f[name]; ok && t.UnmarshalJSON(raw) != nil {
		t = daraja.Text(raw) // a valid object has no invalid members
	}
	return t
}

// hint adds to a refusal that a name is there in other letters, which would
// otherwise be hard to see.
func (f fields) hint(err error, names ...string) error {
	fault := (*daraja.Error)(nil)
	if !errors.As(err, &fault) || fault.Status != http.StatusBadRequest {
		return err
	}
	for _, name := range names {
		if _, ok := f[name]; ok {
			continue
		}
		if other := f.like(name); other != "" {
			return fault.Because("%s; the request says %q, but names are exact: %q", fault.Reason, other, name)
		}
	}
	return err
}

// like is a name in f that differs from name in case only, or "".
func (f fields) like(name string) string {
	var found []string
	for other := range f {
		if strings.EqualFold(other, name) {
			found = append(found, other)
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}
