package scenario

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
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
	style yaml.Style
	plain bool   // a scalar without quotes
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

// parseYAML reads one document.
func parseYAML(src []byte) (*node, *Error) {
	if e := checkSource(string(src)); e != nil {
		return nil, e
	}
	var documents []yaml.Node
	limits := loaderlimits.New(loaderlimits.DepthValue(maxDepth))
	if err := yaml.Load(src, &documents, yaml.WithAllDocuments(), yaml.WithPlugin(limits)); err != nil {
		return nil, syntaxError(string(src), err)
	}
	root := &node{at: position{1, 1}}
	var c converter
	for _, document := range documents {
		n := c.node(document.Content[0])
		if n.kind != emptyNode && root.kind != emptyNode {
			c.fail(n.at, problem{What: "a second document begins here", Expected: "one scenario in a file"})
		}
		if n.kind != emptyNode {
			root = n
		}
	}
	if c.err != nil {
		return nil, c.err
	}
	return root, nil
}

// checkSource refuses a file that is too large for a scenario, or that is not text.
func checkSource(src string) *Error {
	if len(src) > MaxSource {
		return errorAt(position{1, 1}, problem{What: fmt.Sprintf("the file has %d bytes", len(src)), Expected: fmt.Sprintf("at most %d", MaxSource)})
	}
	for i, r := range src {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(src[i:], string(utf8.RuneError)):
			return errorAt(positionAfter(src[:i]), problem{What: "this is not UTF-8 text", Expected: "a file saved as UTF-8"})
		case r < ' ' && !strings.ContainsRune("\t\r\n", r) || r == 0x7f:
			what := fmt.Sprintf("there is a control character (%U) here", r)
			return errorAt(positionAfter(src[:i]), problem{What: what, Expected: "plain text"})
		}
	}
	return nil
}

// positionAfter is the position of what follows a text from the beginning of a file.
func positionAfter(text string) position {
	text = unixLines(text)
	return position{strings.Count(text, "\n") + 1, utf8.RuneCountInString(text[strings.LastIndex(text, "\n")+1:]) + 1}
}

// unixLines ends each line with a single \n.
func unixLines(s string) string { return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s) }

// converter turns trees of the YAML library into nodes. It refuses what YAML has beyond
// keys, values and lists, so an alias never makes a large tree of a small file.
type converter struct{ err *Error } // the first

func (c *converter) fail(at position, p problem) {
	if c.err == nil {
		c.err = errorAt(at, p)
	}
}

func (c *converter) node(from *yaml.Node) *node {
	const quotes = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	n := &node{kind: scalarNode, at: position{from.Line, from.Column}, text: from.Value, style: from.Style, plain: from.Style&quotes == 0}
	switch {
	case from.Kind == yaml.AliasNode:
		c.fail(n.at, alias())
	case from.Anchor != "":
		c.fail(n.at, anchor())
	case from.Style&yaml.TaggedStyle != 0:
		c.fail(n.at, tag())
	case from.ShortTag() == "!!null":
		n.kind = emptyNode
	case from.Kind == yaml.SequenceNode:
		n.kind = listNode
		for _, item := range from.Content {
			n.items = append(n.items, c.node(item))
		}
	case from.Kind == yaml.MappingNode:
		n.kind = mappingNode
		for i := 0; i < len(from.Content); i += 2 {
			n.pairs = append(n.pairs, c.pair(from.Content[i], from.Content[i+1]))
		}
	}
	return n
}

// pair converts a key and its value. A value that is not there stands where its key does.
func (c *converter) pair(from, value *yaml.Node) pair {
	key := c.node(from)
	if key.kind == mappingNode || key.kind == listNode {
		c.fail(key.at, problem{What: "this key is not a word", Expected: `"key: value"`})
	}
	p := pair{key: key.text, at: key.at, value: c.node(value)}
	if p.value.kind == emptyNode && p.value.text == "" {
		p.value.at = p.at
	}
	return p
}

// sourcePosition is the position of one character of a scalar, counted from 0 in its text,
// in the source that it was read from. The source has the characters of the text in the
// same order, with backslashes, doubled quotes and indentation between them.
func (n *node) sourcePosition(source string, offset int) position {
	lines := strings.SplitAfter(unixLines(source), "\n")[n.at.line-1:]
	at := n.at
	rest := []rune(strings.Join(lines, ""))[at.col-1:]
	switch {
	case n.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		at = position{at.line + 1, 1}
		rest = []rune(strings.Join(lines[1:], ""))
	case !n.plain:
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
