package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/expr-lang/expr/file"

	"github.com/darajabox/darajabox/simulator"
)

const whereExample = "a condition such as amount > 1000 && time.hour >= 18"

// whereProblem puts an error of the expr compiler into a tester's words, and finds
// where in the text it is, in characters from 0.
func whereProblem(err error) (int, problem) {
	var e *file.Error
	if !errors.As(err, &e) {
		return 0, whereWords(err.Error())
	}
	p := whereWords(e.Message)
	if strings.Contains(e.Message, "maximum allowed nodes") {
		return 0, p
	}
	return e.From, p
}

// whereWords puts a message of the expr library into a tester's words.
func whereWords(message string) problem {
	for _, w := range []struct {
		shape string
		say   func(m []string) problem
	}{
		{`^unknown name (.*)$`, unknownName},
		{`has no field (\w+)$`, unknownField},
		{`\(mismatched types? (.+?)(?: and (.+))?\)$`, mismatched},
		{`^expected bool, but got (.+)$`, func(m []string) problem {
			return problem{what: "where is not true or false, but " + typeWord(m[1])}
		}},
		{`^unexpected token Operator\("="\)`, func([]string) problem {
			return problem{what: "where has a single =", expected: "== to compare"}
		}},
		{`^unexpected (?:token EOF|end of expression)`, func([]string) problem { return problem{what: "where ends too early"} }},
		{`^unexpected token \w+\("(.*)"\)`, func(m []string) problem {
			return problem{what: fmt.Sprintf("%s does not fit here in where", quote(m[1])), expected: whereExample + ", with and, or, && or || between two"}
		}},
		{`maximum allowed nodes`, func([]string) problem {
			return problem{what: "where is too long a condition", expected: "fewer parts, or two rules"}
		}},
		{`^literal not terminated`, func([]string) problem {
			return problem{what: "this text in where is not closed", expected: "a quote at its end"}
		}},
		{`^where has `, func([]string) problem { return problem{what: message} }},
	} {
		if m := regexp.MustCompile(w.shape).FindStringSubmatch(message); m != nil {
			p := w.say(m)
			if p.expected == "" {
				p.expected = whereExample
			}
			return p
		}
	}
	return problem{what: "where cannot be understood here: " + oneLine(message), expected: whereExample}
}

func unknownName(m []string) problem {
	known := slices.Concat(whereNames(), whereFunctions(), []string{"true", "false"})
	if name := m[1]; name == strings.ToUpper(name) && len(name) > 1 {
		return problem{what: "where knows no " + quote(name), expected: "quotes round a text", nearest: "'" + oneLine(name) + "'"}
	}
	return problem{what: "where knows no " + quote(m[1]), expected: oneOf(whereNames()), nearest: simulator.Nearest(m[1], known)}
}

func unknownField(m []string) problem {
	return problem{what: "where knows no time." + oneLine(m[1]), expected: oneOf(timeNames()), nearest: simulator.Nearest(m[1], timeNames())}
}

func mismatched(m []string) problem {
	if m[2] == "" {
		return problem{what: "this does not go with " + typeWord(m[1]) + " in where"}
	}
	a, b := typeWord(m[1]), typeWord(m[2])
	p := problem{what: fmt.Sprintf("where compares %s with %s here", a, b)}
	if a != b && (a == aText || b == aText) {
		p.expected = "quotes round a text, such as phone == '254708374149'"
	}
	return p
}

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
	case strings.HasPrefix(t, "map"), strings.HasPrefix(t, "scenario."):
		return "a group of fields"
	case strings.HasPrefix(t, "["):
		return "a list"
	default:
		return "something unknown"
	}
}
