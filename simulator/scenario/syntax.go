package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// syntaxError puts an error of the YAML library about a text into one line and in position.
func syntaxError(src string, err error) *Error {
	e, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return errorAt(position{1, 1}, notYAML(err.Error()))
	}
	mark, p, message := e.Mark, notYAML(e.Message), e.ContextMsg+": "+e.Message
	all := wordings()
	if i := slices.IndexFunc(all, func(w wording) bool { return strings.Contains(message, w.has) }); i >= 0 {
		if p = all[i].problem; all[i].atStart {
			mark = e.ContextMark
		}
	}
	at, end := position{max(mark.Line, 1), max(mark.Column, 1)}, positionAfter(src)
	if at.line > end.line { // the library ends each text with a line break
		at = end
	}
	return errorAt(at, p)
}

func notYAML(message string) problem {
	return problem{What: fmt.Sprintf("this is not valid YAML (%s)", oneLine(message)), Expected: `"key: value" lines and "- " lists`}
}

// wording puts a message of the YAML library into a tester's words.
type wording struct {
	has     string
	atStart bool // the mistake is where the construct begins, not where it was noticed
	problem
}

func wordings() []wording {
	say := func(what, expected string) problem { return problem{What: what, Expected: expected} }
	return []wording{
		{"unknown anchor", false, alias()},
		{"scanning an alias", false, alias()},
		{"scanning an anchor", false, anchor()},
		{"scanning a tag", false, tag()},
		{"tag handle", false, tag()},
		{"directive", false, say(`"%" at the beginning of a line is a directive in YAML`, "quotes round it")},
		{"exceeded max depth", false, say(fmt.Sprintf("this is nested more than %d deep", maxDepth), "what a scenario needs: six at most")},
		{"scanning a block scalar: did not find", false, say(`">" or "|" begins a block of text in YAML`, `quotes round a comparison, such as ">= 1000"`)},
		{"found a tab", false, say("a tab is used to indent", "spaces")},
		{"cannot start any token", false, say("no value begins with a tab, >, |, @, ` or % here", `quotes round it, such as ">= 1000", and spaces in place of a tab`)},
		{"quoted scalar: found unexpected", true, say("this text is not closed", "a quote at its end")},
		{"escape", false, say(`there is a \ in double quotes that escapes nothing`, `\\ for a backslash, or single quotes round the text`)},
		{"',' or '}'", false, say("a { before this is not closed, or a comma is missing", "a , or a }")},
		{"',' or ']'", false, say("a [ before this is not closed, or a comma is missing", "a , or a ]")},
		{"node content", false, say("a value is missing here, or a [ or { before this is not closed", "a value, or a ] or }")},
		{"mapping values are not allowed", false, say(`a second ": " follows in this value`,
			"quotes round a text with a colon in it, or each key on a line of its own, all indented alike")},
		{"block sequence entries", false, say("a list cannot begin on the line of its key", `each "- " on a line of its own`)},
		{"expected ':'", true, say(`this line is not "key: value"`, "a key, a colon and a space, as on the lines beside it")},
		{"did not find expected", false, say("this does not fit here", "a line indented like its neighbours, or quotes round the whole text")},
	}
}

func alias() problem {
	return problem{What: `"*" at the beginning of a value is an alias in YAML`, Expected: `quotes round a wildcard, such as "*149"`}
}

func anchor() problem {
	return problem{What: `"&" at the beginning of a value is an anchor in YAML, and scenarios have none`, Expected: "the value written out, or quotes round it"}
}

func tag() problem {
	return problem{What: `"!" at the beginning of a value is a tag in YAML, and scenarios have none`, Expected: "the value alone, or quotes round it"}
}
