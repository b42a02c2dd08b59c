package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/internal/suggest"
)

// maxRetried bounds the text that is tried as a key with its value, in bytes.
const maxRetried = 200

// notMapping says what is wrong with a value that should have the keys of t, and how it
// may have been meant: {amount: "> 5"}.
func (t keyTable[T]) notMapping(r *reader, n *node, name string) problem {
	known := strings.Join(t.keys(), ", ")
	p := problem{What: name + " is " + n.describe(), Expected: "keys: " + known}
	if n.kind == emptyNode {
		p.Expected = "keys, indented under it: " + known
	}
	if pair := t.splitPair(r, n.text); n.kind == scalarNode && pair != "" {
		p.Nearest = "{" + pair + "}"
	} else {
		p.Nearest = t.keyFor(r, n)
	}
	return p
}

// wrongKey says what is wrong with an unknown key, and what it may have been meant for.
func (t keyTable[T]) wrongKey(r *reader, p pair, name string) problem {
	known := t.keys()
	wrong := problem{What: fmt.Sprintf("unknown key %s in %s", quote(p.key), name), Expected: oneOf(known)}
	switch near := cmp.Or(keySynonym(p.key, known), suggest.Nearest(p.key, known)); {
	case strings.HasPrefix(p.key, "-") && slices.Contains(known, p.key[1:]):
		wrong.Nearest = quote("- " + p.key[1:] + ":")
	case near != "":
		wrong.Nearest = quote(near)
	case len(p.key) == 3 && strings.Trim(p.key, "0123456789") == "":
		wrong.Expected = "no comma inside a number: 1000, not 1,000"
	}
	if text := t.splitPair(r, p.key); text != "" && p.value.kind == emptyNode {
		wrong.Nearest = text
	}
	if owner := r.ownerOf(p.key); wrong.Nearest == "" && owner != "" {
		wrong.Nearest = quote(p.key) + " under " + owner
	}
	return wrong
}

// splitPair mends "result:1032" and "amount > 5", where the colon, the space after it or
// the quotes were forgotten: it returns `result: 1032` and `amount: "> 5"`, and "" when
// text is neither or the key does not take the value.
func (t keyTable[T]) splitPair(r *reader, text string) string {
	i := strings.IndexAny(text, ": ")
	if i < 0 || r.probe || strings.ContainsAny(text, "\n\r") || len(text) > maxRetried {
		return ""
	}
	f := t.field(text[:i])
	value := strings.TrimPrefix(strings.TrimLeft(text[i:], ": "), "is ")
	if f == nil || value == "" {
		return ""
	}
	wrong := f.try(r, value)
	switch {
	case len(wrong) == 0:
		return f.name + ": " + asWritten(value)
	case wrong[0].Nearest != "" && !strings.ContainsAny(wrong[0].Nearest, " …"):
		return f.name + ": " + wrong[0].Nearest
	}
	return ""
}

// try returns what would be wrong with a value of the key.
func (f *field[T]) try(r *reader, text string) []*Error {
	var into T
	probe := &reader{language: r.language, probe: true}
	f.read(probe, &node{kind: scalarNode, text: text, plain: asWritten(text) == text}, &into)
	return probe.list
}

// keyFor finds the key that a value without one was meant for: the first that takes the
// value, or a switch that the value names. It is "" when there is none.
func (t keyTable[T]) keyFor(r *reader, n *node) string {
	if n.kind == listNode && t.field("sequence") != nil {
		return "{sequence: […]}"
	}
	if n.kind != scalarNode || r.probe {
		return ""
	}
	named := cmp.Or(keySynonym(n.text, t.keys()), n.text)
	for i := range t.fields {
		f := &t.fields[i]
		switch {
		case slices.Contains(keysOfAnyText(), f.name):
		case f.name == named && len(f.try(r, "true")) == 0:
			return "{" + f.name + ": true}"
		case len(f.try(r, n.text)) == 0:
			return "{" + f.name + ": " + asWritten(n.text) + "}"
		case f.name == "result" && resultSynonym(n.text) != "":
			return "{result: " + resultSynonym(n.text) + "}"
		}
	}
	return ""
}

// keysOfAnyText are the keys that take any text, so that a text does not tell them apart.
func keysOfAnyText() []string {
	return []string{"name", "description", "desc", "body", "message", "reference", "state", "goto", "include", "where", "passkey", "password"}
}

// asWritten is a value as it has to stand in a file.
func asWritten(text string) string {
	if strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == "" {
		return oneLine(text)
	}
	return strconv.Quote(text)
}
