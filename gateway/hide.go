package gateway

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
)

// hidden stands for the nine digits of a number that was erased.
const hidden = "XXXXXXXXX"

// hideNumbers masks whatever may be a number in words that are kept for good: a
// verdict is part of the chain and can't be erased.
func hideNumbers(s string) string {
	if !strings.ContainsAny(s, "0123456789") { // an encoded digit has digits inside, too
		return s
	}
	b := []byte(s)
	for i := 0; i < len(b); {
		digits, end := run(s, i)
		if digits < len(hidden) {
			i++ // an encoded digit has digits inside
			continue
		}
		copy(b[i:end], bytes.Repeat([]byte("X"), end-i))
		i = end
	}
	return string(b)
}

// run counts the digits that begin at i, encoded or not, and says where they end.
func run(s string, i int) (digits, end int) {
	for i < len(s) {
		c, size := charAt(s[i:])
		if !isDigit(c) {
			break
		}
		digits, i = digits+1, i+size
	}
	return digits, i
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
	kept := strings.TrimRightFunc(before, isDigit)
	return hideNumbers(kept) + before[len(kept):] + hidden + hideNumbersAgain(after)
}

func isDigit(c rune) bool { return '0' <= c && c <= '9' }

// number is the nine digits of a customer's number without what comes before them, so
// that it is found in 2547…, +2547…, 07… and 7…, and at the end of a CheckoutRequestID.
// "" is found nowhere.
type number string

func numberOf(phone daraja.MSISDN) number { return number(phone.National()) }

// maxSeparators is how many characters people put between two digits of a number.
const maxSeparators = 3

// betweenDigits are what people put there.
const betweenDigits = " \t-._/()+:,\u00a0"

// in reports whether a text has the number, also as 0708 374-149 or +254%20708…, and with
// digits that a URL or JSON encodes.
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
		if n == "" || s[i] != n[0] && s[i] != '%' && s[i] != '\\' {
			continue
		}
		if end := n.matchAt(s, i); end > 0 && !inPromptTime(s, i, end) {
			return i, end
		}
	}
	return -1, -1
}

// promptBegin begins a CheckoutRequestID. Digits of the time follow, and then those of the
// customer's number.
const promptBegin = "ws_CO_"

// inPromptTime reports whether s[start:end] are digits of the time in a CheckoutRequestID:
// others follow, or the mask of an erased number. The time of many prompts has the digits of
// a customer's number.
func inPromptTime(s string, start, end int) bool {
	follows, _ := run(s, end)
	before := strings.TrimRightFunc(s[:start], isDigit)
	return strings.HasSuffix(before, promptBegin) && (follows > 0 || strings.HasPrefix(s[end:], hidden))
}

// matchAt returns the end of the number that begins at i, or 0.
func (n number) matchAt(s string, i int) int {
	return matchAt(s, i, len(n), func(j int, c rune) bool { return c == rune(n[j]) })
}

// matchAt returns the end of so many digits that begin at i, or 0 when one of them, counted
// from 0, does not fit.
func matchAt(s string, i, digits int, fits func(j int, c rune) bool) int {
	for j := range digits {
		for k := 0; j > 0 && k < maxSeparators; k++ {
			i += separator(s[i:])
		}
		c, size := charAt(s[i:])
		if size == 0 || !fits(j, c) {
			return 0
		}
		i += size
	}
	return i
}

// separator is the length of the separator that s begins with, or 0.
func separator(s string) int {
	c, size := charAt(s)
	if size == 0 || !strings.ContainsRune(betweenDigits, c) {
		return 0
	}
	return size
}

// mostEncodings is how often a text may be encoded, one encoding inside another.
const mostEncodings = 3

// charAt returns the character that s begins with, as a URL or a JSON text may encode it,
// and the bytes that it takes: 0 when s is empty.
func charAt(s string) (c rune, size int) {
	if s == "" {
		return 0, 0
	}
	switch s[0] {
	case '%':
		c, size = inURL(s)
	case '\\':
		c, size = inJSON(s)
	}
	if size > 0 {
		return c, size
	}
	return utf8.DecodeRuneInString(s)
}

// inURL reads %30, or %2530 where it is encoded twice.
func inURL(s string) (c rune, size int) {
	rest := s[1:]
	for range mostEncodings - 1 {
		rest = strings.TrimPrefix(rest, "25")
	}
	if len(rest) >= 5 && strings.EqualFold(rest[:5], "c2%a0") { // the blank that breaks no line
		return '\u00a0', len(s) - len(rest) + 5
	}
	return fromHex(s, rest, 2)
}

// inJSON reads \u0030, \/ and \t, or \\u0030 where it is encoded twice.
func inJSON(s string) (c rune, size int) {
	rest := s
	for range 1 << (mostEncodings - 1) { // each encoding doubles them
		rest = strings.TrimPrefix(rest, `\`)
	}
	switch {
	case rest == "":
		return 0, 0
	case rest[0] == '/':
		return '/', len(s) - len(rest) + 1
	case rest[0] == 't':
		return '\t', len(s) - len(rest) + 1
	case rest[0] == 'u':
		return fromHex(s, rest[1:], 4)
	}
	return 0, 0
}

// fromHex reads the digits with which rest, the end of s, begins.
func fromHex(s, rest string, digits int) (c rune, size int) {
	if len(rest) < digits {
		return 0, 0
	}
	n, err := strconv.ParseUint(rest[:digits], 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(n), len(s) - len(rest) + digits
}
