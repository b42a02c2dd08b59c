package journal

import (
	"fmt"
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

// oneOf is an error when word is none of those that are allowed.
func oneOf(field, word string, allowed []string) error {
	for _, a := range allowed {
		if word == a {
			return nil
		}
	}
	return wrong(field, " is %s, not %q%s", orList(allowed), shorten(word), didYouMean(word, allowed))
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

func checkStatus(s string) error {
	if len(s) == 3 && strings.EqualFold(s[1:], "xx") && s[0] >= '1' && s[0] <= '5' {
		return nil
	}
	if n, err := strconv.Atoi(s); err == nil && (n == 0 || 100 <= n && n <= 599) {
		return nil
	}
	return wrong("status", " is an HTTP status such as 200, a class such as 4xx, or 0 for no answer, not %q", shorten(s))
}

func checkNumber(field, s string) error {
	if n, err := strconv.Atoi(s); err != nil || n < 0 {
		return wrong(field, " is a whole number from 0, not %q", shorten(s))
	}
	return nil
}
