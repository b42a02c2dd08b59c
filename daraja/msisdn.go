package daraja

import (
	"fmt"
	"log/slog"
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

// LastFour hides all but the network's prefix and the last four digits:
// 2547XXXX4149. It tells a tester's phones apart; logs of real customers have Masked.
func (m MSISDN) LastFour() string {
	if len(m) < 9 {
		return m.Masked()
	}
	return string(m[:4]) + strings.Repeat("X", len(m)-8) + string(m[len(m)-4:])
}

// String is Masked, so that a number does not slip into a message by accident.
func (m MSISDN) String() string { return m.Masked() }

// LogValue masks the number in logs.
func (m MSISDN) LogValue() slog.Value { return slog.StringValue(m.Masked()) }
