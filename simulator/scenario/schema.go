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
	then := closed(l.then, "What becomes of a payment.", 1)
	then["allOf"] = []object{neither("result", "sequence"), neither("desc", "sequence")}
	then["dependentRequired"] = object{"desc": []string{"result"}}
	step := closed(l.step, "What happens at one point of a sequence.", 1)
	step["dependentRequired"] = object{"desc": []string{"result"}}
	callback := closed(l.callback, "What goes wrong with a callback.", 1)
	var faults []object
	for _, name := range dropExcludes() {
		faults = append(faults, object{"required": []string{name}})
	}
	callback["if"] = object{"properties": object{"drop": object{"const": true}}, "required": []string{"drop"}}
	callback["then"] = object{"not": object{"anyOf": faults}}

	root := closed(l.document, "What becomes of M-PESA payments in the darajabox simulator.", 0)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "darajabox scenario"
	root["anyOf"] = []object{{"required": []string{"rules"}}, {"required": []string{"world"}}}
	root["$defs"] = object{
		"world":    closed(l.world, "What there is before the first payment.", 0),
		"settings": closed(l.settings, "Switches of the simulator.", 0),
		"customer": closed(l.customer, "A customer who differs from what the seed makes of the number.", 0, "phone"),
		"rule":     closed(l.rule, "Which payments, and what becomes of them.", 0, "then"),
		"when":     closed(l.when, "Conditions; all must hold.", 0),
		"then":     then,
		"step":     object{"description": "A result code, or what then takes.", "anyOf": []object{resultSchema(), step}},
		"callback": callback,
	}
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
