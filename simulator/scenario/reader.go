package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
)

// field is a key of a mapping: how it is read and what an editor is told of it.
type field[T any] struct {
	name string
	doc  string
	// schema describes the value in JSON Schema.
	schema func() object
	// read puts the value into a T, or reports what is wrong with it.
	read func(*reader, *node, *T)
}

// form is how one scalar is written.
type form[V any] struct {
	expected string // "a duration from 0s to 24h such as 3s"
	schema   func() object
	parse    func(*reader, *node) (V, *problem)
}

// value is a field whose value is a scalar of the form f.
func value[T, V any](name, doc string, f form[V], set func(*T, V)) field[T] {
	return field[T]{name: name, doc: doc, schema: f.schema, read: func(r *reader, n *node, into *T) {
		if v, ok := readScalar(r, n, name, f); ok {
			set(into, v)
		}
	}}
}

// reader turns nodes into plain structs and collects the mistakes.
type reader struct {
	faults
	language *language
	results  map[daraja.ResultCode]daraja.Result
}

func newReader(file string) *reader {
	r := &reader{faults: faults{file: file}, language: newLanguage(), results: make(map[daraja.ResultCode]daraja.Result)}
	for _, res := range outcomes() {
		r.results[res.Code] = res
	}
	return r
}

func readScalar[V any](r *reader, n *node, name string, f form[V]) (V, bool) {
	var zero V
	if n.kind != scalar {
		r.add(n.at, problem{what: name + " is " + n.describe(), expected: f.expected})
		return zero, false
	}
	v, p := f.parse(r, n)
	if p == nil {
		return v, true
	}
	p.what = name + " " + p.what
	switch {
	case n.plain && strings.Contains(n.text, ": "):
		p.expected = "a comma between two keys in { }"
	case p.expected == "":
		p.expected = f.expected
	}
	r.add(n.at, *p)
	return zero, false
}

// keys is where the keys of a mapping stand.
type keys map[string]place

// has reports whether all the names were written.
func (k keys) has(names ...string) bool {
	return !slices.ContainsFunc(names, func(n string) bool { _, ok := k[n]; return !ok })
}

// later is the place of whichever of two keys comes second.
func (k keys) later(a, b string) place {
	p, q := k[a], k[b]
	if p.line > q.line || (p.line == q.line && p.col > q.col) {
		return p
	}
	return q
}

// readMapping reads the fields of n into a T. It returns the keys that were there,
// or nil when n is no mapping.
func readMapping[T any](r *reader, n *node, what string, fields []field[T], into *T) keys {
	if n.kind != mapping {
		r.add(n.at, notMapping(n, what, names(fields)))
		return nil
	}
	seen := make(keys, len(n.pairs))
	for _, p := range n.pairs {
		if r.full() {
			break
		}
		if first, twice := seen[p.key]; twice {
			r.add(p.at, problem{what: fmt.Sprintf("%s is written twice in %s, first on line %d", quote(p.key), what, first.line), expected: "each key once"})
			continue
		}
		seen[p.key] = p.at
		i := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == p.key })
		if i < 0 {
			wrong := unknownKey(p.key, what, names(fields))
			if home := r.language.home(p.key); wrong.nearest == "" && home != "" {
				wrong.nearest = quote(p.key) + " under " + home
			}
			r.add(p.at, wrong)
			continue
		}
		fields[i].read(r, p.value, into)
	}
	return seen
}

func names[T any](fields []field[T]) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.name
	}
	return out
}

// notMapping says what is wrong with a value that should have keys.
func notMapping(n *node, what string, known []string) problem {
	p := problem{what: what + " is " + n.describe(), expected: "keys: " + strings.Join(known, ", ")}
	if n.kind == empty {
		p.expected = "keys, indented under it: " + strings.Join(known, ", ")
	}
	if n.kind == scalar {
		p.nearest = respaced(n.text, known)
	}
	return p
}

func unknownKey(key, what string, known []string) problem {
	p := problem{what: fmt.Sprintf("unknown key %s in %s", quote(key), what), expected: oneOf(known)}
	switch near, spaced := Nearest(key, known), respaced(key, known); {
	case spaced != "":
		p.nearest = spaced
	case strings.HasPrefix(key, "-") && slices.Contains(known, key[1:]):
		p.nearest = quote("- " + key[1:] + ":")
	case near != "":
		p.nearest = quote(near)
	case len(key) == 3 && strings.Trim(key, "0123456789") == "":
		p.expected = "no comma inside a number: 1000, not 1,000"
	}
	return p
}

// respaced mends "result:1032" and "result 1032", where the colon or the space after
// it was forgotten; it returns "" when text is neither.
func respaced(text string, known []string) string {
	i := strings.IndexAny(text, ": ")
	if i < 0 || !slices.Contains(known, text[:i]) || strings.ContainsAny(text, "\n\r") {
		return ""
	}
	return quote(text[:i] + ": " + strings.TrimLeft(text[i:], ": "))
}

// readList calls read for each item of n. It reports a list that is none, empty, or
// longer than most.
func readList(r *reader, n *node, name, expected string, most int, read func(*node)) {
	if n.kind != list || len(n.items) == 0 {
		p := problem{what: name + " is " + n.describe(), expected: expected}
		if n.kind == list {
			p.what = name + " is an empty list"
		}
		if n.kind == mapping && strings.HasPrefix(n.pairs[0].key, "-") {
			p.nearest = quote("- " + strings.TrimLeft(n.pairs[0].key, "-") + ":")
		}
		r.add(n.at, p)
		return
	}
	if len(n.items) > most {
		r.add(n.items[most].at, problem{what: fmt.Sprintf("%s has %d items", name, len(n.items)), expected: fmt.Sprintf("at most %d", most)})
		return
	}
	for _, item := range n.items {
		if r.full() {
			break
		}
		read(item)
	}
}
