package journal

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
)

// Limits of a matcher.
const (
	MaxMatch = 64 << 10 // bytes

	maxPattern = 1 << 10 // bytes
)

// Match is what a record must be like. The zero value is any record.
//
// In JSON it is an object with keys of the language of conditions, of which all must
// hold:
//
//	{"kind": "callback", "phone": "07*", "status": "4xx", "amount": ">= 1000",
//	 "body": {"Result.ResultCode": 1032,
//	          "Result.ResultParameters.ResultParameter[Key=Amount].Value": 1},
//	 "not": {"reference": ["INV-1", "TEST-*"]}, "where": "time.hour >= 22"}
//
// The keys are the fields of a record; fault is one of its faults, header the request's
// by name, body the request's or the callback's. In body and response the keys are paths;
// a text in the place of the object is about the body as a whole.
type Match struct {
	condition.Condition
}

// MatchFields is a record with values in fields, given in pairs: MatchFields("kind", "action", "phone",
// "254708374149").
func MatchFields(pairs ...string) Match {
	var m Match
	for pair := range slices.Chunk(pairs, 2) {
		m.Tests = append(m.Tests, condition.Any(pair[0], condition.Text(pair[1])))
	}
	return m
}

// ParseMatch reads a matcher. apis are the values of api; without any it takes every
// text. An error says what would be right.
func ParseMatch(b []byte, apis ...simulator.API) (Match, error) {
	if len(b) > MaxMatch {
		return Match{}, fmt.Errorf("the matcher is longer than %d bytes", MaxMatch)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(b, &given); err != nil {
		return Match{}, notAnObject("matcher", `{"kind":"callback","phone":"254708374149"}`, err)
	}
	c, err := language(apis...).Read(given)
	if err != nil {
		return Match{}, err
	}
	return Match{c}, nil
}

func notAnObject(what, example string, err error) error {
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return fmt.Errorf("the %s is not JSON: %w (at byte %d)", what, err, syntax.Offset)
	}
	return fmt.Errorf("the %s is not what it should be, such as %s", what, example)
}
