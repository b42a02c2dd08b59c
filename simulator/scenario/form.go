package scenario

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
)

// form is how the value of a key is written: how it is read, and what messages, the schema
// and the documentation say of it. All of them are made from forms and from the tables of
// keys in which they stand.
type form[V any] struct {
	description
	read func(r *reader, n *node, name string) (V, bool) // false when there is a mistake
}

// description is what is said of a value, whatever its type.
type description struct {
	expected string // for a person: "a duration from 0s to 24h such as 3s"; "" for the keys of a table
	schema   object // in JSON Schema
	tables   []table
}

// scalar is a form without keys or items.
func scalar[V any](expected string, schema object, parse func(*node) (V, *problem)) form[V] {
	return form[V]{
		description: description{expected: expected, schema: schema},
		read: func(r *reader, n *node, name string) (V, bool) {
			var zero V
			if n.kind != scalarNode {
				r.add(n.at, problem{What: name + " is " + n.describe(), Expected: expected})
				return zero, false
			}
			v, wrong := parse(n)
			if wrong == nil {
				return v, true
			}
			r.add(n.at, problem{What: name + " " + wrong.What, Expected: cmp.Or(wrong.Expected, expected), Nearest: wrong.Nearest})
			return zero, false
		},
	}
}

// parsed is a scalar that is read from its text alone. near is the text that was probably
// meant by a wrong one, or "".
func parsed[V any](expected string, schema object, parse func(string) (V, error), near func(string) string) form[V] {
	return scalar(expected, schema, func(n *node) (V, *problem) {
		v, err := parse(n.text)
		if err != nil {
			return v, cannotBe(n, near(n.text))
		}
		return v, nil
	})
}

// mapped is f with its value made into another. n is where the value stands.
func mapped[A, B any](f form[A], to func(a A, n *node) B) form[B] {
	return form[B]{description: f.description, read: func(r *reader, n *node, name string) (B, bool) {
		a, ok := f.read(r, n, name)
		return to(a, n), ok
	}}
}

// or is a value that is written as f, or with the keys of t.
func (f form[V]) or(t keyTable[V]) form[V] {
	scalar := f.read
	f.tables = []table{t}
	f.schema = object{"anyOf": []object{f.schema, definedAs(t.name)}}
	f.read = func(r *reader, n *node, name string) (V, bool) {
		if n.kind == mappingNode {
			return t.read(r, n, name)
		}
		return scalar(r, n, name)
	}
	return f
}

// listOf is a list of 1 to most items. itemName is what messages call an item.
func listOf[V any](item form[V], itemName, expected string, most int) form[[]V] {
	out := form[[]V]{description: description{tables: item.tables, schema: listSchema(item.schema, most)}}
	out.read = func(r *reader, n *node, name string) ([]V, bool) {
		if n.kind != listNode || len(n.items) == 0 {
			r.add(n.at, notList(n, name, expected))
			return nil, false
		}
		if len(n.items) > most {
			r.add(n.items[most].at, problem{What: fmt.Sprintf("%s has %d items", name, len(n.items)), Expected: fmt.Sprintf("at most %d", most)})
			return nil, false
		}
		var all []V
		for _, i := range n.items {
			if r.full() {
				break
			}
			if v, ok := item.read(r, i, itemName); ok {
				all = append(all, v)
			}
		}
		return all, true
	}
	return out
}

// oneOrMany is a value of a key, or a list of such values.
func oneOrMany[V any](name string, one form[V], most int) form[[]V] {
	expected := one.expected + ", or a list of them"
	many := listOf(one, name, expected, most)
	out := mapped(one, func(v V, _ *node) []V { return []V{v} })
	out.expected, out.schema = expected, object{"anyOf": []object{one.schema, many.schema}}
	single := out.read
	out.read = func(r *reader, n *node, name string) ([]V, bool) {
		if n.kind == listNode {
			return many.read(r, n, name)
		}
		return single(r, n, name)
	}
	return out
}

// notList is the problem of a value that should be a list with items.
func notList(n *node, name, expected string) problem {
	p := problem{What: name + " is " + n.describe(), Expected: expected}
	if n.kind == listNode {
		p.What = name + " is an empty list"
	}
	if n.kind == mappingNode && len(n.pairs) > 0 && strings.HasPrefix(n.pairs[0].key, "-") {
		p.Nearest = quote("- " + strings.TrimLeft(n.pairs[0].key, "-") + ":")
	}
	return p
}

func listSchema(item object, most int) object {
	return object{"type": "array", "items": item, "minItems": 1, "maxItems": most}
}

// documented is a schema with a description.
func documented(schema object, doc string) object {
	schema = maps.Clone(schema)
	schema["description"] = doc
	return schema
}
