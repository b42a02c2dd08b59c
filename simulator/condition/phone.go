package condition

import (
	"net/textproto"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// phone reads a Kenyan mobile number in any spelling, or many by *.
func phone(text string) (Pattern, *Problem) {
	p := Text(text)
	if !p.wild {
		m, err := daraja.NormaliseMSISDN(text)
		if err != nil {
			return p, &Problem{What: "cannot be " + Quote(text)}
		}
		p.text = m.Digits()
		return p, nil
	}
	digits := strings.TrimPrefix(strings.NewReplacer(" ", "", "-", "").Replace(text), "+")
	if strings.HasPrefix(digits, "0") {
		digits = "254" + digits[1:]
	}
	if strings.Trim(digits, "0123456789*") != "" {
		return p, &Problem{What: "cannot be " + Quote(text)}
	}
	prefix, _, _ := strings.Cut(digits, "*")
	if n := len(digits) - strings.Count(digits, "*"); n > 12 || !mayBegin(prefix, "2547") && !mayBegin(prefix, "2541") {
		return p, &Problem{What: "cannot be " + Quote(text) + ": it fits no number",
			Expected: `twelve digits at most that begin with 2547, 2541, 07 or 01, such as "2547001*"`}
	}
	p.text = digits
	return p, nil
}

// mayBegin reports whether a number that begins with prefix may begin with start.
func mayBegin(prefix, start string) bool {
	n := min(len(prefix), len(start))
	return prefix[:n] == start[:n]
}

// shortcode reads a paybill or till number, or many by *.
func shortcode(text string) (Pattern, *Problem) {
	p := Text(text)
	digits := strings.ReplaceAll(text, "*", "")
	if strings.Trim(digits, "0123456789") != "" || len(digits) > 7 || !p.wild && len(digits) < 5 {
		return p, &Problem{What: "cannot be " + Quote(text)}
	}
	return p, nil
}

// HeaderName writes the name of a header as net/http does; it is "" when it is none.
func HeaderName(name string) string {
	if name == "" || len(name) > 100 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+.^_|~-") != "" {
		return ""
	}
	return textproto.CanonicalMIMEHeaderKey(name)
}

// Header is a test of a header by its name.
func Header(name string, p Pattern) Test {
	return Test{Key: KeyHeader, name: name, Patterns: []Pattern{p}}
}
