package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// field is a key of a mapping: how it is read and what an editor is told of it.
type field[T any] struct {
	name     string
	doc      string
	expected string // what it takes, for a person; "" when schema names a mapping or a list of them
	example  string // how it is written, key included
	// schema describes the value in JSON Schema.
	schema func() object
	// read puts the value into a T, or reports what is wrong with it.
	read func(*reader, *node, *T)
}

// form is how one scalar is written.
type form[V any] struct {
	expected string // "a duration from 0s to 24h such as 3s"
	example  string // "3s"; "" when each key has its own
	schema   func() object
	parse    func(*reader, *node) (V, *problem)
}

// value is a field whose value is a scalar of the form f.
func value[T, V any](name, doc string, f form[V], set func(*T, V)) field[T] {
	return field[T]{name: name, doc: doc, expected: f.expected, example: name + ": " + f.example, schema: f.schema, read: func(r *reader, n *node, into *T) {
		if v, ok := readScalar(r, n, name, f); ok {
			set(into, v)
		}
	}}
}

// shown is f with an example of its own.
func (f field[T]) shown(example string) field[T] {
	f.example = example
	return f
}

// reader turns nodes into plain structs and collects the mistakes.
type reader struct {
	faults
	language *language
	results  map[daraja.ResultCode]daraja.Result
	source   string     // of the file, to find places inside of a text
	states   []stateUse // every state that a rule is for
	gotos    []string   // every state that a rule leads to
	trial    bool       // only to see whether a value would be taken
}

func newReader(file string) *reader {
	r := &reader{faults: faults{file: file}, language: newLanguage(), results: make(map[daraja.ResultCode]daraja.Result)}
	for _, res := range outcomes() {
		r.results[res.Code] = res
	}
	return r
}

