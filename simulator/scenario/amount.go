package scenario

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// span is a range of amounts in cents or of counts, both ends included.
type span struct{ min, max int64 }

func (s span) holds(n int64) bool { return s.min <= n && n <= s.max }

// maxNumber is above every amount and count that can be written.
const maxNumber int64 = 1 << 60

// number reads one number of a span.
type number func(string) (int64, error)

// cents reads an amount of shillings.
func cents(s string) (int64, error) {
	m, err := daraja.ParseMoney(s)
	return int64(m), err
}

// whole reads a count.
func whole(s string) (int64, error) {
	n, err := strconv.ParseUint(s, 10, 31)
	return int64(n), err
}

// spanForm is an amount, a comparison or a range. Comparisons are exact to the cent:
// "< 100" is up to 99.99.
func spanForm() form[span] {
	const pattern = `^\s*((<=?|>=?)\s*)?` + moneyPattern + `\s*$|^\s*` + moneyPattern + `\s*\.\.\s*` + moneyPattern + `\s*$`
	return form[span]{
		expected: `an amount such as 150, a comparison such as "< 100" or ">= 1000", or a range such as "100..200"`, example: `">= 1000"`,
		schema: func() object {
			return object{"anyOf": []object{{"type": "number", "minimum": 0, "maximum": 9_999_999_999_999}, {"type": "string", "pattern": pattern}}, "examples": []any{150, "< 100", "<= 100", "> 5", ">= 1000", "100..200"}}
		},
		parse: func(_ *reader, n *node) (span, *problem) {
			s, ok := parseSpan(n.text, cents)
			switch {
			case !ok:
				return span{}, &problem{what: "cannot be " + quote(n.text), nearest: nearSpan(n.text, cents)}
			case s.max < 0:
				return span{}, &problem{what: "is below 0", expected: "an amount that a payment can have"}
			case s.min > s.max:
				return span{}, &problem{what: "goes down from " + daraja.Money(s.min).String() + " to " + daraja.Money(s.max).String(), expected: "the smaller amount first"}
			}
			return s, nil
		},
	}
}

// attemptForm is a count, a comparison or a range.
func attemptForm() form[span] {
	const pattern = `^\s*((<=?|>=?)\s*)?[0-9]{1,9}\s*$|^\s*[0-9]{1,9}\s*\.\.\s*[0-9]{1,9}\s*$`
	return form[span]{
		expected: `a number such as 1, a comparison such as "> 1" or "<= 3", or a range such as "2..4"`, example: `"> 1"`,
		schema: func() object {
			return object{"anyOf": []object{{"type": "integer", "minimum": 1, "maximum": 999_999_999}, {"type": "string", "pattern": pattern}}, "examples": []any{1, "> 1", "2..4"}}
		},
		parse: func(_ *reader, n *node) (span, *problem) {
			s, ok := parseSpan(n.text, whole)
			switch {
			case !ok:
				return span{}, &problem{what: "cannot be " + quote(n.text), nearest: nearSpan(n.text, whole)}
			case s.max < 1:
				return span{}, &problem{what: "is below 1", expected: "1 for the first, 2 for the second"}
			case s.min > s.max:
				return span{}, &problem{what: fmt.Sprintf("goes down from %d to %d", s.min, s.max), expected: "the smaller number first"}
			}
			return s, nil
		},
	}
}

// parseSpan reads the forms of a span. What it returns may hold no number at all.
func parseSpan(text string, read number) (span, bool) {
	if low, high, isRange := strings.Cut(text, ".."); isRange {
		a, errA := read(strings.TrimSpace(low))
		b, errB := read(strings.TrimSpace(high))
		return span{a, b}, errA == nil && errB == nil
	}
	text = strings.TrimSpace(text)
	digits := strings.TrimLeft(text, "<>=")
	n, err := read(strings.TrimSpace(digits))
	if err != nil {
		return span{}, false
	}
	switch strings.TrimSuffix(text, digits) {
	case "":
		return span{n, n}, true
	case "<":
		return span{0, n - 1}, true
	case "<=":
		return span{0, n}, true
	case ">":
		return span{n + 1, maxNumber}, true
	case ">=":
		return span{n, maxNumber}, true
	}
	return span{}, false
}

// nearSpan mends "=> 1000", "== 150", "100-200", "1,000" and their like.
func nearSpan(text string, read number) string {
	mended := strings.NewReplacer(",", "", "_", "", "=>", ">=", "=<", "<=", "==", "", "...", "..", "…", "..", "–", "..", "-", "..").Replace(text)
	mended = strings.TrimSpace(strings.TrimPrefix(mended, "="))
	if _, ok := parseSpan(mended, read); !ok || mended == text {
		return ""
	}
	return quote(mended)
}

// moneyForm is an amount of shillings, cents allowed.
func moneyForm() form[daraja.Money] {
	return form[daraja.Money]{
		expected: "shillings such as 20 or 20.50", example: "20.50",
		schema: func() object {
			return object{"anyOf": []object{{"type": "number", "minimum": 0, "maximum": 9_999_999_999_999}, {"type": "string", "pattern": "^" + moneyPattern + "$"}}, "examples": []any{20, 20.5}}
		},
		parse: func(_ *reader, n *node) (daraja.Money, *problem) {
			m, err := daraja.ParseMoney(n.text)
			if err != nil {
				return 0, &problem{what: "cannot be " + quote(n.text), nearest: nearMoney(n.text)}
			}
			return m, nil
		},
	}
}

// nearMoney mends 1,000 and KES 1000.
func nearMoney(s string) string {
	s = strings.NewReplacer(",", "", "_", "", " ", "").Replace(strings.ToLower(s))
	s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(s, "kes"), "ksh"), "."), "/=")
	if _, err := daraja.ParseMoney(s); err != nil {
		return ""
	}
	return s
}
