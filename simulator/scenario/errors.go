package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/simulator/condition"
)

// Error is a mistake in a scenario file, at the position where it was made. Line and
// Column count from 1; Column counts characters. Each text is one line.
type Error struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`  // what is wrong
	Expected string `json:"expected"` // what may stand here; "" when Message says it
	Nearest  string `json:"nearest"`  // what was probably meant, as it has to be written; "" when nothing is near
}

// Error prints the mistake as compilers do: file:line:column: text.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text())
}

// Text is the mistake without its position, in one line.
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

// position is a line and a column of a file, both from 1.
type position struct{ line, col int }

// problem is what is wrong with a value. Its At is not used here.
type problem = condition.Problem

// errorAt is a problem at a position of a file that has no name yet.
func errorAt(at position, p problem) *Error {
	return &Error{Line: at.line, Column: at.col, Message: p.What, Expected: p.Expected, Nearest: p.Nearest}
}

// maxMistakes bounds the list that Check returns.
const maxMistakes = 100

// mistakes collects the errors of one file.
type mistakes struct {
	file string
	list []*Error
}

func (m *mistakes) add(at position, p problem) { m.addError(errorAt(at, p)) }

func (m *mistakes) addError(e *Error) {
	if !m.full() {
		e.File = m.file
		m.list = append(m.list, e)
	}
}

// full reports whether no further mistake is kept.
func (m *mistakes) full() bool { return len(m.list) >= maxMistakes }

// sorted returns the mistakes in the order of the file.
func (m *mistakes) sorted() []*Error {
	slices.SortStableFunc(m.list, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return m.list
}

// quote shows what a file says, shortened.
func quote(s string) string { return condition.Quote(s) }

// cannotBe is the problem of a value that a key does not take. near is what was probably
// meant, or "".
func cannotBe(n *node, near string) *problem {
	return &problem{What: "cannot be " + quote(n.text), Nearest: near}
}

// oneOf lists words for a person: "one of a, b, c".
func oneOf[W ~string](words []W) string {
	if len(words) == 1 {
		return string(words[0])
	}
	return "one of " + join(words, ", ")
}

// join is strings.Join for any kind of text.
func join[W ~string](words []W, between string) string {
	texts := make([]string, len(words))
	for i, w := range words {
		texts[i] = string(w)
	}
	return strings.Join(texts, between)
}
