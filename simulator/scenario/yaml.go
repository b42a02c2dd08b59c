package scenario

import (
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// kind is what a node of YAML is.
type kind int

const (
	empty   kind = iota // nothing after the colon, or null
	scalar              // a text, a number, true
	mapping             // keys and values
	list
)

// node is a value of a YAML file with its place. Scalars keep the letters that were
// written: 1.00 stays 1.00 and 0712345678 keeps its zero.
type node struct {
	kind  kind
	at    place
	text  string // scalar
	plain bool   // scalar without quotes
	open  rune   // what a scalar begins with in the source: a quote, | or >, 0 for nothing
	pairs []pair // mapping, in the order of the file
	items []*node
}

// pair is a key of a mapping and its value.
type pair struct {
	key   string
	at    place // of the key
	value *node
}

// describe says what n is, for "…; expected a list".
func (n *node) describe() string {
	switch n.kind {
	case empty:
		return "empty"
	case mapping:
		return "a group of keys"
	case list:
		return "a list"
	default:
		return quote(n.text)
	}
}

// parseYAML reads one document. Anchors, aliases and tags are refused before
// anything is built from them, so a small file cannot grow into a large tree.
func parseYAML(src []byte) (*node, place, *problem) {
	tokens := lexer.Tokenize(string(src))
	if at, p := checkTokens(tokens); p != nil {
		return nil, at, p
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, p := syntaxProblem(err)
		return nil, at, p
	}
	var root *node
	for _, doc := range file.Docs {
		n, at, p := convert(doc.Body, place{1, 1})
		switch {
		case p != nil:
			return nil, at, p
		case n.kind == empty:
		case root != nil:
			return nil, n.at, &problem{what: "a second document begins here", expected: "one scenario in a file"}
		default:
			root = n
		}
	}
	if root == nil {
		root = &node{at: place{1, 1}}
	}
	return root, place{}, nil
}

// syntaxProblem puts an error of the YAML reader into one line and in place.
func syntaxProblem(err error) (place, *problem) {
	at := place{1, 1}
	var e yaml.Error
	if !errors.As(err, &e) {
		return at, rephrase(err.Error())
	}
	if tk := e.GetToken(); tk != nil && tk.Position != nil {
		at = placeOf(tk)
	}
	return at, rephrase(e.GetMessage())
}

func quoteOf(tk *token.Token) rune {
	switch tk.Type {
	case token.SingleQuoteType:
		return '\''
	case token.DoubleQuoteType:
		return '"'
	default:
		return 0
	}
}

func placeOf(tk *token.Token) place { return place{tk.Position.Line, max(tk.Position.Column, 1)} }

// convert turns a tree of the YAML library into ours. Something empty stands where
// its parent does.
func convert(n ast.Node, parent place) (*node, place, *problem) {
	switch n := n.(type) {
	case nil:
		return &node{at: parent}, place{}, nil
	case *ast.NullNode:
		if n.Token.Type == token.ImplicitNullType {
			return &node{at: parent}, place{}, nil
		}
		return &node{at: placeOf(n.Token)}, place{}, nil
	case *ast.StringNode:
		open := quoteOf(n.Token)
		return &node{kind: scalar, at: placeOf(n.Token), text: n.Value, plain: open == 0, open: open}, place{}, nil
	case *ast.LiteralNode:
		return &node{kind: scalar, at: placeOf(n.Start), text: n.Value.Value, open: '|'}, place{}, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		tk := n.GetToken()
		return &node{kind: scalar, at: placeOf(tk), text: tk.Value, plain: true}, place{}, nil
	case *ast.SequenceNode:
		return convertList(n)
	case *ast.MappingNode:
		return convertMapping(n.Values, placeOf(n.GetToken()), n.IsFlowStyle)
	case *ast.MappingValueNode:
		return convertMapping([]*ast.MappingValueNode{n}, placeOf(n.GetToken()), false)
	}
	at := parent
	if tk := n.GetToken(); tk != nil {
		at = placeOf(tk)
	}
	return nil, at, &problem{what: "this part of YAML is not used in scenarios", expected: "keys, values and lists"}
}

func convertList(n *ast.SequenceNode) (*node, place, *problem) {
	out := &node{kind: list, at: placeOf(n.Start)}
	for i, v := range n.Values {
		here := out.at
		if i < len(n.Entries) && n.Entries[i].Start != nil {
			here = placeOf(n.Entries[i].Start)
		}
		item, at, p := convert(v, here)
		if p != nil {
			return nil, at, p
		}
		out.items = append(out.items, item)
	}
	return out, place{}, nil
}

func convertMapping(values []*ast.MappingValueNode, at place, flow bool) (*node, place, *problem) {
	out := &node{kind: mapping, at: at}
	for i, v := range values {
		key, ok := v.Key.(ast.Node).(ast.ScalarNode)
		tk := v.Key.GetToken()
		if _, merge := v.Key.(*ast.MergeKeyNode); merge || !ok {
			return nil, placeOf(tk), &problem{what: "this key is not a word", expected: `"key: value"`}
		}
		pr := pair{key: tk.Value, at: placeOf(tk)}
		if s, ok := key.(*ast.StringNode); ok {
			pr.key = s.Value
		}
		if i == 0 && !flow {
			out.at = pr.at
		}
		value, at, p := convert(v.Value, pr.at)
		if p != nil {
			return nil, at, p
		}
		pr.value = value
		out.pairs = append(out.pairs, pr)
	}
	return out, place{}, nil
}
