package scenario

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// glob is a text in which each * stands for any characters, none included.
type glob string

func (g glob) matches(s string) bool {
	head, rest, wild := strings.Cut(string(g), "*")
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

const (
	phonePattern     = `^[ \-]*\+?[ \-]*(2[ \-]*5[ \-]*4[ \-]*|0[ \-]*)?[17]([ \-]*[0-9]){8}[ \-]*$`
	phoneGlobPattern = `^[ \-]*\+?[0-9 \-]*\*[0-9* \-]*$`
)

// phoneForms of a number that has no leading zero: 712345678, 254712345678.
func phoneNumbers() []object {
	return []object{
		{"type": "string", "pattern": phonePattern},
		{"type": "integer", "minimum": 100_000_000, "maximum": 199_999_999},
		{"type": "integer", "minimum": 700_000_000, "maximum": 799_999_999},
		{"type": "integer", "minimum": 254_100_000_000, "maximum": 254_199_999_999},
		{"type": "integer", "minimum": 254_700_000_000, "maximum": 254_799_999_999},
	}
}

// phoneForm is one number, in any form that people write.
func phoneForm() form[daraja.MSISDN] {
	return form[daraja.MSISDN]{
		expected: `a Kenyan mobile number such as "254708374149" or "0708374149"`, example: `"254708374149"`,
		schema: func() object {
			return object{"anyOf": phoneNumbers(), "examples": []any{daraja.SandboxMSISDN.Digits()}}
		},
		parse: func(_ *reader, n *node) (daraja.MSISDN, *problem) {
			m, err := daraja.NormaliseMSISDN(n.text)
			if err != nil {
				return "", &problem{what: "cannot be " + quote(n.text)}
			}
			return m, nil
		},
	}
}

// phoneGlobForm is one number, or many by *.
func phoneGlobForm() form[glob] {
	one := phoneForm()
	return form[glob]{
		expected: `a Kenyan mobile number such as "254708374149" or "0708374149", or with * for any digits such as "2547001*"`, example: `["0708374149", "2547001*"]`,
		schema: func() object {
			return object{"anyOf": append(phoneNumbers(), object{"type": "string", "pattern": phoneGlobPattern}), "examples": []any{daraja.SandboxMSISDN.Digits(), "2547001*"}}
		},
		parse: func(r *reader, n *node) (glob, *problem) {
			if !strings.Contains(n.text, "*") {
				m, p := one.parse(r, n)
				return glob(m.Digits()), p
			}
			return parsePhoneGlob(n.text)
		},
	}
}

func parsePhoneGlob(text string) (glob, *problem) {
	s := strings.TrimPrefix(strings.NewReplacer(" ", "", "-", "").Replace(text), "+")
	if strings.HasPrefix(s, "0") {
		s = "254" + s[1:]
	}
	if strings.Trim(s, "0123456789*") != "" {
		return "", &problem{what: "cannot be " + quote(text)}
	}
	prefix, _, _ := strings.Cut(s, "*")
	if digits := len(s) - strings.Count(s, "*"); digits > 12 || !mayBegin(prefix, "2547") && !mayBegin(prefix, "2541") {
		return "", &problem{what: "cannot be " + quote(text) + ": it fits no number", expected: `twelve digits at most that begin with 2547, 2541, 07 or 01, such as "2547001*"`}
	}
	return glob(s), nil
}

// mayBegin reports whether a number that begins with prefix may begin with start.
func mayBegin(prefix, start string) bool {
	n := min(len(prefix), len(start))
	return prefix[:n] == start[:n]
}

// maxReference bounds a reference in a rule, far above the 12 characters that the
// documentation allows an AccountReference.
const maxReference = 100

// referenceForm is an AccountReference, or many by *. Capitals count.
func referenceForm() form[glob] {
	return form[glob]{
		expected: fmt.Sprintf(`an account reference of 1 to %d characters such as INV-1, or with * for any characters such as "INV-*"`, maxReference), example: `"INV-*"`,
		schema: func() object {
			return object{"type": []string{"string", "number", "boolean"}, "minLength": 1, "maxLength": maxReference, "examples": []any{"INV-1", "INV-*"}}
		},
		parse: func(_ *reader, n *node) (glob, *problem) {
			switch length := utf8.RuneCountInString(n.text); {
			case length == 0:
				return "", &problem{what: "is an empty text"}
			case length > maxReference:
				return "", &problem{what: fmt.Sprintf("has %d characters", length)}
			}
			return glob(n.text), nil
		},
	}
}

// shortcodeForm is a paybill or till number.
func shortcodeForm() form[string] {
	shape := regexp.MustCompile(`^[0-9]{5,7}$`)
	return form[string]{
		expected: "a shortcode of 5 to 7 digits such as 174379", example: "174379",
		schema: func() object {
			return object{"anyOf": []object{{"type": "string", "pattern": `^[0-9]{5,7}$`}, {"type": "integer", "minimum": 10_000, "maximum": 9_999_999}}, "examples": []any{"174379"}}
		},
		parse: func(_ *reader, n *node) (string, *problem) {
			if !shape.MatchString(n.text) {
				return "", &problem{what: "cannot be " + quote(n.text)}
			}
			return n.text, nil
		},
	}
}
