package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
)

// object is a JSON object. It is written with its keys in alphabetical order.
type object map[string]any

// Schema is the JSON Schema (2020-12) of scenario files, for editors. It is made of
// the tables that Parse reads by. What a schema cannot say, such as which texts go
// with which result, only Parse checks.
func (l Language) Schema() []byte {
	root, defs := object{}, object{}
	for _, t := range l.language().tables {
		if t.name == "" {
			root = t.schema()
		} else {
			defs[t.name] = t.schema()
		}
	}
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "darajabox scenario"
	root["anyOf"] = []object{{"required": []string{"rules"}}, {"required": []string{"world"}}, {"required": []string{"include"}}}
	root["$defs"] = defs
	root["examples"] = []object{{"rules": []object{{"when": object{"amount": ">= 1000"}, "then": object{"result": 1032, "after": "3s"}}}}}

	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(root); err != nil {
		panic(fmt.Sprintf("encode the schema of scenarios: %v", err)) // it holds only maps, texts and numbers
	}
	return b.Bytes()
}

// definition is the schema of a mapping with the keys of t and no others.
func (t keyTable[T]) definition(about string, keys []keyDescription) object {
	properties := make(object, len(keys))
	for _, k := range keys {
		properties[k.Name] = documented(k.schema, k.Text.Does)
	}
	out := object{"type": "object", "properties": properties, "additionalProperties": false}
	if t.notEmpty {
		out["minProperties"] = 1
	}
	if t.required != nil {
		var required []string
		for _, q := range t.required {
			required = append(required, q.key)
		}
		out["required"] = required
	}
	if t.clashes != nil {
		out["allOf"] = clashSchemas(t.clashes)
	}
	maps.Copy(out, t.constraints)
	return documented(out, about)
}

// clashSchemas say what cannot stand together.
func clashSchemas(clashes []clash) []object {
	var all []object
	for _, c := range clashes {
		var others []object
		for _, other := range c.with {
			others = append(others, object{"required": []string{other}})
			if c.is == "" {
				all = append(all, object{"not": object{"required": []string{c.key, other}}})
			}
		}
		if c.is == "" {
			continue
		}
		is := object{"const": c.is}
		if c.is == "true" {
			is = object{"const": true}
		}
		all = append(all, object{
			"if":   object{"properties": object{c.key: is}, "required": []string{c.key}},
			"then": object{"not": object{"anyOf": others}},
		})
	}
	return all
}

// definedAs is a mapping that the schema defines under a name.
func definedAs(name string) object { return object{"$ref": "#/$defs/" + name} }

// choice is one of several schemas.
func choice(examples []any, of ...object) object { return object{"anyOf": of, "examples": examples} }

func text(pattern string) object { return object{"type": "string", "pattern": pattern} }

// numbers are those from least to most; kind is number or integer.
func numbers(kind string, least, most int) object {
	return object{"type": kind, "minimum": least, "maximum": most}
}
