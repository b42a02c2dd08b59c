package scenario

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// tokenLimits goes over the tokens of a file and counts how deep they are nested.
type tokenLimits struct {
	unused   map[token.Type]problem
	brackets int // the open ones
	dashes   int // on this line
	line     int
	quoted   bool // the token before is a text in quotes: a colon may touch what follows it, as in JSON
}

// checkTokens refuses the parts of YAML that a scenario has no use for, and nesting
// that would cost the reader more than it is worth.
func checkTokens(tokens token.Tokens) *Error {
	l := tokenLimits{unused: unused()}
	for i, tk := range tokens {
		p := l.check(tokens[i:])
		if i >= maxTokens {
			p = &problem{What: "there is more in this file than a scenario can have",
				Expected: fmt.Sprintf("at most %d rules and %d customers", maxRules, maxCustomers)}
		}
		if p != nil {
			return errorAt(positionOf(tk), *p)
		}
	}
	return nil
}

// check counts the first of tokens, or says what is wrong with it.
func (l *tokenLimits) check(tokens token.Tokens) *problem {
	tk := tokens[0]
	if tk.Type == token.InvalidType {
		p := rephrase(tk.Error)
		return &p
	}
	if p, is := l.unused[tk.Type]; is {
		return &p
	}
	if l.brackets > 0 && !l.quoted && colonTouches(tokens) {
		return &problem{What: "this colon has no space after it", Expected: `"key: value"`}
	}
	if tk.Position.Line != l.line {
		l.line, l.dashes = tk.Position.Line, 0
	}
	switch tk.Type {
	case token.MappingStartType, token.SequenceStartType:
		l.brackets++
	case token.MappingEndType, token.SequenceEndType:
		l.brackets--
	case token.SequenceEntryType, token.MappingKeyType:
		l.dashes++
	default:
	}
	l.quoted = tk.Type == token.DoubleQuoteType || tk.Type == token.SingleQuoteType
	if l.brackets > maxDepth || l.dashes > maxDepth {
		return &problem{What: fmt.Sprintf("this is nested more than %d deep", maxDepth), Expected: "what a scenario needs: six at most"}
	}
	return nil
}

// colonTouches reports whether tokens begin with a colon that touches what follows, as in
// {result:1032}. The YAML library takes it for two words, and YAML for one.
func colonTouches(tokens token.Tokens) bool {
	if len(tokens) < 2 || tokens[0].Type != token.MappingValueType || tokens[1].Position.Line != tokens[0].Position.Line {
		return false
	}
	switch tokens[1].Type {
	case token.CollectEntryType, token.MappingEndType, token.SequenceEndType:
		return false
	default:
		return tokens[1].Position.Column == tokens[0].Position.Column+1
	}
}

// unused says why some types of token have no place in a scenario.
func unused() map[token.Type]problem {
	return map[token.Type]problem{
		token.AliasType: {What: `"*" at the beginning of a value is an alias in YAML`, Expected: `quotes round a wildcard, such as "*149"`},
		token.AnchorType: {What: `"&" at the beginning of a value is an anchor in YAML, and scenarios have none`,
			Expected: "the value written out, or quotes round it"},
		token.TagType: {What: `"!" at the beginning of a value is a tag in YAML, and scenarios have none`,
			Expected: "the value alone, or quotes round it"},
		token.MergeKeyType:  {What: `"<<" merges keys in YAML, and scenarios do not`, Expected: "the keys written out"},
		token.DirectiveType: {What: `"%" at the beginning of a value or line is a directive in YAML`, Expected: "quotes round it"},
	}
}

// wording puts a message of the YAML library into a tester's words.
type wording struct{ has, what, expected string }

func wordings() []wording {
	const fits = "this does not fit here"
	return []wording{
		{"invalid header option", `">" or "|" begins a block of text in YAML`, `quotes round a comparison, such as ">= 1000"`},
		{"character '\t'", "a tab is used to indent", "spaces"},
		{"tab character", "a tab is used to indent", "spaces"},
		{"double-quoted text", "this text is not closed", `a " at its end`},
		{"single-quoted text", "this text is not closed", "a ' at its end"},
		{"reserved character", "a value cannot begin with @ or ` in YAML", "quotes round it"},
		{"unknown escape character", `there is a \ in double quotes that escapes nothing`, `\\ for a backslash, or single quotes round the text`},
		{"flow mapping end token", "this { is not closed", "a } at its end"},
		{"',' or '}'", "a { before this is not closed, or a comma is missing", "a , or a }"},
		{"could not find flow map content", "there is something in this { } that is not a key", "{key: value, key: value}"},
		{"sequence end token", "this [ is not closed", "a ] at its end"},
		{"',' or ']'", "a [ before this is not closed, or a comma is missing", "a , or a ]"},
		{"expected sequence element", "there is a comma with nothing before it", "an item between two commas"},
		{"corresponding to ']'", "this ] closes no [", "a [ before it"},
		{"corresponding to '}'", "this } closes no {", "a { before it"},
		{"directive", `"%" at the beginning of a value or line is a directive in YAML`, "quotes round it"},
		{"mapping value is not allowed", `a second ": " follows in this value`,
			"quotes round a text with a colon in it, or each key on a line of its own, all indented alike"},
		{"implicit line break", "this key goes over more than one line", `"key: value" on one line`},
		{"block sequence entries", "a list cannot begin on the line of its key", `each "- " on a line of its own`},
		{"non-map value", `this line is not "key: value"`, "a key, a colon and a space, as on the lines beside it"},
		{"unexpected key name", `this line is not "key: value"`, "a key, a colon and a space"},
		{"map key", `this is not "key: value"`, "a key, a colon and a space"},
		{"map key-value is pre-defined", fits, "quotes round the whole text, or a line indented like its neighbours"},
		{"value is not allowed", fits, "a line indented like its neighbours, or quotes round the whole text"},
		{"document separator", fits, "a line of its own after ---"},
	}
}

// rephrase makes one clear line of a message of the YAML library.
func rephrase(message string) problem {
	for _, w := range wordings() {
		if strings.Contains(message, w.has) {
			return problem{What: w.what, Expected: w.expected}
		}
	}
	first, _, _ := strings.Cut(message, "\n")
	return problem{What: fmt.Sprintf("this is not valid YAML (%s)", strings.TrimSpace(first)), Expected: `"key: value" lines and "- " lists`}
}
