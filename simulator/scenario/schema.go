package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// object is a JSON object. It is written with its keys in alphabetical order.
type object map[string]any

// Schema is the JSON Schema (2020-12) of scenario files, for editors. It is made of
// the tables that Parse reads by. What a schema cannot say, such as which texts go
// with which result, only Parse checks.
func Schema() []byte {
	l := newLanguage()
	root := closed(l.document, "What happens to M-PESA payments in the darajabox simulator.", 0)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "darajabox scenario"
	root["anyOf"] = []object{{"required": []string{"rules"}}, {"required": []string{"world"}}, {"required": []string{"include"}}}
	root["$defs"] = definitions(l)
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

// definitions are the mappings that have a place of their own.
func definitions(l *language) object {
	then := closed(l.then, "What happens to a request.", 1)
	var alone []object
	for _, other := range sequenceExcludes() {
		alone = append(alone, neither(other, "sequence"))
	}
	then["allOf"] = alone
	step := closed(l.step, "What happens at one point of a sequence.", 1)
	for _, o := range []object{then, step} {
		o["dependentRequired"] = object{"desc": []string{"result"}}
	}
	rule := closed(l.rule, "Which requests, and what happens to them.", 0)
	rule["anyOf"] = []object{{"required": []string{"then"}}, {"required": []string{"goto"}}}
	distribution := closed(l.wait, "A time that is drawn for each request.", 1)
	distribution["maxProperties"] = 1
	return object{
		"world":        closed(l.world, "The state before the first payment.", 0),
		"settings":     closed(l.settings, "Switches of the simulator.", 0),
		"customer":     closed(l.customer, "A customer who differs from what the seed makes of the number.", 0, "phone"),
		"organisation": closed(l.organisation, "A business with a shortcode.", 0, "shortcode"),
		"clock":        without(closed(l.clock, "The world's clock at the start.", 1), clockClashes()),
		"rule":         rule,
		"when":         closed(l.when, "Conditions; all must hold.", 0),
		"not":          closed(l.not, "Conditions: the rule is skipped when all of them hold.", 1),
		"then":         then,
		"step":         object{"description": "A result code, or what then takes.", "anyOf": []object{resultSchema(), step}},
		"error":        closed(l.fault, "A refusal by Daraja.", 0, "code"),
		"reply":        without(closed(l.reply, "What goes wrong with the answer to the request itself.", 1), replyClashes()),
		"callback":     without(closed(l.callback, "What goes wrong with a callback.", 1), callbackClashes()),
		"wait":         object{"anyOf": []object{waitScalarSchema(), distribution}},
		"normal":       closed(l.normal, "A normal distribution.", 0, shapeRequires(normal)...),
		"exponential":  closed(l.exponential, "An exponential distribution.", 0, shapeRequires(exponential)...),
	}
}

// without adds to a mapping what cannot stand together in it.
func without(o object, table []clash) object {
	var all []object
	for _, c := range table {
		if c.is == "" {
			for _, other := range c.with {
				all = append(all, neither(c.key, other))
			}
			continue
		}
		var others []object
		for _, name := range c.with {
			others = append(others, object{"required": []string{name}})
		}
		is := object{"const": c.is}
		if c.is == "true" {
			is = object{"const": true}
		}
		all = append(all, object{"if": object{"properties": object{c.key: is}, "required": []string{c.key}}, "then": object{"not": object{"anyOf": others}}})
	}
	o["allOf"] = all
	return o
}

// closed is a mapping that takes the keys of a table and no others.
func closed[T any](fields []field[T], doc string, least int, required ...string) object {
	properties := make(object, len(fields))
	for _, f := range fields {
		s := f.schema()
		s["description"] = f.doc
		properties[f.name] = s
	}
	out := object{"type": "object", "description": doc, "properties": properties, "additionalProperties": false}
	if least > 0 {
		out["minProperties"] = least
	}
	if required != nil {
		out["required"] = required
	}
	return out
}

func neither(a, b string) object { return object{"not": object{"required": []string{a, b}}} }

// defined is a mapping that has a place of its own in the schema.
func defined(name string) func() object {
	return func() object { return object{"$ref": "#/$defs/" + name} }
}

func listOf(name string, most int) func() object {
	return func() object {
		return object{"type": "array", "items": object{"$ref": "#/$defs/" + name}, "minItems": 1, "maxItems": most}
	}
}

// oneOrMany is a value, or a list of such values.
func oneOrMany(one func() object, most int) func() object {
	return func() object {
		return object{"anyOf": []object{one(), {"type": "array", "items": one(), "minItems": 1, "maxItems": most}}}
	}
}

// jsonNumber is what an editor makes of a number in YAML.
func jsonNumber(s string) json.Number { return json.Number(s) }
