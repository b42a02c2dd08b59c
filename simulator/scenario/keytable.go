package scenario

import (
	"cmp"
	_ "embed" // the texts of the keys
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// keyTable is a mapping of the language that becomes a T: its keys, and which of them
// must stand, or cannot stand, together.
type keyTable[T any] struct {
	name        string // in the schema and the documentation: "callback"
	owner       string // where a key of it belongs that stands elsewhere: "world.settings"; "" is never suggested
	initial     T      // before the first key is read
	fields      []field[T]
	required    []requirement
	clashes     []clash
	notEmpty    bool
	constraints object // of its schema, beyond these
	// check looks at what single keys cannot show. It is called when there is a mapping.
	check func(r *reader, m mapping, v *T)
}

// field is a key of a table, and what is read into a T.
type field[T any] struct {
	name string
	text keyText // the zero value where keys.yaml has it
	description
	read func(*reader, *node, *T)
}

// requirement is a key that a table cannot do without.
type requirement struct{ key, expected string }

// value is a key with a value of the form f.
func value[T, V any](name string, f form[V], set func(*T, V)) field[T] {
	return field[T]{name: name, description: f.description, read: func(r *reader, n *node, into *T) {
		if v, ok := f.read(r, n, name); ok {
			set(into, v)
		}
	}}
}

// described is f with a text that comes from the products.
func (f field[T]) described(does, example string) field[T] {
	f.text = keyText{does, example}
	return f
}

// form is a value with the keys of t.
func (t keyTable[T]) form() form[T] {
	return form[T]{description{schema: definedAs(t.name), tables: []table{t}}, t.read}
}

// mapping is what was written of a table.
type mapping struct {
	name string // for messages: "callback"
	at   position
	keys map[string]pair
}

// has reports whether a key was written.
func (m mapping) has(key string) bool { _, ok := m.keys[key]; return ok }

// position is where a key stands, or else the mapping.
func (m mapping) position(key string) position {
	if m.has(key) {
		return m.keys[key].at
	}
	return m.at
}

// later is the position of whichever of two keys comes second.
func (m mapping) later(a, b string) position {
	p, q := m.position(a), m.position(b)
	if p.line > q.line || p.line == q.line && p.col > q.col {
		return p
	}
	return q
}

// clash is a key that contradicts others of the same mapping.
type clash struct {
	key  string
	is   string // the value that contradicts; "" is any
	with []string
	why  string // {} is the other key
}

// String is how a message names the key.
func (c clash) String() string {
	if c.is == "" {
		return c.key
	}
	return c.key + ": " + c.is
}

// read reads a mapping. It returns false when n is none.
func (t keyTable[T]) read(r *reader, n *node, name string) (T, bool) {
	v := t.initial
	if n.kind != mappingNode {
		r.add(n.at, t.notMapping(r, n, name))
		return v, false
	}
	m := t.readKeys(r, n, name, &v)
	if t.notEmpty && len(m.keys) == 0 {
		r.add(n.at, problem{What: name + " is empty", Expected: oneOf(t.keys())})
	}
	for _, q := range t.required {
		if t.lacks(m, q.key) {
			r.add(n.at, problem{What: "this " + name + " has no " + q.key, Expected: q.expected})
		}
	}
	t.checkClashes(r, m)
	if t.check != nil {
		t.check(r, m, &v)
	}
	return v, true
}

func (t keyTable[T]) readKeys(r *reader, n *node, name string, into *T) mapping {
	m := mapping{name: name, at: n.at, keys: make(map[string]pair, len(n.pairs))}
	for _, p := range n.pairs {
		if r.full() {
			break
		}
		if first, twice := m.keys[p.key]; twice {
			what := fmt.Sprintf("%s is written twice in %s, first on line %d", quote(p.key), name, first.at.line)
			r.add(p.at, problem{What: what, Expected: "each key once"})
			continue
		}
		m.keys[p.key] = p
		if f := t.field(p.key); f != nil {
			f.read(r, p.value, into)
		} else {
			r.add(p.at, t.wrongKey(r, p, name))
		}
	}
	return m
}

// field is the field of a key, or nil.
func (t keyTable[T]) field(key string) *field[T] {
	i := slices.IndexFunc(t.fields, func(f field[T]) bool { return f.name == key })
	if i < 0 {
		return nil
	}
	return &t.fields[i]
}

// keys are the names of its keys.
func (t keyTable[T]) keys() []string {
	out := make([]string, len(t.fields))
	for i, f := range t.fields {
		out[i] = f.name
	}
	return out
}

// lacks reports whether a key is not there. It does not say so of a mapping with an
// unknown key, which may be the one that is meant.
func (t keyTable[T]) lacks(m mapping, key string) bool { return t.allKnown(m) && !m.has(key) }

func (t keyTable[T]) allKnown(m mapping) bool {
	for key := range m.keys {
		if t.field(key) == nil {
			return false
		}
	}
	return true
}

// checkClashes reports contradictions, each pair of keys once.
func (t keyTable[T]) checkClashes(r *reader, m mapping) {
	for _, c := range t.clashes {
		v := m.keys[c.key].value
		if v == nil || c.is != "" && v.text != c.is {
			continue
		}
		for _, other := range c.with {
			if m.has(other) {
				what := fmt.Sprintf("%s and %s contradict each other: %s", c, other, strings.ReplaceAll(c.why, "{}", other))
				r.add(m.later(c.key, other), problem{What: what, Expected: "one of them"})
			}
		}
	}
}

// table is a keyTable, whatever it becomes.
type table interface {
	describe(texts map[string]tableText) tableDescription
}

// tableDescription is what the schema and the documentation say of a table.
type tableDescription struct {
	name, owner string
	keys        []keyDescription
	clashes     []clash
	schema      func() object
}

// keyDescription is a row of the documentation of a table.
type keyDescription struct {
	Name string
	Text keyText
	description
}

func (t keyTable[T]) describe(texts map[string]tableText) tableDescription {
	text := texts[cmp.Or(t.name, "file")]
	d := tableDescription{name: t.name, owner: t.owner, clashes: t.clashes}
	for _, f := range t.fields {
		d.keys = append(d.keys, keyDescription{f.name, cmp.Or(f.text, text.Keys[f.name]), f.description})
	}
	d.schema = func() object { return t.definition(text.About, d.keys) }
	return d
}

//go:embed keys.yaml
var keyTexts []byte

// tableText is what keys.yaml says of a table.
type tableText struct {
	About string
	Keys  map[string]keyText
}

// keyText is what it says of a key.
type keyText struct {
	Does    string
	Example string // of the key with a value, in a file
}

func readTexts() map[string]tableText {
	var all map[string]tableText
	if err := yaml.Load(keyTexts, &all); err != nil {
		panic(fmt.Sprintf("read the texts of the keys: %v", err)) // they are in the program
	}
	return all
}
