package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is a mistake in a scenario file, at the place where it was made. Line and
// Column count from 1; Column counts characters. Each text is one line.
type Error struct {
	File     string
	Line     int
	Column   int
	Message  string // what is wrong
	Expected string // what may stand here; "" when Message says it
	Nearest  string // what was probably meant, as it has to be written; "" when nothing is near
}

// Error prints the mistake as compilers do: file:line:column: text.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text())
}

// Text is the mistake without its place, in one line.
func (e *Error) Text() string {
	var b strings.Builder
	b.WriteString(e.Message)
	if e.Expected != "" {
		b.WriteString("; expected " + e.Expected)
	}
	if e.Nearest != "" {
		b.WriteString("; did you mean " + e.Nearest + "?")
	}
	return b.String()
}

// place is where something stands in the source.
type place struct{ line, col int }

// problem is what is wrong with one value, before it has a place.
type problem struct {
	what     string // "has no unit"
	expected string // what was expected; "" takes the form's own words
	nearest  string // what was probably meant, as it has to be written; "" when nothing is near
}

// maxFaults bounds the list that Check returns.
const maxFaults = 100

// faults collects the mistakes of one file.
type faults struct {
	file string
	all  []*Error
}

func (f *faults) add(at place, p problem) {
	if !f.full() {
		f.all = append(f.all, &Error{File: f.file, Line: at.line, Column: at.col, Message: p.what, Expected: p.expected, Nearest: p.nearest})
	}
}

// full reports whether there is no use in looking further.
func (f *faults) full() bool { return len(f.all) >= maxFaults }

// sorted returns the mistakes in the order of the file.
func (f *faults) sorted() []*Error {
	slices.SortStableFunc(f.all, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return f.all
}

// maxQuoted keeps a message on one line whatever was written.
const maxQuoted = 60

// quote shows what a file says, shortened.
func quote(s string) string {
	if utf8.RuneCountInString(s) > maxQuoted {
		s = string([]rune(s)[:maxQuoted]) + "…"
	}
	return strconv.Quote(s)
}

// oneOf lists words for a person: "one of a, b, c".
func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return "one of " + strings.Join(words, ", ")
}
