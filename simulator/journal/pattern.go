package journal

import (
	"encoding/json"
	"math/big"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// pattern is what a field must be.
type pattern struct {
	shown  string   // as it was written
	absent bool     // there must be nothing
	any    bool     // there must be something
	glob   string   // what is compared, if it has a * in it
	strict bool     // it was written as a number, so that a string with that number in it is right too
	number *big.Rat // what shown is as a number, if it is one
	phone  string   // shown in the form 2547…, if it is a phone number in another one
}

// anything is the pattern "*".
const anything = "*"

// newPattern reads a text, in which * stands for any letters.
func newPattern(s string) pattern {
	p := pattern{shown: s, any: s == anything, number: parseDecimal(s)}
	if strings.Contains(s, "*") {
		p.glob = s
	}
	return p
}

// plain reports whether it is a single value.
func (p *pattern) plain() bool { return !p.absent && !p.any && p.glob == "" }

func (p *pattern) holds(v value) bool {
	switch {
	case p.absent:
		return !v.there
	case p.any:
		return v.there
	case v.missing:
		return false
	case p.glob != "":
		return glob(p.glob, v.text)
	case v.text == p.shown, p.phone != "" && v.text == p.phone:
		return true
	case p.number != nil && (v.number || p.strict):
		n := parseDecimal(v.text)
		return n != nil && n.Cmp(p.number) == 0
	}
	return false
}

// asPhone makes p match a number that is written in another form, such as 0712….
func (p *pattern) asPhone() error {
	if m, err := daraja.NormaliseMSISDN(p.shown); err == nil {
		p.phone = m.Digits()
	}
	return nil
}

// glob reports whether all of s is as pattern says, in which * stands for any
// letters, also none. It takes at most len(pattern)*len(s) steps.
func glob(pattern, s string) bool {
	p, i := 0, 0
	star, from := -1, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Limits of what is compared as a number.
const (
	maxDigits         = 64
	maxExponentDigits = 3
)

// parseDecimal reads a number as JSON writes it, or is nil. 1, 1.00 and 10e-1 are the
// same.
func parseDecimal(s string) *big.Rat {
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
