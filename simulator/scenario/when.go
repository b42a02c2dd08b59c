package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/condition"
)

// Limits of conditions.
const (
	maxReference = 100 // far above the 12 characters that the documentation allows an AccountReference
	maxHeader    = 500
)

// conditions is `when`, or `not` in it. Without a test it holds for everything.
type conditions struct{ condition.Condition }

func (c *conditions) add(t condition.Test) { c.Tests = append(c.Tests, t) }

// apis are those that the conditions are for, nil when they do not say.
func (c *conditions) apis() []simulator.API {
	var apis []simulator.API
	for _, word := range c.Words(condition.KeyAPI) {
		apis = append(apis, simulator.API(word))
	}
	return apis
}

// forDefaultAPI are the conditions of a rule that names no API.
func forDefaultAPI(products *simulator.Catalogue) conditions {
	var c conditions
	c.add(condition.In(condition.KeyAPI, []simulator.API{products.DefaultAPI()}))
	return c
}

func whenTable(products *simulator.Catalogue) keyTable[conditions] {
	not := notTable(products)
	t := keyTable[conditions]{name: "when", owner: "when"}
	t.fields = append(slices.Clone(not.fields), value("not", not.form(), func(c *conditions, excluded conditions) { c.add(condition.Not(excluded.Condition)) }))
	t.check = func(r *reader, m mapping, c *conditions) {
		if !m.has(condition.KeyAPI) {
			c.Tests = append(forDefaultAPI(products).Tests, c.Tests...)
		}
		c.checkKeys(r, m)
	}
	return t
}

func notTable(products *simulator.Catalogue) keyTable[conditions] {
	// matches is a key whose value is one pattern, and matchesAny one with a list of them, too.
	matches := func(key string, f form[condition.Pattern]) field[conditions] {
		return value(key, f, func(c *conditions, p condition.Pattern) { c.add(condition.Any(key, p)) })
	}
	matchesAny := func(key string, f form[condition.Pattern]) field[conditions] {
		return value(key, oneOrMany(key, f, maxChoices), func(c *conditions, p []condition.Pattern) { c.add(condition.Any(key, p...)) })
	}
	return keyTable[conditions]{
		name: "not", owner: "when", notEmpty: true,
		check: func(r *reader, m mapping, c *conditions) { c.checkKeys(r, m) },
		fields: []field[conditions]{
			value("api", oneOrMany("api", apiForm(products), maxChoices), func(c *conditions, a []simulator.API) { c.add(condition.In(condition.KeyAPI, a)) }).
				described(apiDoc(products), "api: "+string(products.DefaultAPI())),
			matchesAny("phone", patternForm(condition.KeyPhone,
				phoneSchema([]any{daraja.SandboxMSISDN.Digits(), "2547001*"}, text(`^[ \-]*\+?[0-9 \-]*\*[0-9* \-]*$`)))),
			matches("amount", patternForm(condition.KeyAmount, moneySchema(comparison(moneyPattern), 150, "< 100", "<= 100", "> 5", ">= 1000", "100..200"))),
			matchesAny("reference", referenceForm()),
			matchesAny("shortcode", patternForm(condition.KeyShortcode, shortcodeSchema(`^[0-9]{5,7}$|^[0-9*]*\*[0-9*]*$`))),
			value("header", headersForm(`headers and their texts such as {User-Agent: "*curl*"}`, object{"User-Agent": "*curl*"},
				boundedText(`a text such as "curl*", with * for any characters`, 1, maxHeader, strings.TrimSpace)),
				func(c *conditions, all []simulator.Header) {
					for _, h := range all {
						c.add(condition.Header(condition.HeaderName(h.Name), condition.Text(h.Value)))
					}
				}),
			matches("attempt", patternForm(condition.KeyAttempt,
				choice([]any{1, "> 1", "2..4"}, numbers("integer", 1, 999_999_999), text(comparison("[0-9]{1,9}"))))),
			value("rate", rateForm(), func(c *conditions, v condition.Rate) { c.add(condition.RateAbove(v)) }),
			value("where", whereForm(), func(c *conditions, e *condition.Expression) { c.add(condition.Where(e)) }),
		},
	}
}

// checkKeys reports conditions on fields that no request to the APIs has.
func (c *conditions) checkKeys(r *reader, m mapping) {
	apis, known := c.apis(), []string{}
	for _, api := range apis {
		known = append(known, conditionsOf(r.operation(api))...)
	}
	slices.Sort(known)
	valid := strings.Join(append(slices.Compact(known), "header, attempt, rate or where"), ", ")
	for _, key := range condition.FieldKeys() {
		if m.has(key) && len(apis) > 0 && !slices.Contains(known, key) {
			api := join(apis, " or ")
			r.add(m.position(key), problem{What: "a request to " + api + " has no " + key, Expected: valid + " beside api: " + api})
		}
	}
}

