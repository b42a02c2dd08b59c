// Package condition is the language of conditions: on a request, for the rules of a
// scenario (`when`, `not`, `where`) and for the queue, and on a record of the journal,
// for verify, wait and search. A key has the same values with the same meaning in each
// of these places:
//
//	phone: "0708374149"            a number in any spelling, or 2547* and 07*
//	amount: ">= 1000"              one amount, a comparison, or a range 100..200
//	reference: "INV-*"             a text, in which * stands for any characters
//	shortcode: ["174379", "600*"]  a list holds when one of its values does
//	header: {User-Agent: "*curl*"} by name, in any case
//	not: {attempt: 1}              does not hold when all of these hold
//	where: time.hour >= 22         an expression in the language of expr-lang.org
//
// "*" alone is anything, but not nothing. The caller reads the file or the JSON; this
// package reads the values, compiles them to tests, and says what is wrong with one as
// a Problem, for which the caller knows the position.
package condition

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Subject is what conditions are about: a request or a record.
type Subject interface {
	// Field is the value of a key such as phone.
	Field(key string) Value
	// Header is the value of a header, by its name in the spelling of net/http.
	Header(name string) Value
	// Body is the JSON under a key that has paths, or nil.
	Body(key string) json.RawMessage
	// ExceedsRate reports whether more than n requests came in the time before, this one
	// counted.
	ExceedsRate(n int, per time.Duration) bool
	// Env is what expressions see: a *Request or a *Record.
	Env() any
}

// Condition is tests that must all hold. The zero value holds always.
type Condition struct{ Tests []Test }

// Holds reports whether all tests hold.
func (c *Condition) Holds(s Subject) bool {
	for i := range c.Tests {
		if !c.Tests[i].Holds(s) {
			return false
		}
	}
	return true
}

// Test is what a condition says under one key. Of Patterns one must hold.
type Test struct {
	Key      string // "phone", "header", "body"
	Patterns []Pattern

	name string      // of a header
	path []pathPart  // into a body; nil is the whole
	rate *Rate       // under rate
	expr *Expression // under where
	not  *Condition  // under not
}

// Any is a test of a field: one of the patterns must hold.
func Any(key string, patterns ...Pattern) Test { return Test{Key: key, Patterns: patterns} }

// In is a test that a field is one of some words.
func In[W ~string](key string, words []W) Test {
	t := Test{Key: key}
	for _, w := range words {
		t.Patterns = append(t.Patterns, Text(string(w)))
	}
	return t
}

// Not is a test that a condition does not hold.
func Not(c Condition) Test { return Test{Key: KeyNot, not: &c} }

// Where is a test by an expression.
func Where(e *Expression) Test { return Test{Key: KeyWhere, expr: e} }

// RateAbove is a test of how many requests came.
func RateAbove(r Rate) Test { return Test{Key: KeyRate, rate: &r} }

// Holds reports whether the test holds for s.
func (t *Test) Holds(s Subject) bool {
	switch {
	case t.not != nil:
		return !t.not.Holds(s)
	case t.expr != nil:
		return t.expr.holds(s)
	case t.rate != nil:
		return s.ExceedsRate(t.rate.Limit, t.rate.Window)
	}
	var v Value // from s at once for most keys: copies of values are most of what a rule costs
	if t.Key == KeyHeader || t.path != nil {
		v = t.Value(s)
	} else {
		v = s.Field(t.Key)
	}
	for i := range t.Patterns {
		if t.Patterns[i].holds(&v) {
			return true
		}
	}
	return false
}

// Value is what s has where the test looks.
func (t *Test) Value(s Subject) Value {
	switch {
	case t.Key == KeyHeader:
		return s.Header(t.name)
	case t.path != nil:
		return jsonValue(lookup(s.Body(t.Key), t.path))
	case t.expr != nil:
		return Value{Text: "false", Present: true} // it is asked of a test that does not hold
	case t.not != nil:
		return Value{Text: t.not.String(), Present: true}
	}
	return s.Field(t.Key)
}

