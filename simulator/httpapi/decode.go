package httpapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// fields reads the body of r as Daraja does: what is not sent as JSON counts as a
// request without its first field. Names are exact: a "phonenumber" is not a PhoneNumber. Of
// a name that comes twice the last one counts.
func (r *request) fields(op simulator.Operation) (simulator.Values, error) {
	if err := r.checkBody(op); err != nil {
		return nil, err
	}
	f, err := object(r.body)
	readNested(f, op.Fields)
	return f, err
}

// checkBody returns why a body is not read, or nil.
func (r *request) checkBody(op simulator.Operation) error {
	if err := checkContentType(r.Header.Get("Content-Type")); err != nil {
		return op.Missing("%s", err)
	}
	if tooBig, ok := errors.AsType[*http.MaxBytesError](r.bodyErr); ok {
		return daraja.ErrInvalidPayload().Because("the body is over %d bytes", tooBig.Limit)
	}
	if r.bodyErr != nil {
		return daraja.ErrInvalidPayload().Because("the body could not be read to its end: %v", r.bodyErr)
	}
	if len(r.body) == 0 {
		return daraja.ErrInvalidPayload().Because("there is no body")
	}
	return nil
}

// list reads a body that is an array of objects.
func (r *request) list(op simulator.Operation) ([]simulator.Values, error) {
	if err := r.checkBody(op); err != nil {
		return nil, err
	}
	var all []simulator.Values
	if err := json.Unmarshal(r.body, &all); err != nil {
		return nil, daraja.ErrInvalidPayload().Because("the body is not a JSON array of objects: %s", explain(err))
	}
	if len(all) == 0 {
		return nil, op.Missing("the array in the body is empty")
	}
	return all, nil
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
func object(body []byte) (simulator.Values, error) {
	f := make(simulator.Values, 14) // room for nearly every request: a map that grows costs more
	if isPlain(body) && json.Valid(body) {
		if root := gjson.ParseBytes(body); root.IsObject() {
			readMembers(f, root)
			return f, nil
		}
	}
	if err := json.Unmarshal(body, &f); err != nil {
		return nil, daraja.ErrInvalidPayload().Because("the body is not a JSON object: %s", explain(err))
	}
	if f == nil {
		return nil, daraja.ErrInvalidPayload().Because("the body is null, not a JSON object")
	}
	return f, nil
}

// readNested adds the fields that are in objects: header.requestID is the requestID of header.
func readNested(f simulator.Values, fields []simulator.Field) {
	for _, field := range fields {
		outer, inner, nested := strings.Cut(field.Name, ".")
		if !nested || f == nil {
			continue
		}
		delete(f, field.Name)
		var members simulator.Values
		if err := json.Unmarshal([]byte(f[outer]), &members); err != nil {
			continue // no object has no members
		}
		if v, there := members[inner]; there {
			f[field.Name] = v
		}
	}
}

// readMembers takes the members of an object with nothing escaped, as nearly all are. It
// allocates a third of what encoding/json does, which is a quarter of the cost of a call.
func readMembers(f simulator.Values, object gjson.Result) {
	object.ForEach(func(name, value gjson.Result) bool {
		switch value.Type {
		case gjson.Null:
			f[name.Str] = ""
		case gjson.String:
			f[name.Str] = daraja.Text(value.Str)
		default:
			f[name.Str] = daraja.Text(value.Raw)
		}
		return true
	})
}

// isPlain reports whether b is ASCII and has nothing escaped.
func isPlain(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c == '\\' || c >= utf8.RuneSelf })
}

// explain says where the JSON is wrong, without the Go in encoding/json's errors.
func explain(err error) string {
	if at, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("%s, at byte %d", at.Error(), at.Offset)
	}
	if kind, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return "it is a JSON " + kind.Value
	}
	return err.Error()
}

// hintSpelling adds to a refusal that a name is there in other letters, which would
// otherwise be hard to see.
func (r *request) hintSpelling(f simulator.Values, err error, wanted []simulator.Field) error {
	fault, ok := errors.AsType[*daraja.Error](err)
	if !ok || r.reply.Refuses() || fault.Status != http.StatusBadRequest {
		return err
	}
	for _, want := range wanted {
		if _, ok := f[want.Name]; ok {
			continue
		}
		for _, other := range slices.Sorted(maps.Keys(f)) {
			if strings.EqualFold(other, want.Name) {
				return fault.Because("%s; the request says %q, but names are exact: %q", fault.Reason, other, want.Name)
			}
		}
	}
	return err
}