// operation is one of the APIs.
func (r *reader) operation(api simulator.API) simulator.Operation {
	op, _ := r.language.products.Operation(api)
	return op
}

// apiDoc lists the APIs with what a call of each does.
func apiDoc(products *simulator.Catalogue) string {
	var all []string
	for _, op := range products.Operations() {
		all = append(all, string(op.API)+" asks for "+op.Doc)
	}
	return "The API that is called: " + strings.Join(all, "; ") + ". Without it, " + string(products.DefaultAPI()) + "."
}

// apiForm is an API whose requests rules decide.
func apiForm(products *simulator.Catalogue) form[simulator.API] {
	apis := products.APIs()
	words := wordsForm(apis...)
	return scalar(words.expected, words.schema, func(n *node) (simulator.API, *problem) {
		if slices.Contains(apis, simulator.API(n.text)) {
			return simulator.API(n.text), nil
		}
		return "", cannotBe(n, cmp.Or(string(products.FindAPI(strings.ToLower(n.text))), nearWord(n.text, apis)))
	})
}

// patternForm is what a key of a condition takes.
func patternForm(key string, schema object) form[condition.Pattern] {
	k := condition.NamedKey(key)
	return scalar(k.Expected, schema, func(n *node) (condition.Pattern, *problem) { return k.Read(n.text) })
}

// comparison is the pattern of a number, of a comparison with one, and of a range.
func comparison(number string) string {
	return `^\s*((<=?|>=?)\s*)?` + number + `\s*$|^\s*` + number + `\s*\.\.\s*` + number + `\s*$`
}

// referenceForm is an AccountReference, or many by *. Capitals count.
func referenceForm() form[condition.Pattern] {
	const expected = `an account reference of 1 to %d characters such as INV-1, or with * for any characters such as "INV-*"`
	text := boundedText(fmt.Sprintf(expected, maxReference), 1, maxReference, strings.Clone)
	text.schema["examples"] = []any{"INV-1", "INV-*"}
	return mapped(text, func(s string, _ *node) condition.Pattern { return condition.Text(s) })
}

func rateForm() form[condition.Rate] {
	const expected = `more requests than a number up to %d in a second or a minute, such as "> 5/s" or "> 100/m"`
	schema := object{"type": "string", "pattern": condition.RatePattern, "examples": []any{"> 5/s", "> 100/m"}}
	return scalar(fmt.Sprintf(expected, condition.MaxRate), schema,
		func(n *node) (condition.Rate, *problem) { return condition.ParseRate(n.text) })
}

// headersForm is headers by name, each with a text of the form f.
func headersForm(expected string, example object, f form[string], refused ...string) form[[]simulator.Header] {
	out := form[[]simulator.Header]{description: description{expected: expected, schema: object{
		"type": "object", "additionalProperties": f.schema, "minProperties": 1, "maxProperties": maxHeaders,
		"propertyNames": object{"pattern": "^[A-Za-z0-9!#$%&'*+.^_|~-]{1,100}$"}, "examples": []any{example},
	}}}
	out.read = func(r *reader, n *node, name string) ([]simulator.Header, bool) {
		if n.kind != mappingNode || len(n.pairs) == 0 || len(n.pairs) > maxHeaders {
			r.add(n.at, problem{What: name + " is " + n.describe(), Expected: expected})
			return nil, false
		}
		var all []simulator.Header
		seen := make(map[string]bool)
		for _, p := range n.pairs {
			switch lower := strings.ToLower(p.key); {
			case condition.HeaderName(p.key) == "":
				r.add(p.at, problem{What: quote(p.key) + " is no name of a header", Expected: expected})
			case slices.Contains(refused, lower):
				r.add(p.at, problem{What: p.key + " follows from the body", Expected: "other headers; damage: truncated ends a body too early"})
			case seen[lower]:
				r.add(p.at, problem{What: quote(p.key) + " is written twice in " + name, Expected: "each header once"})
			default:
				seen[lower] = true
				if text, ok := f.read(r, p.value, p.key); ok {
					all = append(all, simulator.Header{Name: p.key, Value: text})
				}
			}
		}
		return all, true
	}
	return out
}

// whereForm keeps the letters as they are, so that positions inside of it stay right.
func whereForm() form[*condition.Expression] {
	text := boundedText(condition.Example, 1, condition.MaxExpression, strings.Clone)
	return form[*condition.Expression]{description: text.description, read: func(r *reader, n *node, name string) (*condition.Expression, bool) {
		source, ok := text.read(r, n, name)
		if !ok {
			return nil, false
		}
		e, wrong := condition.CompileRequest(source)
		if wrong != nil {
			wrong.What = name + " " + wrong.What
			r.add(n.sourcePosition(r.source, wrong.At), *wrong)
			return nil, false
		}
		for _, never := range e.NeverTrue() {
			r.neverTrue.add(n.sourcePosition(r.source, never.At), problem{What: name + " " + never.What, Nearest: never.Nearest})
		}
		return e, true
	}}
}
