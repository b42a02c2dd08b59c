package daraja

import (
	"regexp"
	"strings"
)

// A number as people write it, in one run of digits or in groups, and as ids have it.
var (
	longNumber    = regexp.MustCompile(`[0-9]{9,}`)
	groupedNumber = regexp.MustCompile(`\b(?:254|0)[ .-]?[17](?:[ .-]?[0-9]){8}\b`)
	fullNumber    = regexp.MustCompile(`254[17][0-9]{8}`)
)

// MaskPhones hides the middle of every phone number in a text from outside, as Masked does,
// in any of the forms that people write: 254712345678, 0712 345 678, 712345678. Identifiers
// such as ws_CO_18082026120000000708374149, which end in one, lose it too.
func MaskPhones(s string) string {
	return groupedNumber.ReplaceAllStringFunc(longNumber.ReplaceAllStringFunc(s, maskAtEnd), func(grouped string) string {
		return maskAtEnd(strings.NewReplacer(" ", "", ".", "", "-", "").Replace(grouped))
	})
}

// maskAtEnd hides the middle of the national number at the end of a run of digits, if
// there is one. Amounts, dates and times have other lengths.
func maskAtEnd(run string) string {
	const (
		national = 9
		id       = 14 + national // a date and a time, and a phone; or two phones
	)
	before, number := run[:len(run)-national], run[len(run)-national:]
	ends := number[0] == '7' || number[0] == '1'
	switch {
	case ends && (before == "" || before == "0" || before == "254" || before == "2540" || before == "00254"):
		return before + number[:1] + "XXXXX" + number[national-3:]
	case ends && len(run) >= id:
		return fullNumber.ReplaceAllStringFunc(before, maskAtEnd) + maskAtEnd(number)
	default: // a number with its country's code may stand beside other digits
		return fullNumber.ReplaceAllStringFunc(run, maskAtEnd)
	}
}
