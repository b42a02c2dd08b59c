package journal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/simulator"
)

func kinds() []string {
	return []string{string(KindRequest), string(KindCallback), string(KindAction)}
}

func apis() []string {
	return []string{
		string(simulator.APIOAuth), string(simulator.APISTKPush), string(simulator.APISTKQuery), string(simulator.APIUnknown),
	}
}

// FieldError is a value that a filter, a matcher or a count cannot have.
type FieldError struct {
	Field string // its name, which the text begins with
	err   error
}

// Error implements error.
func (e *FieldError) Error() string { return e.err.Error() }

// Unwrap returns the error with its causes.
func (e *FieldError) Unwrap() error { return e.err }

// wrong is the error of a field; its text begins with the field's name.
func wrong(field, format string, args ...any) error {
	return &FieldError{Field: field, err: fmt.Errorf("%s%w", field, fmt.Errorf(format, args...))}
}

// oneOf checks that a field has a value that is allowed.
func oneOf(field string, allowed ...string) func(*pattern) error {
	return func(p *pattern) error {
		if slices.Contains(allowed, p.shown) {
			return nil
		}
		return wrong(field, " is %s, not %q%s", orList(allowed), shorten(p.shown), didYouMean(p.shown, allowed))
	}
}

func orList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// didYouMean is a question that names the nearest word, if one is near.
func didYouMean(word string, words []string) string {
	if near := simulator.Nearest(word, words); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// asStatus checks a status, and makes 4xx the class that it stands for.
func (p *pattern) asStatus() error {
	if s := p.shown; len(s) == 3 && strings.EqualFold(s[1:], "xx") && '1' <= s[0] && s[0] <= '5' {
		p.glob = s[:1] + anything
		return nil
	}
	if n, err := strconv.Atoi(p.shown); err == nil && (n == 0 || 100 <= n && n <= 599) {
		return nil
	}
	return wrong(fieldStatus, " is an HTTP status such as 200, a class such as 4xx, or 0 for no answer, not %q", shorten(p.shown))
}

func checkCopy(p *pattern) error {
	if n, err := strconv.Atoi(p.shown); err != nil || n < 0 {
		return wrong("copy", " is a whole number from 0, not %q", shorten(p.shown))
	}
	return nil
}
