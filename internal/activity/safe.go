package activity

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/darajabox/darajabox/daraja"
)

// Limits of what is printed of a text, in characters.
const (
	maxWord   = 24  // a reference, a receipt
	maxURL    = 80  // where a callback went
	maxText   = 300 // a reason
	maxFaults = 8   // faults of an event
)

// safe is e as it may be shown: see the package comment.
func (e Event) safe() Event {
	e.At = e.At.In(daraja.EAT())
	for _, s := range []*string{&e.Kind, &e.ResultCode, &e.TransactionID, &e.Receipt, &e.Signature, &e.ErrorCode, &e.Amount} {
		*s = plain(*s, maxWord)
	}
	for _, s := range []*string{&e.World, &e.Result, &e.Reason, &e.Error, &e.By} {
		*s = plain(daraja.MaskPhones(*s), maxText)
	}
	e.Reference, e.Phone, e.URL = plain(daraja.MaskPhones(e.Reference), maxWord), maskedPhone(e.Phone), shortURL(e.URL)
	faults := e.Faults[:min(len(e.Faults), maxFaults)]
	e.Faults = nil
	for _, s := range faults {
		e.Faults = append(e.Faults, plain(daraja.MaskPhones(s), maxText))
	}
	return e
}

// plain is s on one line, without what moves a terminal's cursor, and not longer than
// most characters.
func plain(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// word is s between the spaces of a line: quoted when it has a space in it, - when
// there is nothing.
func word(s string) string {
	switch {
	case s == "":
		return "-"
	case strings.ContainsAny(s, " \""):
		return strconv.Quote(s)
	default:
		return s
	}
}

// maskedPhone is a phone number in any form that people write, masked, and nothing of what
// is no number.
func maskedPhone(s string) string {
	if phone, err := daraja.NormaliseMSISDN(s); err == nil {
		return phone.Masked()
	}
	return strings.Repeat("X", min(len([]rune(s)), 12))
}

// amountText is an amount for people; what is no amount stays as it was written.
func amountText(s string) string {
	if amount, err := daraja.ParseMoney(s); err == nil {
		return amount.Grouped()
	}
	return word(s)
}

// shortURL is a URL whose long parts, often secrets, and query are left out.
func shortURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return plain(daraja.MaskPhones(s), maxURL)
	}
	parts := strings.Split(u.Path, "/")
	for i, part := range parts {
		if len(part) > maxWord {
			parts[i] = "…"
		}
	}
	short := u.Scheme + "://" + u.Host + strings.Join(parts, "/")
	if u.RawQuery != "" {
		short += "?…"
	}
	return plain(daraja.MaskPhones(short), maxURL)
}
