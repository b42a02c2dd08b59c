package condition

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Problem is what is wrong with a value. The caller knows the key and its place.
type Problem struct {
	What     string // behind the key: "cannot be \"x\""
	Expected string // what may stand there; "" takes that of the key
	Nearest  string // what was probably meant, as it has to be written; "" when nothing is near
	At       int    // where in the value, in characters from 0
}

// maxQuoted keeps a message on one line whatever was written, in characters.
const maxQuoted = 60

// Quote shows a value, shortened.
func Quote(s string) string {
	if utf8.RuneCountInString(s) > maxQuoted {
		s = string([]rune(s)[:maxQuoted]) + "…"
	}
	return strconv.Quote(s)
}

// maxShown bounds what is shown of a value in a verdict, in bytes.
const maxShown = 120

// Shorten bounds what is shown of a value.
func Shorten(s string) string {
	if len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}
