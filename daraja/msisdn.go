package daraja

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math"
	"path"
	"strconv"
	"strings"
)

// MSISDN is a Kenyan mobile number as Daraja writes it: twelve digits that begin
// with 2547 or 2541. It masks itself when it is logged or printed with %v; use
// Digits where the number itself is meant.
type MSISDN string

// SandboxMSISDN is the public test number of Safaricom's sandbox.
const SandboxMSISDN MSISDN = "254708374149"

// ParseMSISDN takes exactly the form that Daraja takes: 2547XXXXXXXX or
// 2541XXXXXXXX.
func ParseMSISDN(s string) (MSISDN, error) {
	if len(s) != 12 || !digits(s) || (!strings.HasPrefix(s, "2547") && !strings.HasPrefix(s, "2541")) {
		return "", fmt.Errorf("phone must be 2547XXXXXXXX or 2541XXXXXXXX")
	}
	return MSISDN(s), nil
}

// NormaliseMSISDN takes the forms that people write, 07…, 01…, 7…, +254… with
// spaces or dashes, and returns Daraja's form.
func NormaliseMSISDN(s string) (MSISDN, error) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, " ", ""), "-", "")
	s = strings.TrimPrefix(s, "+")
	switch {
	case len(s) == 10 && s[0] == '0':
		s = "254" + s[1:]
	case len(s) == 9 && (s[0] == '7' || s[0] == '1'):
		s = "254" + s
	}
	return ParseMSISDN(s)
}

// PhoneMatch is how a phone number as M-PESA wrote it compares with one that is known.
type PhoneMatch int

// Results of MSISDN.Compare.
const (
	PhoneMissing PhoneMatch = iota // there is no digit in it, or a hash that is not of this number
	PhoneSame                      // the same number, or a masked one that may be it
	PhoneOther                     // another number, or a masked one that cannot be it
)

// Compare says whether a number in any spelling is m: 2547…, +2547…, 07…, 7…, a JSON
// number with decimals, masked with * or X (25470****149, "2547 ***** 126"), or the
// SHA-256 of it in hex.
func (m MSISDN) Compare(written string) PhoneMatch {
	s := strings.ReplaceAll(strings.ReplaceAll(written, " ", ""), "-", "") // a Replacer would allocate 6 kB
	if len(s) == 2*sha256.Size && isHex(s) {
		if sum := sha256.Sum256([]byte(m)); strings.EqualFold(s, hex.EncodeToString(sum[:])) {
			return PhoneSame
		}
		return PhoneMissing
	}
	s = wholeNumber(s)
	switch {
	case !strings.ContainsAny(s, "0123456789*Xx"):
		return PhoneMissing
	case strings.ContainsAny(s, "*Xx"):
		return m.compareMasked(strings.TrimPrefix(s, "+"))
	}
	if other, err := NormaliseMSISDN(s); err == nil && other == m {
		return PhoneSame
	}
	return PhoneOther
}

// compareMasked lets each run of masks stand for any digits.
func (m MSISDN) compareMasked(s string) PhoneMatch {
	var parts []string
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '*' || r == 'X' || r == 'x' }) {
		if !digits(part) {
			return PhoneOther
		}
		parts = append(parts, part)
	}
	pattern := strings.Join(parts, "*")
	if strings.ContainsAny(s[:1], "*Xx") {
		pattern = "*" + pattern
	}
	if strings.ContainsAny(s[len(s)-1:], "*Xx") {
		pattern += "*"
	}
	for _, spelling := range []string{m.Digits(), "0" + m.National(), m.National()} {
		if fits, err := path.Match(pattern, spelling); err == nil && fits {
			return PhoneSame
		}
	}
	return PhoneOther
}

// wholeNumber writes a JSON number with decimals or an exponent as its digits, and
// leaves everything else alone.
func wholeNumber(s string) string {
	if !strings.ContainsAny(s, ".eE") {
		return s
	}
	const exact = 1 << 53
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || f < 0 || f > exact {
		return s
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}

func isHex(s string) bool {
	_, err := hex.DecodeString(s)
	return err == nil
}

// Digits returns the twelve digits.
func (m MSISDN) Digits() string { return string(m) }

// National returns the nine digits after the country code.
func (m MSISDN) National() string { return strings.TrimPrefix(string(m), "254") }

// Masked hides the middle of the number: 2547XXXXX149.
func (m MSISDN) Masked() string {
	if len(m) < 8 {
		return strings.Repeat("X", len(m))
	}
	return string(m[:4]) + strings.Repeat("X", len(m)-7) + string(m[len(m)-3:])
}

// String is Masked, so that a number does not slip into a message by accident.
func (m MSISDN) String() string { return m.Masked() }

// LogValue masks the number in logs.
func (m MSISDN) LogValue() slog.Value { return slog.StringValue(m.Masked()) }
