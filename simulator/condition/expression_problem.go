package condition

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/file"

	"github.com/darajabox/darajabox/internal/suggest"
)

// Example is what may stand under where.
const Example = "a condition such as amount > 1000 && time.hour >= 18"

// expressionProblem puts an error of the expr compiler into a tester's words. names is
// what the expression may ask about.
func expressionProblem(err error, names reflect.Type) Problem {
	var e *file.Error
	if !errors.As(err, &e) {
		return expressionWords(err.Error(), names)
	}
	p := expressionWords(e.Message, names)
	if !strings.Contains(e.Message, "maximum allowed nodes") {
		p.At = e.From
	}
	return p
}

// expressionWords puts a message of the expr library into a tester's words.
func expressionWords(message string, names reflect.Type) Problem {
	for _, w := range []struct {
		shape string
		say   func(m []string) Problem
	}{
		{`^unknown name (.*)$`, func(m []string) Problem { return unknownName(m[1], namesOf(names)) }},
		{`has no field (\w+)$`, func(m []string) Problem {
			fields := namesOf(reflect.TypeFor[Clock]())
			return Problem{What: "knows no time." + oneLine(m[1]), Expected: "one of " + strings.Join(fields, ", "), Nearest: suggest.Nearest(m[1], fields)}
		}},
		{`\(mismatched types? (.+?)(?: and (.+))?\)$`, mismatched},
		{`^expected bool, but got (.+)$`, func(m []string) Problem { return Problem{What: "is not true or false, but " + typeWord(m[1])} }},
		{`^unexpected token Operator\("="\)`, func([]string) Problem { return Problem{What: "has a single =", Expected: "== to compare"} }},
		{`^unexpected (?:token EOF|end of expression)`, func([]string) Problem { return Problem{What: "ends too early"} }},
		{`^unexpected token \w+\("(.*)"\)`, func(m []string) Problem {
			return Problem{What: fmt.Sprintf("does not take %s here", Quote(m[1])), Expected: Example + ", with and, or, && or || between two"}
		}},
		{`maximum allowed nodes`, func([]string) Problem {
			return Problem{What: "is too long a condition", Expected: "fewer parts, or two rules"}
		}},
		{`^literal not terminated`, func([]string) Problem {
			return Problem{What: "has a text here that is not closed", Expected: "a quote at its end"}
		}},
		{`^has `, func([]string) Problem { return Problem{What: message} }},
	} {
		if m := regexp.MustCompile(w.shape).FindStringSubmatch(message); m != nil {
			p := w.say(m)
			if p.Expected == "" {
				p.Expected = Example
			}
			return p
		}
	}
	return Problem{What: "cannot be understood here: " + oneLine(message), Expected: Example}
}

func unknownName(name string, names []string) Problem {
	if name == strings.ToUpper(name) && len(name) > 1 {
		return Problem{What: "knows no " + Quote(name), Expected: "quotes round a text", Nearest: "'" + oneLine(name) + "'"}
	}
	known := slices.Concat(names, Functions(), []string{"true", "false"})
	return Problem{What: "knows no " + Quote(name), Expected: "one of " + strings.Join(names, ", "), Nearest: suggest.Nearest(name, known)}
}

func mismatched(m []string) Problem {
	if m[2] == "" {
		return Problem{What: "has something here that does not go with " + typeWord(m[1])}
	}
	a, b := typeWord(m[1]), typeWord(m[2])
	p := Problem{What: fmt.Sprintf("compares %s with %s here", a, b)}
	if a != b && (a == aText || b == aText) {
		p.Expected = "quotes round a text, such as phone == '254708374149'"
	}
	return p
}

// oneLine keeps a message of the library on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

const aText = "a text"

// typeWord is what a tester calls a type.
func typeWord(t string) string {
	switch {
	case t == "string":
		return aText
	case strings.HasPrefix(t, "int"), strings.HasPrefix(t, "float"):
		return "a number"
	case t == "bool":
		return "true or false"
	case strings.HasPrefix(t, "map"), strings.HasPrefix(t, "condition."):
		return "a group of fields"
	case strings.HasPrefix(t, "["):
		return "a list"
	default:
		return "something unknown"
	}
}
