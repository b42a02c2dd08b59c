package scenario

import (
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// span is a range of amounts, both ends included.
type span struct{ min, max daraja.Money }

func (s span) holds(m daraja.Money) bool { return s.min <= m && m <= s.max }

// maxMoney is above every amount that can be written.
const maxMoney daraja.Money = 1 << 60

// spanForm is an amount, a comparison or a range. Comparisons are exact to the cent:
// "< 100" is up to 99.99.
func spanForm() form[span] {
	const pattern = `^\s*((<=?|>=?)\s*)?` + moneyPattern + `\s*$|^\s*` + moneyPattern + `\s*\.\.\s*` + moneyPattern + `\s*$`
	return form[span]{
		expected: `an amount such as 150, a comparison such as "< 100" or ">= 1000", or a range such as "100..200"`,
		schema: func() object {
			return object{"anyOf": []object{{"type": "number", "minimum": 0, "maximum": 9_999_999_999_999}, {"type": "string", "pattern": pattern}}, "examples": []any{150, "< 100", "<= 100", "> 5", ">= 1000", "100..200"}}
		},
		parse: func(_ *reader, n *node) (span, *problem) {
			s, ok := parseSpan(n.text)
			switch {
			case !ok:
				return span{}, &problem{what: "cannot be " + quote(n.text), nearest: nearSpan(n.text)}
			case s.max < 0:
				return span{}, &problem{what: "is below 0", expected: "an amount that a payment can have"}
			case s.min > s.max:
				return span{}, &problem{what: "goes down from " + s.min.String() + " to " + s.max.String(), expected: "the smaller amount first"}
			}
			return s, nil
		},
	}
}

// parseSpan reads the forms of an amount. What it returns may hold no amount at all.
func parseSpan(text string) (span, bool) {
	if low, high, isRange := strings.Cut(text, ".."); isRange {
		a, errA := daraja.ParseMoney(strings.TrimSpace(low))
		b, errB := daraja.ParseMoney(strings.TrimSpace(high))
		return span{a, b}, errA == nil && errB == nil
	}
	text = strings.TrimSpace(text)
	number := strings.TrimLeft(text, "<>=")
	m, err := daraja.ParseMoney(strings.TrimSpace(number))
	if err != nil {
		return span{}, false
	}
	switch strings.TrimSuffix(text, number) {
	case "":
		return span{m, m}, true
	case "<":
		return span{0, m - 1}, true
	case "<=":
		return span{0, m}, true
	case ">":
		return span{m + 1, maxMoney}, true
	case ">=":
		return span{m, maxMoney}, true
	}
	return span{}, false
}

// nearSpan mends "=> 1000", "== 150", "100-200", "1,000" and their like.
func nearSpan(text string) string {
	mended := strings.NewReplacer(",", "", "_", "", "=>", ">=", "=<", "<=", "==", "", "...", "..", "…", "..", "–", "..", "-", "..").Replace(text)
	mended = strings.TrimSpace(strings.TrimPrefix(mended, "="))
	if _, ok := parseSpan(mended); !ok || mended == text {
		return ""
	}
	return quote(mended)
}

// moneyForm is an amount of shillings, cents allowed.
func moneyForm() form[daraja.Money] {
	return form[daraja.Money]{
		expected: "shillings such as 20 or 20.50",
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
