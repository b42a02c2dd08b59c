package daraja

import "strings"

// MaskPhones hides the middle of every phone number in a text that somebody else
// wrote, in any of the forms that people write without spaces: 254712345678,
// 0712345678, 712345678. Identifiers such as ws_CO_18082026120000000708374149,
// which end in one, lose it too.
func MaskPhones(s string) string {
	var out strings.Builder
	kept := 0 // how much of s is in out
	for i := 0; i < len(s); {
		if !digits(s[i : i+1]) {
			i++
			continue
		}
		start := i
		for i < len(s) && digits(s[i:i+1]) {
			i++
		}
		if number := phoneAtEnd(s[start:i]); number > 0 {
			out.WriteString(s[kept : i-number+1])
			out.WriteString(strings.Repeat("X", number-4))
			kept = i - 3
		}
	}
	if kept == 0 {
		return s
	}
	out.WriteString(s[kept:])
	return out.String()
}

// phoneAtEnd returns how many digits at the end of a run are a national number, or
// 0. Amounts, dates and times have other lengths.
func phoneAtEnd(run string) int {
	const (
		national = 9
		id       = 14 + national // a date and a time, and a phone
	)
	if len(run) < national {
		return 0
	}
	before, number := run[:len(run)-national], run[len(run)-national:]
	if number[0] != '7' && number[0] != '1' {
		return 0
	}
	if before == "" || before == "0" || before == "254" || len(run) >= id {
		return national
	}
	return 0
}
