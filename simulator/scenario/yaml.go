package scenario

import (
	"errors"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// kind is what a node of YAML is.
type kind int

const (
	emptyNode kind = iota // nothing after the colon, or null
	scalarNode
	mappingNode
	listNode
)

// node is a value of a YAML file with its position. Scalars keep the letters that were
// written: 1.00 stays 1.00 and 0712345678 keeps its zero.
type node struct {
	kind  kind
	at    position
	text  string // of a scalar
	plain bool   // a scalar without quotes
	open  rune   // what a scalar begins with in the source: a quote, | for | and >, 0 for nothing
	pairs []pair // of a mapping, in the order of the file
	items []*node
}

// pair is a key of a mapping and its value.
type pair struct {
	key   string
	at    position // of the key
	value *node
}

// describe says what n is, for "…; expected a list".
func (n *node) describe() string {
	switch n.kind {
	case emptyNode:
		return "empty"
	case mappingNode:
		return "a group of keys"
	case listNode:
		return "a list"
	default:
		return quote(n.text)
	}
}

// parseYAML reads one document. Anchors, aliases and tags are refused before
// anything is built from them, so a small file cannot grow into a large tree.
func parseYAML(src []byte) (*node, *Error) {
	tokens := lexer.Tokenize(string(src))
	if e := checkTokens(tokens); e != nil {
		return nil, e
	}
	root := &node{at: position{1, 1}}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxError(err)
	}
	var c converter
	for _, doc := range file.Docs {
		n := c.node(doc.Body, position{1, 1})
		if n.kind != emptyNode && root.kind != emptyNode {
			c.fail(n.at, problem{What: "a second document begins here", Expected: "one scenario in a file"})
		}
		if n.kind != emptyNode {
			root = n
		}
	}
	return root, c.err
}

// syntaxError puts an error of the YAML library into one line and in position.
func syntaxError(err error) *Error {
	var e yaml.Error
	at := position{1, 1}
	if !errors.As(err, &e) {
		return errorAt(at, rephrase(err.Error()))
	}
	if tk := e.GetToken(); tk != nil && tk.Position != nil {
		at = positionOf(tk)
	}
	return errorAt(at, rephrase(e.GetMessage()))
}

func positionOf(tk *token.Token) position {
	return position{tk.Position.Line, max(tk.Position.Column, 1)}
}

// converter turns trees of the YAML library into nodes.
type converter struct{ err *Error } // the first

func (c *converter) fail(at position, p problem) {
	if c.err == nil {
		c.err = errorAt(at, p)
	}
}

// node converts n. An empty node stands where its parent does.
func (c *converter) node(n ast.Node, parent position) *node {
	switch n := n.(type) {
	case nil:
		return &node{at: parent}
	case *ast.NullNode:
		if n.Token.Type != token.ImplicitNullType {
			parent = positionOf(n.Token)
		}
		return &node{at: parent}
	case *ast.StringNode:
		open := map[token.Type]rune{token.SingleQuoteType: '\'', token.DoubleQuoteType: '"'}[n.Token.Type]
		return &node{kind: scalarNode, at: positionOf(n.Token), text: n.Value, plain: open == 0, open: open}
	case *ast.LiteralNode:
		return &node{kind: scalarNode, at: positionOf(n.Start), text: n.Value.Value, open: '|'}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		tk := n.GetToken()
		return &node{kind: scalarNode, at: positionOf(tk), text: tk.Value, plain: true}
	case *ast.SequenceNode:
		return c.list(n)
	case *ast.MappingNode:
		return c.mapping(n.Values, positionOf(n.GetToken()), n.IsFlowStyle)
	case *ast.MappingValueNode:
		return c.mapping([]*ast.MappingValueNode{n}, positionOf(n.GetToken()), false)
	}
	if tk := n.GetToken(); tk != nil {
		parent = positionOf(tk)
	}
	c.fail(parent, problem{What: "this part of YAML is not used in scenarios", Expected: "keys, values and lists"})
	return &node{at: parent}
}

func (c *converter) list(n *ast.SequenceNode) *node {
	out := &node{kind: listNode, at: positionOf(n.Start)}
	for i, v := range n.Values {
		at := out.at
		if i < len(n.Entries) && n.Entries[i].Start != nil {
			at = positionOf(n.Entries[i].Start)
		}
		out.items = append(out.items, c.node(v, at))
	}
	return out
}

func (c *converter) mapping(values []*ast.MappingValueNode, at position, flow bool) *node {
	out := &node{kind: mappingNode, at: at}
	for i, v := range values {
		tk := v.Key.GetToken()
		p := pair{key: tk.Value, at: positionOf(tk)}
		switch key := v.Key.(ast.Node).(type) {
		case *ast.StringNode:
			p.key = key.Value
		case *ast.MergeKeyNode, *ast.MappingKeyNode:
			c.fail(p.at, problem{What: "this key is not a word", Expected: `"key: value"`})
		}
		if i == 0 && !flow {
			out.at = p.at
		}
		p.value = c.node(v.Value, p.at)
		out.pairs = append(out.pairs, p)
	}
	return out
}

// sourcePosition is the position of one character of a scalar, counted from 0 in its text,
// in the source that it was read from. The source has the characters of the text in the
// same order, with backslashes, doubled quotes and indentation between them.
func (n *node) sourcePosition(source string, offset int) position {
	lines := strings.SplitAfter(unixLines(source), "\n")[n.at.line-1:]
	at := n.at
	rest := []rune(strings.Join(lines, ""))[at.col-1:]
	switch n.open {
	case '|':
		at = position{at.line + 1, 1}
		rest = []rune(strings.Join(lines[1:], ""))
	case '"', '\'':
		at.col++
		rest = rest[1:]
	}
	text := []rune(n.text)
	for _, r := range rest {
		if offset == 0 && len(text) == 0 {
			return at
		}
		if r == text[0] || unicode.IsSpace(r) && unicode.IsSpace(text[0]) {
			if offset == 0 {
				return at
			}
			text, offset = text[1:], offset-1
		}
		if at.col++; r == '\n' {
			at = position{at.line + 1, 1}
		}
	}
	if offset == 0 {
		return at
	}
	return n.at
}
