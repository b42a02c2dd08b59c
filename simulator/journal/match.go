package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Limits of a matcher.
const (
	MaxMatch = 64 << 10 // bytes

	maxConditions = 64
	maxPattern    = 1 << 10 // bytes
	maxNesting    = 20      // of objects in body and response
)

// Match is what a record must be like. The zero value is any record.
//
// In JSON it is an object with fields of a record, of which all must be right:
//
//	{"kind": "callback", "phone": "2547*", "status": "4xx",
//	 "body": {"Body.stkCallback.ResultCode": 1032,
//	          "Body.stkCallback.CallbackMetadata.Item[Name=Amount].Value": 1}}
//
// The fields are kind, api, phone, payment, reference, shortcode, amount, status,
// error_code, method, url, reason, by, error, copy, dropped, fault (one of the
// faults), header (the request's, by name), body (the request's, or what a callback
// carried) and response. In a text * stands for any letters. "*" alone is anything,
// null is nothing; a number is equal to itself in any spelling and to a text with it.
//
// In body and response the keys are paths: by keys, with indexes of arrays as in
// Item[0] or Item.0, and elements by a field as in Item[Name=Amount]; objects may be
// nested too. A text in the place of the object is about the body as a whole.
type Match struct {
	conditions []condition
}

// ParseMatch reads a matcher. An error says what would be right.
func ParseMatch(b []byte) (Match, error) {
	if len(b) > MaxMatch {
		return Match{}, fmt.Errorf("the matcher is longer than %d bytes", MaxMatch)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(b, &given); err != nil {
		return Match{}, notAnObject("matcher", `{"kind":"callback","phone":"254708374149"}`, err)
	}
	var m Match
	for _, field := range fields() {
		raw, ok := given[field.name]
		if !ok {
			continue
		}
		delete(given, field.name)
		c, err := fieldCondition(field, raw)
		if err != nil {
			return Match{}, err
		}
		m.conditions = append(m.conditions, c)
	}
	for _, part := range parts() {
		raw, ok := given[part.name]
		if !ok {
			continue
		}
		delete(given, part.name)
		if err := m.addPart(part, raw); err != nil {
			return Match{}, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		return Match{}, unknownKey(name)
	}
	if len(m.conditions) > maxConditions {
		return Match{}, fmt.Errorf("the matcher has %d conditions, more than %d", len(m.conditions), maxConditions)
	}
	return m, nil
}

// UnmarshalJSON is ParseMatch.
func (m *Match) UnmarshalJSON(b []byte) (err error) {
	*m, err = ParseMatch(b)
	return err
}

// part is a field of a matcher that has fields of its own.
type part struct {
	name string
	body int // which body, unless it is the header
}

const (
	partHeader   = "header"
	partBody     = "body"
	partResponse = "response"
)

func parts() []part {
	return []part{{name: partHeader}, {partBody, requestBody}, {partResponse, responseBody}}
}

// unknownKey names the key that was meant.
func unknownKey(name string) error {
	var names []string
	for _, f := range fields() {
		names = append(names, f.name)
	}
	for _, part := range parts() {
		names = append(names, part.name)
	}
	meant := map[string]string{
		"checkout_request_id": "payment", "msisdn": "phone", "request": "body", "path": "url", "account": "reference",
		"headers": "header", "request_header": "header", "faults": "fault", "result_code": "body", "code": "error_code",
	}[strings.ToLower(name)]
	hint := didYouMean(name, names)
	if meant != "" {
		hint = fmt.Sprintf("; did you mean %q?", meant)
	}
	return fmt.Errorf("a matcher has no %q%s; it has %s", shorten(name), hint, strings.Join(names, ", "))
}

func notAnObject(what, example string, err error) error {
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return fmt.Errorf("the %s is not JSON: %w (at byte %d)", what, err, syntax.Offset)
	}
	return fmt.Errorf("the %s is not what it should be, such as %s", what, example)
}

// fieldCondition reads the condition of a field.
func fieldCondition(f field, raw json.RawMessage) (condition, error) {
	p, err := parsePattern(raw)
	if err != nil {
		return condition{}, wrong(f.name, " is %w", err)
	}
	return newCondition(f, p)
}

// parsePattern reads what a value must be.
func parsePattern(raw json.RawMessage) (pattern, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) > maxPattern {
		return pattern{}, fmt.Errorf("longer than %d bytes", maxPattern)
	}
	switch raw[0] {
	case 'n':
		return pattern{absent: true}, nil
	case '{', '[':
		return pattern{}, errors.New("a text, a number, true, false or null, not an object or an array")
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return pattern{}, fmt.Errorf("no text: %w", err)
		}
		return newPattern(s), nil
	}
	p := newPattern(string(raw))
	p.strict = p.number != nil
	return p, nil
}

// addPart reads the conditions on a header or a body.
func (m *Match) addPart(part part, raw json.RawMessage) error {
	raw = bytes.TrimSpace(raw)
	if raw[0] == '{' {
		return m.addPaths(part, "", raw, 0)
	}
	if part.name == partHeader {
		return errors.New(`header is an object, such as {"Content-Type":"application/json*"}`)
	}
	p, err := parsePattern(raw)
	if err != nil {
		return wrong(part.name, " is %w; or an object of paths, such as {\"Body.stkCallback.ResultCode\":0}", err)
	}
	m.conditions = append(m.conditions, condition{field: part.name, value: bodyField(part.body), want: p})
	return nil
}

// addPaths reads an object of paths; what is nested in it are longer paths.
func (m *Match) addPaths(part part, above string, raw json.RawMessage, depth int) error {
	if depth > maxNesting {
		return wrong(part.name, " is nested more than %d deep", maxNesting)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		return notAnObject(part.name, `{"Body.stkCallback.ResultCode":0}`, err)
	}
	for _, key := range slices.Sorted(maps.Keys(given)) {
		name, raw := above+key, bytes.TrimSpace(given[key])
		if len(m.conditions) > maxConditions {
			return fmt.Errorf("the matcher has more than %d conditions", maxConditions)
		}
		if raw[0] == '{' && part.name != partHeader {
			if err := m.addPaths(part, name+".", raw, depth+1); err != nil {
				return err
			}
			continue
		}
		c := condition{field: part.name + "." + name, value: headerField(name)}
		if part.name != partHeader {
			path, err := parsePath(name)
			if err != nil {
				return wrong(part.name, ": %q is no path: %w", shorten(name), err)
			}
			c.value = pathField(part.body, path)
		}
		var err error
		if c.want, err = parsePattern(raw); err != nil {
			return wrong(part.name, ": %s is %w%s", shorten(name), err, byIndex(raw, name))
		}
		m.conditions = append(m.conditions, c)
	}
	return nil
}

// byIndex says how to look into an array.
func byIndex(raw json.RawMessage, name string) string {
	if raw[0] != '[' {
		return ""
	}
	return fmt.Sprintf("; an element of an array is %s[0], or %s[Name=Amount] by a field of it", shorten(name), shorten(name))
}
