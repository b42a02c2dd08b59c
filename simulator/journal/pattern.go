package journal

import (
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// pattern is what a field must be.
type pattern struct {
	shown  string  // as it was written
	absent bool    // there must be nothing
	any    bool    // there must be something
	glob   string  // what is compared, if it has a * in it
	strict bool    // it was written as a number, so that a string with that number in it is right too
	number decimal // what shown is as a number, if it is one
	isNum  bool
	phone  string // shown in the form 2547…, if it is a phone number in another one
}

// anything is the pattern "*".
const anything = "*"

// newPattern reads a text, in which * stands for any letters.
func newPattern(s string) pattern {
	p := pattern{shown: s, any: s == anything}
	if strings.Contains(s, "*") {
		p.glob = s
	}
	p.number, p.isNum = parseDecimal([]byte(s))
	return p
}

// value is what a record has in a field.
type value struct {
	text   []byte // nil is nothing at all
	number bool   // text is a number, however it is written
	there  bool
}

// plain reports whether it is a single value.
func (p *pattern) plain() bool { return !p.absent && !p.any && p.glob == "" }

func (p *pattern) holds(v value) bool {
	switch {
	case p.absent:
		return !v.there
	case p.any:
		return v.there
	case v.text == nil:
		return false
	case p.glob != "":
		return glob(p.glob, v.text)
	case string(v.text) == p.shown, p.phone != "" && string(v.text) == p.phone:
		return true
	case p.isNum && (v.number || p.strict):
		n, ok := parseDecimal(v.text)
		return ok && n == p.number
	}
	return false
}

// asPhone makes p match a number that is written in another form, such as 0712….
func (p *pattern) asPhone() {
	if m, err := daraja.NormaliseMSISDN(p.shown); err == nil {
		p.phone = m.Digits()
	}
}

// asStatus makes 4xx the class that it stands for.
func (p *pattern) asStatus() {
	if len(p.shown) == 3 && strings.EqualFold(p.shown[1:], "xx") {
		p.glob = p.shown[:1] + anything
	}
}

// glob reports whether all of s is as pattern says, in which * stands for any
// letters, also none. It takes at most len(pattern)*len(s) steps.
func glob(pattern string, s []byte) bool {
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

// decimal is a number in the one form that all its spellings have in common: 1, 1.00
// and 10e-1 are the same.
type decimal struct {
	negative bool
	digits   string // without zeros at either end
	exponent int    // of the last digit
}

// maxDigits bounds what is compared as a number.
const maxDigits = 64

// parseDecimal reads a number as JSON writes it.
func parseDecimal(s []byte) (decimal, bool) {
	if len(s) == 0 || len(s) > maxDigits || s[0] != '-' && !digit(s[0]) {
		return decimal{}, false
	}
	if x := (scanner{in: s}); !x.number() || x.at != len(s) {
		return decimal{}, false
	}
	d := decimal{negative: s[0] == '-'}
	mantissa := strings.TrimPrefix(string(s), "-")
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		power, ok := exponent(mantissa[i+1:])
		if !ok {
			return decimal{}, false
		}
		d.exponent, mantissa = power, mantissa[:i]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	d.exponent -= len(fraction)
	d.digits = strings.TrimLeft(whole+fraction, "0")
	significant := strings.TrimRight(d.digits, "0")
	d.exponent += len(d.digits) - len(significant)
	d.digits = significant
	if d.digits == "" {
		return decimal{}, true
	}
	return d, true
}

// exponent reads what is after the e of a number, up to three digits.
func exponent(s string) (int, bool) {
	digits := strings.TrimLeft(s, "+-")
	if len(digits) > 3 {
		return 0, false
	}
	n := 0
	for _, c := range digits {
		n = 10*n + int(c-'0')
	}
	if s[0] == '-' {
		n = -n
	}
	return n, true
}
