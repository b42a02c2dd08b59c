package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/strict"
)

// maxBody bounds a request in bytes.
const maxBody = 16 << 10

// decode reads a JSON object into v, a pointer to a struct; an empty body leaves v as
// it is. Keys that v does not have, and keys that are sent twice, are refused, so that a
// slip gives no key more rights than were meant.
func decode(r *http.Request, v any) error {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if tooLong := (*http.MaxBytesError)(nil); errors.As(err, &tooLong) {
		return refuse(http.StatusRequestEntityTooLarge, "the body is over %d bytes", maxBody)
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "the body could not be read to its end")
	}
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	members, err := strict.Object(body)
	if err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	return fill(v, members)
}

// fill puts members of a JSON object into the fields of the struct that v points to.
func fill(v any, members map[string]strict.Member) error {
	s := reflect.ValueOf(v).Elem()
	var names []string
	for _, f := range reflect.VisibleFields(s.Type()) {
		name := f.Tag.Get("json")
		if name == "" { // an embedded struct, whose fields follow
			continue
		}
		names = append(names, name)
		m, given := members[daraja.FoldKey(name)]
		if !given {
			continue
		}
		delete(members, daraja.FoldKey(name))
		into := s.FieldByIndex(f.Index).Addr().Interface()
		if err := json.Unmarshal(m.Value, into); err != nil {
			return refuse(http.StatusBadRequest, "%s must be %s, not %s", name, expected(f.Type), found(f.Type, m.Value))
		}
	}
	if unknown := slices.Sorted(maps.Keys(members)); len(unknown) > 0 {
		return refuse(http.StatusBadRequest, "unknown field %.40q; there are %s", members[unknown[0]].Key, strings.Join(names, ", "))
	}
	return nil
}

// expected says in words of JSON what a field takes.
func expected(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[span]():
		return durationForm
	case reflect.TypeFor[life]():
		return durationForm + `, or "never"`
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int64:
		return "a whole number"
	case reflect.Slice:
		return "a list of strings"
	default:
		return "a string"
	}
}

// found says what a field got: the kind, or a duration or number itself. Other values are
// not repeated, since refusals are logged.
func found(t reflect.Type, value []byte) string {
	kind := strict.Kind(value)
	switch takes := expected(t); {
	case kind == "a string" && strings.HasPrefix(takes, durationForm), kind == "a number" && takes == "a whole number":
		return fmt.Sprintf("%.40s", value)
	case kind == "a list" && takes == "a list of strings":
		return "a list with " + oddOne(value)
	default:
		return kind
	}
}

// oddOne is the first element of a list that is no string.
func oddOne(list []byte) string {
	var elements []json.RawMessage
	_ = json.Unmarshal(list, &elements) // the body was found valid
	for _, e := range elements {
		if kind := strict.Kind(e); kind != "a string" && kind != "null" {
			return kind
		}
	}
	return "other elements"
}
