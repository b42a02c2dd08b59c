package condition

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
)

// Value is what a request or a record has under a key.
type Value struct {
	Text    string
	Others  []string // further texts, of which one must be right as well: a header that came twice
	Present bool     // false when there is nothing

	Missing    bool  // there is no such field, not even an empty one
	Numeric    bool  // Text is a number, in whatever spelling
	Exact      bool  // the value is the number Hundredths; Text need not be set
	Hundredths int64 // cents of an amount, 100 times a count
}

// TextValue is a text; "" is nothing.
func TextValue(s string) Value { return Value{Text: s, Present: s != ""} }

// Count is a whole number as a value.
func Count(n int) Value { return Value{Present: true, Exact: true, Hundredths: int64(n) * hundred} }

// Pattern is what a value must be.
type Pattern struct {
	shown   string    // as it was written
	text    string    // as it is compared: a phone number has its twelve digits here
	absent  bool      // there must be nothing
	present bool      // there must be something
	wild    bool      // * stands for any characters
	strict  bool      // it was written as a number, so that a text with that number in it is right too
	number  *big.Rat  // shown as a number, if it is one
	bounds  *interval // from and to which number, both included
}

// Text is a text, in which * stands for any characters.
func Text(s string) Pattern {
	return Pattern{shown: s, text: s, present: s == "*", wild: strings.Contains(s, "*"), number: decimal(s)}
}

// Absent is nothing.
func Absent() Pattern { return Pattern{absent: true} }

// plain reports whether it is a single value.
func (p *Pattern) plain() bool { return !p.absent && !p.present && !p.wild }

func (p *Pattern) holds(v *Value) bool {
	switch {
	case p.absent:
		return !v.Present
	case p.present:
		return v.Present
	case v.Missing:
		return false
	case v.Exact && p.bounds != nil:
		return p.bounds.min <= v.Hundredths && v.Hundredths <= p.bounds.max
	case p.holdsText(v.Text, v.Numeric):
		return true
	}
	for _, s := range v.Others {
		if p.holdsText(s, v.Numeric) {
			return true
		}
	}
	return false
}

func (p *Pattern) holdsText(s string, numeric bool) bool {
	switch {
	case p.wild:
		return glob(p.text, s) || p.shown != p.text && glob(p.shown, s)
	case s == p.text, s == p.shown:
		return true
	case p.bounds != nil:
		n := decimal(s)
		return n != nil && p.bounds.has(n)
	case p.number != nil && (numeric || p.strict):
		n := decimal(s)
		return n != nil && n.Cmp(p.number) == 0
	}
	return false
}

// covers reports whether each value that narrow holds for is right for p too. A * in
// narrow is matched like any character, which only a * in p does.
func (p *Pattern) covers(narrow *Pattern) bool {
	if p.bounds != nil {
		return narrow.bounds != nil && p.bounds.min <= narrow.bounds.min && narrow.bounds.max <= p.bounds.max
	}
	return p.text == narrow.text || p.wild && glob(p.text, narrow.text)
}

// String says what it must be, for a person.
func (p *Pattern) String() string {
	switch {
	case p.absent:
		return absent
	case p.present:
		return anything
	case p.shown == "":
		return empty
	}
	return p.shown
}

// glob reports whether all of s is as the pattern says, in which * stands for any
// characters, none included. Between two * the first place that fits is enough, so the
// time is in proportion to the product of the lengths at most.
func glob(pattern, s string) bool {
	head, rest, wild := strings.Cut(pattern, "*")
	if !wild {
		return s == head
	}
	s, ok := strings.CutPrefix(s, head)
	for ok {
		part, more, again := strings.Cut(rest, "*")
		if !again {
			return strings.HasSuffix(s, part)
		}
		_, s, ok = strings.Cut(s, part)
		rest = more
	}
	return false
}

// Limits of what is compared as a number.
const (
	maxDigits         = 64
	maxExponentDigits = 3
)

// decimal reads a number as JSON writes it, or is nil. 1, 1.00 and 10e-1 are the same.
func decimal(s string) *big.Rat {
	if len(s) > maxDigits || !startsNumber(s) || !json.Valid([]byte(s)) {
		return nil
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 && len(strings.TrimLeft(s[i+1:], "+-")) > maxExponentDigits {
		return nil
	}
	n, _ := new(big.Rat).SetString(s)
	return n
}

// startsNumber reports whether a value of JSON is a number, by how it begins.
func startsNumber(s string) bool { return s != "" && (s[0] == '-' || '0' <= s[0] && s[0] <= '9') }

// jsonValue is what is written in JSON; nil is nothing.
func jsonValue(raw json.RawMessage) Value {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return Value{Missing: true}
	}
	return Value{Text: jsonText(raw), Numeric: startsNumber(string(raw)), Present: true}
}

// jsonText is the text of a string, and other JSON as it is written.
func jsonText(raw json.RawMessage) string {
	var s string
	if raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}
