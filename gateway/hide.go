package gateway

import (
	"bytes"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// hidden stands for the nine digits of a number that was erased.
const hidden = "XXXXXXXXX"

// hideNumbers masks whatever may be a number in words that are kept for good: a
// verdict is part of the chain and can't be erased.
func hideNumbers(s string) string {
	b := []byte(s)
	for i := 0; i < len(b); i++ {
		end := i
		for end < len(b) && isDigit(b[end]) {
			end++
		}
		if end-i >= len(hidden) {
			copy(b[i:end], bytes.Repeat([]byte("X"), end-i))
		}
		i = end
	}
	return string(b)
}

// masked reports whether a number was erased from an id, so that it names nothing any
// more.
func masked(id string) bool { return strings.Contains(id, hidden) }

// hideNumbersAgain is hideNumbers for what was masked before. The digits in front of a
// mask stay: they are the beginning of an id, which callbacks are compared with.
func hideNumbersAgain(s string) string {
	before, after, found := strings.Cut(s, hidden)
	if !found {
		return hideNumbers(s)
	}
	kept := strings.TrimRightFunc(before, func(r rune) bool { return '0' <= r && r <= '9' })
	return hideNumbers(kept) + before[len(kept):] + hidden + hideNumbersAgain(after)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// number is the nine digits of a customer's number without what comes before them, so
// that it is found in 2547…, +2547…, 07… and 7…, and at the end of a CheckoutRequestID.
// "" is found nowhere.
type number string

func numberOf(phone daraja.MSISDN) number { return number(phone.National()) }

// maxSeparators is how many characters people put between two digits of a number.
const maxSeparators = 3

// in reports whether a text has the number, also as 0708 374-149 or +254%20708….
func (n number) in(s string) bool {
	start, _ := n.find(s)
	return start >= 0
}

// hide masks the number wherever a text has it.
func (n number) hide(s string) string {
	var b strings.Builder
	for {
		start, end := n.find(s)
		if start < 0 {
			break
		}
		b.WriteString(s[:start] + hidden)
		s = s[end:]
	}
	return b.String() + s
}

// find returns where the number is first, or -1.
func (n number) find(s string) (start, end int) {
	for i := range len(s) {
		if n == "" || s[i] != n[0] {
			continue
		}
		if end := n.matchAt(s, i); end > 0 {
			return i, end
		}
	}
	return -1, -1
}

// matchAt returns the end of the number that begins at i, or 0.
func (n number) matchAt(s string, i int) int {
	for j := range len(n) {
		for k := 0; j > 0 && k < maxSeparators; k++ {
			i += separator(s[i:])
		}
		if i >= len(s) || s[i] != n[j] {
			return 0
		}
		i++
	}
	return i
}

// separator is the length of the separator that s begins with, or 0. In a URL it may be
// escaped.
func separator(s string) int {
	switch {
	case s == "":
		return 0
	case strings.IndexByte(" \t-._/()+:,", s[0]) >= 0:
		return 1
	case strings.HasPrefix(s, "\u00a0"):
		return 2
	case len(s) >= 3 && s[0] == '%' && s[1] == '2': // %20 to %2F: the blank and signs
		return 3
	}
	return 0
}
