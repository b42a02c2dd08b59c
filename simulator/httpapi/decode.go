package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// fields are the members of a JSON object in the order in which they came, with their
// exact names: a "phonenumber" is not a PhoneNumber, as it would be to encoding/json.
// Of a name that comes twice the last one counts.
type fields []member

type member struct{ name, value []byte }

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
	return object(r.body)
}

// checkContentType returns why a Content-Type is not JSON's, or nil. Parameters
// such as charset do not matter.
func checkContentType(header string) error {
	switch header {
	case "application/json":
		return nil
	case "":
		return fmt.Errorf("there is no Content-Type, so the body is not read; it must be application/json")
	}
	if mediaType, _, _ := mime.ParseMediaType(header); mediaType != "application/json" {
		return fmt.Errorf("the Content-Type is %.100q, so the body is not read as JSON; it must be application/json", header)
	}
	return nil
}

// object reads the members of the object that body is.
func object(body []byte) (fields, error) {
	rest := bytes.TrimLeft(body, space)
	if len(rest) == 0 || rest[0] != '{' || !json.Valid(body) {
		return nil, notAnObject(body)
	}
	f := make(fields, 0, 12) // a push has 11

	for rest = next(rest[1:]); rest[0] != '}'; { // it is valid, so that every member ends
		name := rest[:literalEnd(rest)]
		rest = next(rest[len(name):])
		value := rest[:valueEnd(rest)]
		rest = next(rest[len(value):])
		f = append(f, member{name: letters(name), value: value})
	}
	return f, nil
}

// notAnObject says what is wrong with a body that is no object.
func notAnObject(body []byte) error {
	var f map[string]json.RawMessage
	if err := json.Unmarshal(body, &f); err != nil {
		return daraja.ErrInvalidPayload().Because("the body is not a JSON object: %s", explain(err))
	}
	return daraja.ErrInvalidPayload().Because("the body is null, not a JSON object")
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

const space = " \t\r\n"

// next passes over what stands between names and values.
func next(b []byte) []byte { return bytes.TrimLeft(b, space+",:") }

// valueEnd is the index after the valid JSON value that b begins with.
func valueEnd(b []byte) int {
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '"':
			i += literalEnd(b[i:]) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i // of the object that the value is in
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(b)
}

// literalEnd is the index after the valid JSON string that b begins with.
func literalEnd(b []byte) int {
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// letters is what a JSON value says: of a string its letters, and nothing of null.
func letters(value []byte) []byte {
	if n := len(value); n >= 2 && value[0] == '"' {
		if inner := value[1 : n-1]; bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			return inner
		}
	}
	var t daraja.Text
	if t.UnmarshalJSON(value) != nil {
		return value // a valid object has no invalid members
	}
	return []byte(t)
}

// find is the value of the field of that name.
func (f fields) find(name string) ([]byte, bool) {
	for _, m := range slices.Backward(f) {
		if string(m.name) == name {
			return m.value, true
		}
	}
	return nil, false
}

// text is the field of that name, "" when there is none.
func (f fields) text(name string) daraja.Text {
	if value, ok := f.find(name); ok {
		return daraja.Text(letters(value))
	}
	return ""
}

// hint adds to a refusal that a name is there in other letters, which would
// otherwise be hard to see.
func (r *request) hint(f fields, err error, names ...string) error {
	fault := (*daraja.Error)(nil)
	if err == nil || r.reply.Refuses() || !errors.As(err, &fault) || fault.Status != http.StatusBadRequest {
		return err
	}
	for _, name := range names {
		if _, ok := f.find(name); ok {
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
	for _, m := range f {
		if strings.EqualFold(string(m.name), name) {
			found = append(found, string(m.name))
		}
	}
	if len(found) == 0 {
		return ""
	}
	return slices.Min(found)
}
