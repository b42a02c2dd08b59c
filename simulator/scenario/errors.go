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
// Col count from 1; Col counts characters.
type Error struct {
	File string
	Line int
	Col  int
	Msg  string // one line: what is wrong; expected …
}

// Error prints the mistake as compilers do: file:line:col: message.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// place is where something stands in the source.
type place struct{ line, col int }

// problem is what is wrong with one value, before it has a place.
type problem struct {
	what     string // "has no unit"
	expected string // what was expected; "" takes the form's own words
	nearest  string // what was probably meant, as it has to be written; "" when nothing is near
}

// message is the line that a person reads.
func (p problem) message() string {
	var b strings.Builder
	b.WriteString(p.what)
	if p.expected != "" {
		b.WriteString("; expected " + p.expected)
	}
	if p.nearest != "" {
		b.WriteString("; did you mean " + p.nearest + "?")
	}
	return b.String()
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
		f.all = append(f.all, &Error{File: f.file, Line: at.line, Col: at.col, Msg: p.message()})
	}
}

// full reports whether there is no use in looking further.
func (f *faults) full() bool { return len(f.all) >= maxFaults }

// sorted returns the mistakes in the order of the file.
func (f *faults) sorted() []*Error {
	slices.SortStableFunc(f.all, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
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