// values is a field whose value is one scalar of the form f, or a list of them.
func values[T, V any](name, doc string, f form[V], set func(*T, []V)) field[T] {
	expected := f.expected + ", or a list of them"
	return field[T]{name: name, doc: doc, expected: expected, example: name + ": " + f.example, schema: oneOrMany(f.schema, maxChoices), read: func(r *reader, n *node, into *T) {
		var all []V
		add := func(item *node) {
			if v, ok := readScalar(r, item, name, f); ok {
				all = append(all, v)
			}
		}
		if n.kind == list {
			readList(r, n, name, expected, maxChoices, add)
		} else {
			add(n)
		}
		set(into, all)
	}}
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

// keys is what was written in a mapping.
type keys map[string]pair

// has reports whether a key was written.
func (k keys) has(name string) bool { _, ok := k[name]; return ok }

// at is the place of a key.
func (k keys) at(name string) place { return k[name].at }

// allIn reports whether there is a mapping, and every key in it is known.
func (k keys) allIn(known []string) bool {
	for key := range k {
		if !slices.Contains(known, key) {
			return false
		}
	}
	return k != nil
}

// later is the place of whichever of two keys comes second.
func (k keys) later(a, b string) place {
	p, q := k.at(a), k.at(b)
	if p.line > q.line || (p.line == q.line && p.col > q.col) {
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

// clashes reports contradictions, each pair of keys once.
func (r *reader) clashes(seen keys, table []clash) {
	for _, c := range table {
		v := seen[c.key].value
		if v == nil || c.is != "" && v.text != c.is {
			continue
		}
		for _, other := range c.with {
			if !seen.has(other) {
				continue
			}
			why := strings.ReplaceAll(c.why, "{}", other)
			r.add(seen.later(c.key, other), problem{what: fmt.Sprintf("%s and %s contradict each other: %s", c, other, why), expected: "one of them"})
		}
	}
}

// readMapping reads the fields of n into a T. It returns the keys that were there,
// or nil when n is no mapping.
func readMapping[T any](r *reader, n *node, what string, fields []field[T], into *T) keys {
	if n.kind != mapping {
		p := notMapping(n, what, names(fields))
		p.nearest = asMapping(r, n, fields)
		r.add(n.at, p)
		return nil
	}
	seen := make(keys, len(n.pairs))
	for _, p := range n.pairs {
		if r.full() {
			break
		}
		if first, twice := seen[p.key]; twice {
			r.add(p.at, problem{what: fmt.Sprintf("%s is written twice in %s, first on line %d", quote(p.key), what, first.at.line), expected: "each key once"})
			continue
		}
		seen[p.key] = p
		i := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == p.key })
		if i < 0 {
			r.add(p.at, wrongKey(r, p, what, fields))
			continue
		}
		fields[i].read(r, p.value, into)
	}
	return seen
}

// asMapping is a value that should have keys, as it may have been meant: {amount: "> 5"}.
func asMapping[T any](r *reader, n *node, fields []field[T]) string {
	if n.kind == scalar {
		if pair := respelt(r, n.text, fields); pair != "" {
			return "{" + pair + "}"
		}
	}
	return spelledOut(r, n, fields)
}

// wrongKey says what is wrong with a key that a mapping does not have, and what it may
// have been meant for.
func wrongKey[T any](r *reader, p pair, what string, fields []field[T]) problem {
	wrong := unknownKey(p.key, what, names(fields))
	if text := respelt(r, p.key, fields); text != "" && p.value.kind == empty {
		wrong.nearest = text
	}
	if home := r.language.home(p.key); wrong.nearest == "" && home != "" {
		wrong.nearest = quote(p.key) + " under " + home
	}
	return wrong
}

// lacks reports whether a key is not there. It is not said of a mapping with a key
// that nobody knows, which may be the one that is meant.
func lacks[T any](seen keys, fields []field[T], key string) bool {
	return seen.allIn(names(fields)) && !seen.has(key)
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
	return p
}

func unknownKey(key, what string, known []string) problem {
	p := problem{what: fmt.Sprintf("unknown key %s in %s", quote(key), what), expected: oneOf(known)}
	switch near := simulator.Nearest(key, known); {
	case strings.HasPrefix(key, "-") && slices.Contains(known, key[1:]):
		p.nearest = quote("- " + key[1:] + ":")
	case spokenKey(key, known) != "":
		p.nearest = quote(spokenKey(key, known))
	case near != "":
		p.nearest = quote(near)
	case len(key) == 3 && strings.Trim(key, "0123456789") == "":
		p.expected = "no comma inside a number: 1000, not 1,000"
	}
	return p
}

// respelt mends "result:1032" and "amount > 5", where the colon, the space after it or
// the quotes were forgotten: it returns `result: 1032` and `amount: "> 5"`, and "" when
// text is neither or the key does not take the value.
func respelt[T any](r *reader, text string, fields []field[T]) string {
	i := strings.IndexAny(text, ": ")
	if i < 0 || r.trial || strings.ContainsAny(text, "\n\r") || len(text) > maxRespelt {
		return ""
	}
	k := slices.IndexFunc(fields, func(f field[T]) bool { return f.name == text[:i] })
	if k < 0 {
		return ""
	}
	said := strings.TrimLeft(text[i:], ": ")
	value := strings.TrimPrefix(said, "is ")
	mistakes := tryValue(r, fields[k], value)
	switch {
	case value == "":
		return ""
	case len(mistakes) == 0:
		return fields[k].name + ": " + written(value)
	case mistakes[0].Nearest != "" && !strings.ContainsAny(mistakes[0].Nearest, " …"):
		return fields[k].name + ": " + mistakes[0].Nearest
	}
	return ""
}

// maxRespelt bounds the text that is looked at for a forgotten colon, in bytes.
const maxRespelt = 200

// tryValue is what would be wrong with a value, were it written behind the key.
func tryValue[T any](r *reader, f field[T], text string) []*Error {
	var into T
	trial := &reader{language: r.language, results: r.results, trial: true}
	f.read(trial, &node{kind: scalar, text: text, plain: written(text) == text}, &into)
	return trial.all
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
