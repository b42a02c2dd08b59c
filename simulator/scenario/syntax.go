package scenario

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// guard walks over the tokens of a file and counts what makes the YAML reader slow.
type guard struct {
	brackets  []token.Type // the open ones
	previous  token.Type
	colon     bool // since the last comma or bracket
	line      int
	dashes    int // on this line
	valueless int // keys in { } with nothing after them
}

// checkTokens refuses the parts of YAML that a scenario has no use for, and nesting
// that would cost the reader more than it is worth.
func checkTokens(tokens token.Tokens) (place, *problem) {
	var g guard
	for i, tk := range tokens {
		if tk.Type == token.InvalidType {
			return placeOf(tk), rephrase(tk.Error)
		}
		if p := unused(tk); p != nil {
			return placeOf(tk), p
		}
		if len(g.brackets) > 0 && !g.quoted() && glued(tokens[i:]) {
			return placeOf(tk), &problem{what: "this colon has no space after it", expected: `"key: value"`}
		}
		g.see(tk)
		if len(g.brackets) > maxDepth || g.dashes > maxDepth {
			return placeOf(tk), &problem{what: fmt.Sprintf("this is nested more than %d deep", maxDepth), expected: "what a scenario needs: six at most"}
		}
		if g.valueless > maxValueless || i >= maxTokens {
			return placeOf(tk), &problem{what: "there is more in this file than a scenario can have", expected: fmt.Sprintf("at most %d rules and %d customers", maxRules, maxCustomers)}
		}
	}
	return place{}, nil
}

func (g *guard) see(tk *token.Token) {
	if tk.Type == token.CommentType {
		return
	}
	if tk.Position.Line != g.line {
		g.line, g.dashes = tk.Position.Line, 0
	}
	switch tk.Type {
	case token.MappingStartType, token.SequenceStartType:
		g.brackets, g.colon = append(g.brackets, tk.Type), false
	case token.MappingEndType, token.SequenceEndType, token.CollectEntryType:
		g.closeEntry(tk.Type)
	case token.SequenceEntryType, token.MappingKeyType:
		g.dashes++
	case token.MappingValueType:
		g.colon = true
	default:
	}
	g.previous = tk.Type
}

// quoted reports whether a text in quotes came just before; a colon may touch what
// follows it then, as in JSON.
func (g *guard) quoted() bool {
	return g.previous == token.DoubleQuoteType || g.previous == token.SingleQuoteType
}

// closeEntry ends an entry of { } or [ ].
func (g *guard) closeEntry(by token.Type) {
	n := len(g.brackets)
	if n == 0 {
		return
	}
	bare := !g.colon && g.brackets[n-1] == token.MappingStartType && g.previous != token.MappingStartType
	if bare || g.previous == token.MappingValueType {
		g.valueless++
	}
	// After a bracket closes, the entry that it was the value of has had its colon.
	g.colon = by != token.CollectEntryType
	if by != token.CollectEntryType {
		g.brackets = g.brackets[:n-1]
	}
}

// glued reports whether tokens begin with a colon that touches what follows, as in
// {result:1032}. The YAML library takes it for two words, and YAML for one.
func glued(tokens token.Tokens) bool {
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

// unused says why a token has no place in a scenario, or nil.
func unused(tk *token.Token) *problem {
	switch tk.Type {
	case token.AliasType:
		return &problem{what: `"*" at the beginning of a value is an alias in YAML`, expected: `quotes round a wildcard, such as "*149"`}
	case token.AnchorType:
		return &problem{what: `"&" at the beginning of a value is an anchor in YAML, and scenarios have none`, expected: "the value written out, or quotes round it"}
	case token.TagType:
		return &problem{what: `"!" at the beginning of a value is a tag in YAML, and scenarios have none`, expected: "the value alone, or quotes round it"}
	case token.MergeKeyType:
		return &problem{what: `"<<" merges keys in YAML, and scenarios do not`, expected: "the keys written out"}
	case token.DirectiveType:
		return &problem{what: `"%" at the beginning of a value or line is a directive in YAML`, expected: "quotes round it"}
	default:
		return nil
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
		{"mapping value is not allowed", `a second ": " follows in this value`, "quotes round a text with a colon in it, or each key on a line of its own, all indented alike"},
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

// rephrase makes one clear line of what the YAML library says.
func rephrase(message string) *problem {
	for _, w := range wordings() {
		if strings.Contains(message, w.has) {
			return &problem{what: w.what, expected: w.expected}
		}
	}
	first, _, _ := strings.Cut(message, "\n")
	return &problem{what: fmt.Sprintf("this is not valid YAML (%s)", strings.TrimSpace(first)), expected: `"key: value" lines and "- " lists`}
}