// Field names what is tested, for a person: "phone", "body.Result.ResultCode".
func (t *Test) Field() string {
	if t.name != "" {
		return t.Key + "." + t.name
	}
	return t.Key
}

// Words are the values that a field must have one of, nil when it may have others.
func (c *Condition) Words(key string) []string {
	var words []string
	for i := range c.Tests {
		if t := &c.Tests[i]; t.Key == key {
			for _, p := range t.Patterns {
				words = append(words, p.text)
			}
		}
	}
	return words
}

// Has reports whether there is a test under a key.
func (c *Condition) Has(key string) bool {
	return slices.ContainsFunc(c.Tests, func(t Test) bool { return t.Key == key })
}

// Without is c without the tests under some keys.
func (c Condition) Without(keys ...string) Condition {
	c.Tests = slices.DeleteFunc(slices.Clone(c.Tests), func(t Test) bool { return slices.Contains(keys, t.Key) })
	return c
}

// History is how many of the latest requests the condition needs.
func (c *Condition) History() int {
	n := 0
	for i := range c.Tests {
		switch t := &c.Tests[i]; {
		case t.rate != nil:
			n = max(n, t.rate.Limit+1)
		case t.not != nil:
			n = max(n, t.not.History())
		}
	}
	return n
}

// Excluded is what stands under not, or nil.
func (c *Condition) Excluded() *Condition {
	i := slices.IndexFunc(c.Tests, func(t Test) bool { return t.not != nil })
	if i < 0 {
		return nil
	}
	return c.Tests[i].not
}

// Covers reports whether c surely holds wherever d holds. Tests under the key except are
// left out.
func (c *Condition) Covers(d *Condition, except string) bool {
	return !slices.ContainsFunc(c.Tests, func(wide Test) bool {
		return wide.Key != except && !slices.ContainsFunc(d.Tests, func(narrow Test) bool { return wide.covers(&narrow) })
	})
}

func (t *Test) covers(narrow *Test) bool {
	switch {
	case t.Field() != narrow.Field() || t.not != nil || t.rate != nil:
		return false
	case t.expr != nil:
		return t.expr.text == narrow.expr.text
	}
	return len(narrow.Patterns) > 0 && !slices.ContainsFunc(narrow.Patterns, func(p Pattern) bool {
		return !slices.ContainsFunc(t.Patterns, func(wide Pattern) bool { return wide.covers(&p) })
	})
}

// String says what must hold, for a person: "status 200 and no error_code".
func (c *Condition) String() string {
	var all []string
	for i := range c.Tests {
		all = append(all, c.Tests[i].String())
	}
	return strings.Join(all, " and ")
}

// String says what must hold, for a person: "status 200", "no error_code".
func (t *Test) String() string {
	field := t.Field()
	switch want := t.Want(); {
	case t.not != nil:
		return "not (" + t.not.String() + ")"
	case want == absent:
		return "no " + field
	case want == anything:
		return "any " + field
	case want == empty:
		return "an empty " + field
	default:
		return field + " " + Shorten(want)
	}
}

// What a value must be when it is not a certain one.
const (
	absent   = "absent"
	anything = "anything"
	empty    = "empty"
)

// Want is what the value must be, for a person.
func (t *Test) Want() string {
	switch {
	case t.not != nil:
		return "anything else"
	case t.expr != nil:
		return t.expr.text
	case t.rate != nil:
		return t.rate.String()
	}
	var all []string
	for i := range t.Patterns {
		all = append(all, t.Patterns[i].String())
	}
	return strings.Join(all, " or ")
}

// IsLiteral reports whether the test is for one certain value.
func (t *Test) IsLiteral() bool { return len(t.Patterns) == 1 && t.Patterns[0].plain() }

// IsPresence reports whether the test is only whether there is a value.
func (t *Test) IsPresence() bool {
	return len(t.Patterns) == 1 && (t.Patterns[0].absent || t.Patterns[0].present)
}
